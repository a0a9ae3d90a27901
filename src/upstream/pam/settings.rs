//! The keys of `kind = "pam"`.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::ids::{Issuer, Subject};
use crate::config::reader::{Fault, Section, one_of, parsed, text};
use crate::upstream::settings::check_timeout;

/// The settings of a PAM provider.
#[derive(Debug, Clone)]
pub struct PamSettings {
    /// The service: the name of its file in `/etc/pam.d`.
    pub service: String,
    /// The folder of the service's file, if not the system's.
    pub confdir: Option<PathBuf>,
    pub issuer: Issuer,
    pub subject: SubjectForm,
    /// After this time a check fails and its helper is killed.
    pub timeout: Duration,
}

/// The form of an identity's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubjectForm {
    /// `1000:ada`. A system may give the name or the uid of a removed user to somebody else, but rarely both together.
    #[default]
    UidAndName,
    /// `ada`. For users that PAM knows and the system's list of users does not, and for machines whose uids differ.
    Name,
}

impl SubjectForm {
    /// `None` for a user without a uid, if the form needs one.
    #[must_use]
    pub fn of(self, name: &str, uid: Option<u32>) -> Option<Subject> {
        match self {
            Self::UidAndName => uid.map(|uid| Subject::from(format!("{uid}:{name}"))),
            Self::Name => Some(Subject::from(name)),
        }
    }
}

/// The default service.
const SERVICE: &str = "vestibule";
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the keys of this kind, in addition to those that all kinds share.
pub fn parse(section: &mut Section) -> Option<PamSettings> {
    let named = section.has("service");
    let service = if named { section.optional("service", parsed(service)) } else { Some(SERVICE.to_owned()) };
    let confdir = section.path("confdir");
    let timeout = section.optional("timeout", check_timeout).unwrap_or(TIMEOUT);
    let issuer = section.optional("issuer", text);
    let forms = [("uid", SubjectForm::UidAndName), ("name", SubjectForm::Name)];
    let subject = section.optional("subject", one_of(&forms, &[])).unwrap_or_default();
    let service = service?;
    let issuer = Issuer::from(issuer.unwrap_or_else(|| format!("pam:{service}")));
    Some(PamSettings { service, confdir, issuer, subject, timeout })
}

/// A plain file name, which can't lead out of its folder. libpam looks for it in lower case.
fn service(text: &str) -> Result<String, Fault> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    if !text.bytes().all(plain) || text.starts_with('.') || text.len() > 64 {
        return Err(Fault::new("is not the name of a PAM service")
            .fix(format!("name its file in /etc/pam.d, of a-z, 0-9, -, _ and ., such as \"{SERVICE}\"")));
    }
    if text == "other" {
        return Err(Fault::new("is the service that PAM falls back to, and it should let nobody in")
            .fix(format!("write a file of its own, such as /etc/pam.d/{SERVICE}")));
    }
    Ok(text.to_owned())
}
