//! From a domain to a stream that is secret and says how one may log in: never a login in the clear (security rule C45).

use std::borrow::Cow;
use std::fmt;
use std::io;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufRead, AsyncWrite, BufStream};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_xmpp::parsers::stream_error::{DefinedCondition, StreamError};
use tokio_xmpp::parsers::stream_features::StreamFeatures;
use tokio_xmpp::parsers::{ns, starttls};
use tokio_xmpp::xmlstream::{
    ReadError, RecvFeaturesError, StreamHeader, Timeouts, XmlStream, XmppStreamElement, initiate_stream,
};

use super::bounded::Bounded;
use super::name::Domain;
use super::places::{self, Place};
use super::settings::{Tls, XmppSettings};
use super::tls::{self, Secured, Trust};
use crate::base::redaction::{REPEATED, Redaction};
use crate::base::username::is_unseen;
use crate::signin::identify::password::NotAvailable;

/// A stream of XMPP's elements.
type Stream<S> = XmlStream<BufStream<Bounded<S>>, XmppStreamElement>;

/// A server that waits for a login. Holding one is the proof that TLS stands and that the certificate is the domain's.
pub struct Door {
    pub place: Place,
    pub stream: Stream<TlsStream<TcpStream>>,
    pub features: StreamFeatures,
    pub secured: Secured,
    pub deadline: Instant,
    /// Of the password, once a login has begun.
    pub redaction: Redaction,
}

impl Door {
    /// Goes through the domain's places until one lets us speak.
    ///
    /// # Errors
    /// What the first of them said, when none does.
    pub async fn reach(
        domain: &Domain,
        settings: &XmppSettings,
        trust: &Trust,
        deadline: Instant,
    ) -> Result<Self, NotAvailable> {
        let places = places::of(domain, settings, deadline).await?;
        let (mut first, mut left) = (None, u32::try_from(places.len()).unwrap_or(u32::MAX));
        for place in places {
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            left = left.saturating_sub(1).max(1);
            match Self::knock(place, domain, trust, Instant::now() + share).await {
                // What it has not used of its share, the login may.
                Ok(door) => return Ok(Self { deadline, ..door }),
                Err(why) => _ = first.get_or_insert(why),
            }
        }
        Err(first.unwrap_or_else(|| NotAvailable {
            server: domain.to_string(),
            phase: "resolve",
            why: "there is no server to ask; name it in `server`".into(),
        }))
    }

    /// One place.
    ///
    /// # Errors
    /// Where it ended, and why.
    pub async fn knock(place: Place, domain: &Domain, trust: &Trust, deadline: Instant) -> Result<Self, NotAvailable> {
        // On the heap, as most of a parser and two streams are in it.
        Box::pin(Self::enter(place, domain, trust, deadline)).await
    }

    async fn enter(place: Place, domain: &Domain, trust: &Trust, deadline: Instant) -> Result<Self, NotAvailable> {
        let at = At { place: &place, deadline };
        let tcp = at.connect().await?;
        let tcp = match place.tls {
            Tls::Direct => tcp,
            Tls::StartTls => at.ask_for_tls(tcp, domain).await?,
        };
        let shaken = at.by("TLS", trust.shake(tcp, domain, place.tls)).await?;
        let secret = shaken.map_err(|why| at.not("TLS", tls::why(&why, domain, place.tls)))?;
        let secured = Secured::of(&secret);
        let (features, stream) = at.open(secret, domain).await?;
        Ok(Self { place, stream, features, secured, deadline, redaction: Redaction::default() })
    }

    /// Says one thing, and hears the next.
    ///
    /// # Errors
    /// When it goes silent, goes away, or says what can't be read.
    pub async fn exchange(&mut self, say: &XmppStreamElement) -> Result<XmppStreamElement, NotAvailable> {
        let at = At { place: &self.place, deadline: self.deadline };
        let heard = at.by("authenticate", exchange(&mut self.stream, say)).await?;
        heard.map_err(|why| at.not("authenticate", unreadable(&why, &self.redaction)))
    }

