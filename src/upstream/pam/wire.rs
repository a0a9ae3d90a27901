//! What is said between us and the helper: the question as fields with their lengths, so that no copy of the password is
//! left lying about; the answer as one line of JSON.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::base::secret::Secret;

/// What a helper is asked. It lives for one question.
#[derive(Debug)]
pub struct Question {
    pub service: String,
    /// The folder of the service's file, where it is not the system's.
    pub confdir: Option<String>,
    pub ask: Ask,
}

#[derive(Debug)]
pub enum Ask {
    /// Whether this name and this password are somebody's.
    Check { name: Secret<String>, password: Secret<String> },
    /// What a check would be made with.
    Look,
}

/// What the helper answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Proved(Person),
    /// libpam says no, or that something is wrong.
    NotProved(No),
    /// libpam could not be asked.
    Broken(Trouble),
    Looked(Look),
}

/// Somebody, as the system knows them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    /// `None` where PAM knows them, and the system's list of users does not.
    pub uid: Option<u32>,
    pub full_name: Option<String>,
    pub groups: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct No {
    pub step: Step,
    /// libpam's own number, and its words for it.
    pub code: i32,
    pub said: String,
    /// The user of the name that was typed, where the system has one.
    pub known: Option<Known>,
    /// The password in `/etc/shadow` is one that nothing matches.
    pub locked: bool,
}

/// A user of the system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// As the system writes it.
    pub name: String,
    pub uid: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Trouble {
    pub step: Step,
    /// Cause, and after the last `; ` the mend.
    pub why: String,
}

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Library,
    Service,
    Start,
    Authenticate,
    Account,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Service => "service",
            Self::Start => "start",
            Self::Authenticate => "authenticate",
            Self::Account => "account",
        }
    }
}

/// What a look finds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Look {
    pub library: Result<(), String>,
    /// The service's file.
    pub service: Result<String, Trouble>,
    /// Modules that the service names and that are nowhere.
    pub missing: Vec<String>,
    /// Whether it looks passwords up in the system's own files.
    pub local: bool,
    pub rights: Rights,
    /// Whether no filter of system calls forbids what `unix_chkpwd` calls.
    pub may_call_setuid: bool,
}

/// What is wrong where [`Look::may_call_setuid`] is false.
pub const NO_SETUID: &str = "a filter of system calls forbids `setuid`, which pam_unix's program unix_chkpwd calls; add \
                             SystemCallFilter=setuid to the systemd unit, after its other filters";

/// How much the helper may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    Root,
    /// May read `/etc/shadow`.
    Shadow,
    Few,
}

/// Longest field: a password has up to 1,024 characters.
const LONGEST: usize = 16 << 10;

/// The question as bytes. Wipe them with [`wipe`] once they are sent.
pub fn encode(question: &Question) -> Vec<u8> {
    let (name, password) = match &question.ask {
        Ask::Check { name, password } => (name.expose().as_str(), password.expose().as_str()),
        Ask::Look => ("", ""),
    };
    let fields = [question.service.as_str(), question.confdir.as_deref().unwrap_or_default(), name, password];
    // Exactly as large as it gets: what grows leaves copies behind.
    let mut bytes = Vec::with_capacity(fields.iter().map(|field| field.len() + 4).sum());
    for field in fields {
        bytes.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(field.as_bytes());
    }
    bytes
}

/// Overwrites what held a password.
pub fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    // What nobody reads any more, the compiler would not write.
    std::hint::black_box(bytes);
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When it breaks off, or is no text.
pub fn decode(from: &mut impl Read) -> io::Result<Question> {
    let (service, confdir) = (field(from)?, field(from)?);
    let (name, password) = (field(from)?, field(from)?);
    let ask = if name.is_empty() {
        Ask::Look
    } else {
        Ask::Check { name: Secret::new(name), password: Secret::new(password) }
    };
    Ok(Question { service, confdir: Some(confdir).filter(|folder| !folder.is_empty()), ask })
}

fn field(from: &mut impl Read) -> io::Result<String> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::{Ask, Question, decode, encode};
    use crate::base::secret::Secret;

    #[test]
    fn a_question_arrives_as_it_was_asked() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let ask = Ask::Check { name: secret("ada"), password: secret(" pass\nword ") };
        let sent = encode(&Question { service: "vestibule".into(), confdir: None, ask });
        let came = decode(&mut sent.as_slice()).unwrap();
        assert_eq!((came.service.as_str(), came.confdir), ("vestibule", None));
        let Ask::Check { name, password } = came.ask else { panic!("{:?}", came.ask) };
        assert_eq!((name.expose().as_str(), password.expose().as_str()), ("ada", " pass\nword "));
        for cut in 0..sent.len() {
            assert!(decode(&mut &sent[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_field_that_claims_to_be_huge_is_not_waited_for() {
        assert!(decode(&mut [0xff; 64].as_slice()).is_err());
    }
}
