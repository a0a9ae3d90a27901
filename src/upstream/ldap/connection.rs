//! A connection with a server: bind and search.

use std::fmt;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};

use ldap3::controls::RawControl;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry, SearchOptions, StdStream,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::entry::Entry;
use super::guard;
use super::trouble::{Onward, POLICY, SILENT, Trouble, result_of};
use crate::base::redaction::{REPEATED, Redaction};
use crate::base::secret::Secret;

/// How many entries and referrals a search may return beyond its limit. Some servers ignore the limit, but an answer
/// without end must not fill the memory.
const BEYOND: usize = 1000;

/// Ends with its last handle. Nothing runs on in the background.
pub struct Connection {
    server: String,
    handle: Ldap,
    /// Why the connection was cut, if known.
    cut: Arc<OnceLock<String>>,
    _driver: JoinSet<()>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Question {
    pub base: String,
    pub scope: Scope,
    pub filter: String,
    pub attributes: Vec<String>,
    /// The limit.
    pub most: i32,
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    pub entries: Vec<Entry>,
    pub more: More,
}

/// Whether the server held entries back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    None,
    HeldBack,
}

impl Connection {
    /// A connection over `stream`, on which nobody is signed in.
    ///
    /// # Errors
    /// When this machine has no room for it.
    pub async fn open(server: String, stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Result<Self, LdapError> {
        let (ours, theirs) = UnixStream::pair()?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs.into_std()?));
        let (connection, handle) = LdapConnAsync::with_settings(settings, "ldapi:///").await?;
        let (mut driver, cut) = (JoinSet::new(), Arc::new(OnceLock::new()));
        let why = Arc::clone(&cut);
        driver.spawn(async move {
            let mut library = ours;
            match guard::pass(stream, &mut library).await {
                Err(wrong) if wrong.kind() == ErrorKind::InvalidData => _ = why.set(wrong.to_string()),
                // As when a server goes away, which is seen soon enough.
                Err(_) | Ok(()) => {}
            }
            // Only now: the reason must be known before the library sees the end.
            drop(library);
        });
        // A request that waits gets its error.
        driver.spawn(async move { _ = connection.drive().await });
        Ok(Self { server, handle, cut, _driver: driver })
    }

    pub fn server(&self) -> String {
        self.server.clone()
    }

    /// Binds as `dn`.
    pub async fn bind(
        &self,
        phase: &'static str,
        dn: &str,
        password: &Secret<String>,
        until: Instant,
    ) -> Result<LdapResult, Trouble> {
        // RFC 4513 §5.1.2: a bind without a name or a password succeeds, as anonymous (security rule C41).
        if dn.is_empty() || password.expose().is_empty() {
            let why = "an empty name or password is never sent; see that neither is empty".to_owned();
            return Err(Trouble::new(self.server.clone(), phase, why, Onward::Stop));
        }
        let redaction = Redaction::of([password.expose().as_str()]);
        let (mut handle, dn, password) = (self.handle.clone(), dn.to_owned(), password.clone());
        let binding = alone(async move {
            let policy = RawControl { ctype: POLICY.to_owned(), crit: false, val: None };
            handle.with_controls(vec![policy]).simple_bind(&dn, password.expose()).await
        });
        let mut result = self.within(phase, until, binding).await?;
        // C56: some servers repeat what they were sent.
        if redaction.is_in(&result.text) {
            REPEATED.clone_into(&mut result.text);
        }
        Ok(result)
    }

    /// Searches. Referrals are never followed, since only this server's identity was checked.
    pub async fn search(&self, phase: &'static str, question: &Question, until: Instant) -> Result<Found, Trouble> {
        let (mut handle, question) = (self.handle.clone(), question.clone());
        let (base, most) = (question.base.clone(), question.most);
        let searching = alone(async move {
            let options = SearchOptions::new().sizelimit(question.most);
            let mut stream = handle
                .with_search_options(options)
                .streaming_search(&question.base, question.scope, &question.filter, question.attributes)
                .await?;
            let mut room = usize::try_from(question.most).unwrap_or(0) + BEYOND;
            let mut entries = Vec::new();
            while let Some(found) = stream.next().await? {
                room = room.checked_sub(1).ok_or_else(endless)?;
                if !found.is_ref() && !found.is_intermediate() {
                    entries.push(Entry::new(SearchEntry::construct(found)));
                }
            }
            Ok((entries, stream.finish().await))
        });
        let (entries, result) = self.within(phase, until, searching).await?;
        let beyond = usize::try_from(most).is_ok_and(|most| entries.len() > most);
        match result.rc {
            0 if !beyond => Ok(Found { entries, more: More::None }),
            // sizeLimitExceeded: the first ones came (RFC 4511 §4.5.1.4).
            0 | 4 => Ok(Found { entries, more: More::HeldBack }),
            _ => Err(Trouble::of_search(&self.server, phase, &base, &result)),
        }
    }

    async fn within<T>(
        &self,
        phase: &'static str,
        until: Instant,
        work: impl Future<Output = Result<T, LdapError>>,
    ) -> Result<T, Trouble> {
        let trouble = |why: String| Trouble::new(self.server.clone(), phase, why, Onward::NextServer);
        let done = tokio::time::timeout_at(until, work).await.map_err(|_| trouble(SILENT.to_owned()))?;
        done.map_err(|why| match why {
            LdapError::LdapResult { result } => trouble(format!("it answers {}; look at its log", result_of(&result))),
            why => {
                let why = self.cut.get().cloned().unwrap_or_else(|| why.to_string());
                trouble(format!("the connection broke off ({why}); look at its log"))
            }
        })
    }
}