    /// # Errors
    /// That it came to nothing here, when there is not time enough for `work`.
    pub async fn by<T>(&self, work: impl Future<Output = T>) -> Result<T, NotAvailable> {
        At { place: &self.place, deadline: self.deadline }.by("authenticate", work).await
    }

    pub fn not(&self, why: impl Into<String>) -> NotAvailable {
        At { place: &self.place, deadline: self.deadline }.not("authenticate", why)
    }

    /// Ends the stream and the connection, without waiting for the server's own goodbye.
    pub async fn close(mut self) {
        // Whoever has not read the answer to a goodbye has missed nothing.
        _ = timeout_at(self.deadline.min(Instant::now() + GOODBYE), self.stream.shutdown()).await;
    }
}

const GOODBYE: std::time::Duration = std::time::Duration::from_millis(300);

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Where a login is, for whoever has to be told where it ended.
struct At<'p> {
    place: &'p Place,
    deadline: Instant,
}

impl At<'_> {
    fn not(&self, phase: &'static str, why: impl Into<String>) -> NotAvailable {
        NotAvailable { server: self.place.to_string(), phase, why: why.into() }
    }

    async fn by<T>(&self, phase: &'static str, work: impl Future<Output = T>) -> Result<T, NotAvailable> {
        let mend = match phase {
            "resolve" => "no answer in time; look at the name servers of this machine",
            "connect" => "no answer in time; see that it is up, and that nothing on the way swallows what is sent",
            _ => "it is there, and does not answer in time; see whether it hangs",
        };
        timeout_at(self.deadline, work).await.map_err(|_| self.not(phase, mend))
    }

    /// Each address in turn, as long as there is time for it.
    async fn connect(&self) -> Result<TcpStream, NotAvailable> {
        let Place { host, port, .. } = self.place;
        let found = self.by("resolve", lookup_host((host.as_str(), *port))).await?;
        let found: Vec<_> = found
            .map_err(|why| self.not("resolve", format!("{why}; see that the name is right and can be looked up here")))?
            .collect();
        let mut refused = None;
        for (address, left) in found.iter().zip((1..=u32::try_from(found.len()).unwrap_or(u32::MAX)).rev()) {
            let share = Instant::now() + self.deadline.saturating_duration_since(Instant::now()) / left;
            let knock = At { place: self.place, deadline: share };
            match knock.by("connect", TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    // Each step waits for the other's word, so none may wait for another to share a packet.
                    _ = tcp.set_nodelay(true);
                    return Ok(tcp);
                }
                Ok(Err(why)) => {
                    let why =
                        self.not("connect", format!("{why}; see that it is up, and that this machine may reach it"));
                    refused.get_or_insert(why);
                }
                Err(late) => _ = refused.get_or_insert(late),
            }
        }
        Err(refused.unwrap_or_else(|| self.not("resolve", "the name has no address; see that it is right")))
    }

    /// RFC 6120 §5: the one thing that is said in the clear.
    async fn ask_for_tls(&self, tcp: TcpStream, domain: &Domain) -> Result<TcpStream, NotAvailable> {
        let (features, mut stream) = self.open(tcp, domain).await?;
        if !features.can_starttls() {
            return Err(self.not("TLS", STRIPPED));
        }
        let request = XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request));
        match self.by("TLS", exchange(&mut stream, &request)).await? {
            // What was sent in the clear behind this word is thrown away with the buffer, for anybody could have put it
            // there (RFC 6120 §5.4.3.3).
            Ok(XmppStreamElement::Starttls(starttls::Nonza::Proceed(_))) => {
                Ok(stream.into_inner().into_inner().into_inner())
            }
            Ok(_) | Err(_) => Err(self.not("TLS", REFUSED)),
        }
    }

    /// Opens a stream to the domain, and hears what the server offers.
    async fn open<S>(&self, io: S, domain: &Domain) -> Result<(StreamFeatures, Stream<S>), NotAvailable>
    where
        S: tokio::io::AsyncRead + AsyncWrite + Unpin,
    {
        let io = BufStream::new(Bounded::new(io));
        let header = StreamHeader { to: Some(Cow::Borrowed(domain.as_str())), ..StreamHeader::default() };
        let opened = Box::pin(async {
            let pending = initiate_stream(io, ns::JABBER_CLIENT, header, Timeouts::tight()).await?;
            Ok(pending.recv_features().await?)
        });
        self.by("stream", opened).await?.map_err(|why: Unopened| self.not("stream", why.0))
    }
}

