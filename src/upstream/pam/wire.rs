//! The messages between Vestibule and the helper. The request is a list of fields with their lengths, so that no copy
//! of the password stays in memory. The answer is one line of JSON.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::base::secret::Secret;

/// The one request that a helper answers.
#[derive(Debug)]
pub struct HelperRequest {
    pub service: String,
    /// The folder of the service's file, if not the system's.
    pub confdir: Option<String>,
    pub ask: HelperTask,
}

#[derive(Debug)]
pub enum HelperTask {
    /// Checks a name and a password.
    Check { name: Secret<String>, password: Secret<String> },
    /// Reports what a check would use.
    Inspect,
}

/// The helper's answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Proved(Person),
    /// libpam returned a refusal or an error.
    NotProved(PamFailure),
    /// libpam could not be asked.
    Broken(StepError),
    Looked(SetupReport),
}

/// A person, as the system knows them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    /// `None` if PAM knows them and the system's list of users does not.
    pub uid: Option<u32>,
    pub full_name: Option<String>,
    pub groups: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct PamFailure {
    pub step: Step,
    /// libpam's result code. `said` is its text.
    pub code: i32,
    pub said: String,
    /// The user with the typed name, if the system has one.
    pub known: Option<SystemUser>,
    /// The hash in `/etc/shadow` is locked, so no password matches it.
    pub locked: bool,
    /// `pam_exec` runs a program in this step.
    pub runs_programs: bool,
}

/// A user of the system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SystemUser {
    /// As the system spells it.
    pub name: String,
    pub uid: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct StepError {
    pub step: Step,
    /// The cause, and the fix after the last `; `.
    pub why: String,
}

/// The step of a check.
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

/// The setup that a check would use.
#[derive(Debug, Serialize, Deserialize)]
pub struct SetupReport {
    pub library: Result<(), String>,
    /// The service's file.
    pub service: Result<String, StepError>,
    /// What the service names and is missing, a module or a program, and the fix.
    pub missing: Option<String>,
    /// A program that can't run and whose failure refuses nobody by itself, and the fix.
    pub program: Option<String>,
    /// Whether it reads passwords from the system's own files.
    pub local: bool,
    pub rights: Rights,
    /// Whether the filter of system calls allows what `unix_chkpwd` calls.
    pub may_call_setuid: bool,
}

/// The error when [`SetupReport::may_call_setuid`] is false.
pub const NO_SETUID: &str = "a filter of system calls forbids `setuid`, which pam_unix's program unix_chkpwd calls; \
                             add SystemCallFilter=setuid to the systemd unit, after its other filters";

/// What the helper may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    Root,
    /// May read `/etc/shadow`.
    Shadow,
    Few,
}

/// Longest field. A password has up to 1,024 characters.
const LONGEST: usize = 16 << 10;

/// The request as bytes. Wipe them with [`wipe`] once they are sent.
pub fn encode(request: &HelperRequest) -> Vec<u8> {
    let (name, password) = match &request.ask {
        HelperTask::Check { name, password } => (name.expose().as_str(), password.expose().as_str()),
        HelperTask::Inspect => ("", ""),
    };
    let fields = [request.service.as_str(), request.confdir.as_deref().unwrap_or_default(), name, password];
    // Allocated at its final size, since a growing buffer leaves copies behind.
    let mut bytes = Vec::with_capacity(fields.iter().map(|field| field.len() + 4).sum());
    for field in fields {
        bytes.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(field.as_bytes());
    }
    bytes
}

/// Overwrites a buffer that held a password.
pub fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    // Without this the compiler may drop the write, since nothing reads the buffer again.
    std::hint::black_box(bytes);
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When it is incomplete, or not text.
pub fn decode(from: &mut impl Read) -> io::Result<HelperRequest> {
    let (service, confdir) = (field(from)?, field(from)?);
    let (name, password) = (field(from)?, field(from)?);
    let ask = if name.is_empty() {
        HelperTask::Inspect
    } else {
        HelperTask::Check { name: Secret::new(name), password: Secret::new(password) }
    };
    Ok(HelperRequest { service, confdir: Some(confdir).filter(|folder| !folder.is_empty()), ask })
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
    use super::{HelperRequest, HelperTask, decode, encode};
    use crate::base::secret::Secret;

    #[test]
    fn a_request_is_decoded_as_it_was_encoded() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let ask = HelperTask::Check { name: secret("ada"), password: secret(" pass\nword ") };
        let sent = encode(&HelperRequest { service: "vestibule".into(), confdir: None, ask });
        let came = decode(&mut sent.as_slice()).unwrap();
        assert_eq!((came.service.as_str(), came.confdir), ("vestibule", None));
        let HelperTask::Check { name, password } = came.ask else { panic!("{:?}", came.ask) };
        assert_eq!((name.expose().as_str(), password.expose().as_str()), ("ada", " pass\nword "));
        for cut in 0..sent.len() {
            assert!(decode(&mut &sent[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_field_with_a_huge_length_is_refused_at_once() {
        assert!(decode(&mut [0xff; 64].as_slice()).is_err());
    }
}