/// Runs on a task of its own, which ends with the caller. The library panics at answers that are not LDAP; such a
/// connection counts as cut.
pub async fn alone<T: Send + 'static>(
    work: impl Future<Output = Result<T, LdapError>> + Send + 'static,
) -> Result<T, LdapError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    task.join_next().await.and_then(Result::ok).unwrap_or(Err(LdapError::EndOfStream))
}

fn endless() -> LdapError {
    std::io::Error::new(ErrorKind::InvalidData, "it sends far more entries than it was asked for").into()
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ldap3::Scope;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::Instant;

    use super::{Connection, Question};
    use crate::base::redaction::REPEATED;
    use crate::base::secret::Secret;

    /// The reason for a server that repeats one answer to a search without end.
    async fn told_of(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hostile = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            _ = stream.read(&mut [0; 512]).await;
            while stream.write_all(&answer).await.is_ok() {}
        });
        let until = Instant::now() + Duration::from_secs(20);
        let stream = TcpStream::connect(address).await.unwrap();
        let connection = Connection::open(address.to_string(), stream).await.unwrap();
        let question = Question {
            base: "dc=example".to_owned(),
            scope: Scope::Subtree,
            filter: "(uid=ada)".to_owned(),
            attributes: vec![],
            most: 2,
        };
        let trouble = connection.search("search", &question, until).await.unwrap_err();
        drop(connection);
        hostile.await.unwrap();
        trouble.told.why
    }

    #[tokio::test]
    async fn a_search_without_an_end_is_cut() {
        let entry = b"\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00";
        let referral = b"\x30\x0e\x02\x01\x01\x73\x09\x04\x07ldap://";
        for item in [&entry[..], &referral[..]] {
            let why = told_of(item.to_vec()).await;
            assert!(why.contains("far more entries than it was asked for"), "{why}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_nests_without_end_or_promises_too_much_breaks_nothing() {
        // Tag and length of each, the innermost first and each backwards.
        let lengths = (0..100_000_u32).map(|level| (6 * level).to_le_bytes());
        let backwards: Vec<u8> = lengths.flat_map(|[a, b, c, d]| [a, b, c, d, 0x84, 0x30]).collect();
        let why = told_of(backwards.into_iter().rev().collect()).await;
        assert!(why.contains("nested without end"), "{why}");
        let why = told_of(b"\x30\x84\x7f\xff\xff\xff".to_vec()).await;
        assert!(why.contains("longer than any answer"), "{why}");
        let why = told_of(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
        assert!(why.contains("no LDAP"), "{why}");
    }

    // C56
    #[tokio::test]
    async fn a_password_that_the_server_repeats_is_in_no_message() {
        for said in ["no: open sesame", "no: open+sesame", "no: b3BlbiBzZXNhbWU="] {
            let (ours, mut theirs) = tokio::io::duplex(1024);
            let server = tokio::spawn(async move {
                _ = theirs.read(&mut [0; 512]).await;
                // A BindResponse with invalidCredentials and these words (RFC 4511 §4.2.2).
                let length = u8::try_from(said.len()).unwrap();
                let mut answer = vec![0x30, length + 12, 2, 1, 1, 0x61, length + 7, 10, 1, 49, 4, 0, 4, length];
                answer.extend(said.as_bytes());
                theirs.write_all(&answer).await.unwrap();
                theirs
            });
            let connection = Connection::open("ldap.example:636".to_owned(), ours).await.unwrap();
            let (password, until) = (Secret::new("open sesame".to_owned()), Instant::now() + Duration::from_secs(20));
            let result = connection.bind("user bind", "uid=ada", &password, until).await.unwrap();
            assert_eq!((result.rc, result.text.as_str()), (49, REPEATED), "{said}");
            drop(server.await);
        }
    }
}