const STRIPPED: &str = "it does not offer STARTTLS, or somebody on the way took the offer out, and no password goes there \
                        in the clear; switch TLS on there, or set tls = \"direct\"";
const REFUSED: &str = "it offers STARTTLS and then refuses it, and no password goes there in the clear; see that it has a \
                       key and a certificate for the domain";

/// Why no stream was opened, and the mend.
struct Unopened(String);

impl From<io::Error> for Unopened {
    fn from(why: io::Error) -> Self {
        Self(unreadable(&why, &Redaction::default()))
    }
}

impl From<RecvFeaturesError> for Unopened {
    fn from(why: RecvFeaturesError) -> Self {
        match why {
            RecvFeaturesError::Io(why) => why.into(),
            RecvFeaturesError::StreamError(why) => Self(ended(&why.0, &Redaction::default())),
        }
    }
}

/// A server that ends the stream by an error (RFC 6120 §4.9), and the mend.
///
/// `policy-violation` is how ejabberd's `mod_fail2ban` tells of a ban: at the last failed login, and at each connection after it.
pub fn ended(why: &StreamError, redaction: &Redaction) -> String {
    let said = why.texts.values().next().map(|text| readable(text, redaction)).filter(|text| !text.is_empty());
    match (&why.condition, said) {
        (DefinedCondition::PolicyViolation, Some(said)) => {
            format!(
                "it turns this machine away, as servers do after too many logins from one address (it says: {said}); {EXEMPT}"
            )
        }
        (DefinedCondition::PolicyViolation, None) => {
            format!("it turns this machine away by a rule of its own (policy-violation); {EXEMPT}")
        }
        (condition, Some(said)) => {
            format!(
                "it refuses us: {} (it says: {said}); see that it serves the domain",
                readable(&condition.to_string(), redaction)
            )
        }
        (condition, None) => {
            format!("it refuses us: {}; see that it serves the domain", readable(&condition.to_string(), redaction))
        }
    }
}

const EXEMPT: &str = "exempt this machine's address there, or raise its limit (docs/operate.md has how)";

/// Says one thing, and hears the next.
async fn exchange<S>(
    stream: &mut XmlStream<S, XmppStreamElement>,
    say: &XmppStreamElement,
) -> io::Result<XmppStreamElement>
where
    S: AsyncBufRead + AsyncWrite + Unpin,
{
    stream.send(say).await?;
    loop {
        return match stream.next().await {
            Some(Ok(heard)) => Ok(heard),
            Some(Err(ReadError::SoftTimeout)) => continue,
            Some(Err(ReadError::HardError(why))) => Err(why),
            Some(Err(ReadError::ParseError(why))) => Err(io::Error::new(io::ErrorKind::InvalidData, why.to_string())),
            Some(Err(ReadError::StreamFooterReceived)) | None => Err(io::ErrorKind::UnexpectedEof.into()),
        };
    }
}

fn unreadable(why: &io::Error, redaction: &Redaction) -> String {
    match why.kind() {
        io::ErrorKind::InvalidData => {
            let said = readable(&why.to_string(), redaction);
            format!(
                "what it says is not XMPP: {said}; see that the port is right, and whether it wants tls = \"direct\""
            )
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "it hung up; see its log, and whether the port wants tls = \"direct\"".into()
        }
        _ => format!("{why}; see its log"),
    }
}

/// Words that may be a stranger's or repeat the password (C56), for one line of a log; a mend of ours stands behind them.
fn readable(words: &str, redaction: &Redaction) -> String {
    let words = if redaction.is_in(words) { REPEATED } else { words };
    words.chars().filter(|c| !is_unseen(*c)).map(|c| if c == ';' { ',' } else { c }).take(160).collect()
}
