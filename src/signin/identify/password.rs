//! A login by name and password: what a person types, what a login module answers, and the outcome of several answers.

use std::fmt;
use std::ops::ControlFlow;

use super::ExternalIdentity;
use crate::base::ids::Subject;
use crate::base::invisible::is_invisible;
use crate::base::secret::Secret;
use crate::signin::challenge::throttle::Throttled;

/// Longest password, in characters: longer ones are refused, never cut (security rule C41).
pub const MAX_PASSWORD_LENGTH: usize = 1024;
/// Longest name that we ask a module about, in characters: an e-mail address has 254 at most (RFC 5321 §4.5.3.1).
const MAX_NAME_LENGTH: usize = 256;

/// A name and a password as typed, neither trimmed nor changed, which a module may check.
#[derive(Debug)]
pub struct Credentials {
    name: Secret<String>,
    password: Secret<String>,
}

/// Why no module is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCredentials {
    #[error("no name was typed")]
    EmptyName,
    #[error("no password was typed")]
    EmptyPassword,
    #[error("the name is longer than {MAX_NAME_LENGTH} characters")]
    NameTooLong,
    #[error("the name holds invisible characters")]
    InvisibleInName,
    #[error("the password holds NUL")]
    ContainsNul,
    #[error("the password is longer than {MAX_PASSWORD_LENGTH} characters")]
    PasswordTooLong,
}

impl Credentials {
    /// Refuses an empty password, which an LDAP server accepts for an anonymous user (RFC 4513 §5.1.2), and NUL, which
    /// ends a text in C (security rule C41).
    ///
    /// # Errors
    /// Why no module is asked.
    pub fn parse(name: String, password: Secret<String>) -> Result<Self, InvalidCredentials> {
        // A name that was copied from a page or a chat may bring invisible characters along.
        let plain = name.trim_matches(|c: char| c != '\0' && (is_invisible(c) || c.is_whitespace()));
        let name = if name.chars().any(is_invisible) { plain.to_owned() } else { name };
        if name.trim().is_empty() {
            return Err(InvalidCredentials::EmptyName);
        }
        if name.chars().count() > MAX_NAME_LENGTH {
            return Err(InvalidCredentials::NameTooLong);
        }
        if name.chars().any(is_invisible) {
            return Err(InvalidCredentials::InvisibleInName);
        }
        match password.expose() {
            empty if empty.is_empty() => Err(InvalidCredentials::EmptyPassword),
            nul if nul.contains('\0') => Err(InvalidCredentials::ContainsNul),
            long if long.chars().count() > MAX_PASSWORD_LENGTH => Err(InvalidCredentials::PasswordTooLong),
            _ => Ok(Self { name: Secret::new(name), password }),
        }
    }

    /// The name is a secret, too, because people mistakenly type their password here.
    #[must_use]
    pub fn name(&self) -> &Secret<String> {
        &self.name
    }

    #[must_use]
    pub fn password(&self) -> &Secret<String> {
        &self.password
    }
}

/// Why a module does not accept a name and a password. `Display` is for the log: it holds neither of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// They are wrong, or the person may not sign in now. `subject` is set if the module knows the person.
    #[error("{why}")]
    Refused { why: RefusalReason, subject: Option<Subject> },
    /// The module has no user of this name.
    #[error("no such user at this provider")]
    Unknown,
    /// The module could not be asked.
    #[error("{0}")]
    NotAvailable(#[from] NotAvailable),
    /// The module has too many sign-ins to check, so it did not check this one. Holds the cause and the fix.
    #[error("{0}")]
    Busy(&'static str),
    /// Too many attempts: the password was not checked.
    #[error("{0}")]
    Throttled(#[from] Throttled),
}

/// What is wrong, for the log. A visitor cannot tell these apart (security rule C42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    #[error("the password is wrong")]
    Password,
    #[error("the name or the password is wrong; the provider does not say which")]
    NameOrPassword,
    #[error(
        "the name or the password is wrong; the prepared form of the password (SASLprep) was not tried, because it \
         would count as one more try than `free_tries` leaves"
    )]
    OneFormTried,
    #[error("the account is locked there")]
    Locked,
    #[error("the account is disabled there")]
    Disabled,
    #[error("the account has expired there")]
    AccountExpired,
    #[error("the password has expired there; it has to be changed there first")]
    PasswordExpired,
    #[error(
        "the password has to be changed there before the first sign-in, because an admin set it or requires a change"
    )]
    PasswordReset,
    #[error(
        "the password has to be changed there first: it has expired, or an admin requires a change; the provider does \
         not say which"
    )]
    PasswordChangeRequired,
    #[error("the account may not sign in there, or not now")]
    NotAllowed,
    #[error(
        "the directory restricts this account (data 52f): a group such as Protected Users, an authentication policy, a \
         required smart card, or an empty password; its log says which"
    )]
    Restricted,
    #[error("the account is in more groups there than Windows allows at a login (data 568); take it out of some")]
    TooManyGroups,
    /// A code of Active Directory.
    #[error(
        "the directory refuses with the code {0:x}, which says more than a wrong password; Microsoft lists it among \
         the system error codes, as a hexadecimal number"
    )]
    UnknownCode(u16),
    #[error(
        "a program that pam_exec runs ended with an error, which is its only way to refuse, or another module had a \
         system error; if everybody is refused, the system's log has the exit status or the module's own words"
    )]
    ProgramFailed,
    #[error("the password was changed while it was being checked")]
    ChangedMeanwhile,
    #[error("the account was removed while the password was being checked")]
    RemovedMeanwhile,
    #[error("several entries have that name")]
    Ambiguous,
    #[error(
        "other entries may have that name, too: the directory returned only some of its entries (sizeLimitExceeded); \
         see who has the name there, or raise its size limit to at least two"
    )]
    PerhapsAmbiguous,
    /// The password is right.
    #[error("the account is disabled here; `vestibule user enable USERNAME` lets them in again")]
    AccountDisabledHere,
    /// An error that no unknown name can have. It must look like a wrong password, or it would reveal the account.
    #[error("the password could not be tried on this account; the error before this line in the log says why")]
    NotChecked,
    /// The password is right, and only this answer showed whose account it is.
    #[error(
        "the account has to wait after too many tries. Only this answer showed that the name belongs to the account, \
         so the sign-in is refused like a wrong password; `vestibule user release USERNAME` ends the wait"
    )]
    AccountThrottled,
}

/// A module could not be asked: which server, at which step, why. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAvailable {
    /// `ldap1.example.org:636`
    pub server: String,
    /// `connect`, `TLS`, `bind`
    pub phase: &'static str,
    /// The cause, and after the last `; ` what to do.
    pub why: String,
    pub kind: Outage,
}

/// What a person can expect of a module that could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Its server does not answer, or can't check passwords.
    Failure,
    /// Its server answers, but rejects everybody from our address, as servers do after too many failed logins.
    AddressBanned,
}

impl NotAvailable {
    #[must_use]
    pub fn new(server: impl Into<String>, phase: &'static str, why: impl Into<String>) -> Self {
        Self { server: server.into(), phase, why: why.into(), kind: Outage::Failure }
    }
}

impl std::error::Error for NotAvailable {}

impl fmt::Display for NotAvailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.server, self.phase, self.why)
    }
}

/// What to do when a module refuses: `on_refused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRefused {
    #[default]
    Stop,
    Next,
}

/// The answers of the modules asked so far, while none has accepted. `P` identifies a module.
#[derive(Debug)]
pub struct ModuleAnswers<P> {
    refused: Option<(P, NotAccepted)>,
    unavailable: Option<(P, NotAccepted)>,
    throttled: Option<(P, Throttled)>,
}

/// The result of asking the modules in turn.
#[derive(Debug, PartialEq, Eq)]
pub enum ModulesOutcome<P> {
    Accepted(P, Box<ExternalIdentity>),
    /// The answer that counts, and the module that gave it.
    Refused(P, NotAccepted),
    /// No module knows the name.
    UnknownName,
}

impl<P> Default for ModuleAnswers<P> {
    fn default() -> Self {
        Self { refused: None, unavailable: None, throttled: None }
    }
}

impl<P> ModuleAnswers<P> {
    /// Takes the answer of one module, and says whether to ask the next one.
    ///
    /// After an acceptance no further module is asked, nor after a refusal unless the config says
    /// `on_refused = "next"`. A module that could not be asked, because it is down or had too many attempts, never
    /// counts as an acceptance. The next one is asked all the same: otherwise a stranger who guesses passwords at one
    /// module would lock people out of the next.
    pub fn add(
        mut self,
        module: P,
        result: Result<ExternalIdentity, NotAccepted>,
        on_refused: OnRefused,
    ) -> ControlFlow<ModulesOutcome<P>, Self> {
        match result {
            Ok(identity) => return ControlFlow::Break(ModulesOutcome::Accepted(module, Box::new(identity))),
            Err(NotAccepted::Throttled(throttled)) => {
                if self.throttled.as_ref().is_none_or(|(_, longer)| throttled.seconds < longer.seconds) {
                    self.throttled = Some((module, throttled));
                }
            }
            Err(no @ NotAccepted::Refused { .. }) => match on_refused {
                OnRefused::Stop => {
                    self.refused = Some((module, no));
                    return ControlFlow::Break(self.end());
                }
                OnRefused::Next => _ = self.refused.get_or_insert((module, no)),
            },
            Err(no @ (NotAccepted::NotAvailable(_) | NotAccepted::Busy(_))) => {
                self.unavailable.get_or_insert((module, no));
            }
            Err(NotAccepted::Unknown) => {}
        }
        ControlFlow::Continue(self)
    }

    /// The outcome if no further module is asked and none has accepted. A module that could not be asked may know the
    /// person, so its answer counts before a refusal: otherwise a refusal would reveal that the account exists. A wait
    /// counts before all else, so that it looks the same whatever other modules answer (security rule C42).
    #[must_use]
    pub fn end(self) -> ModulesOutcome<P> {
        let throttled = self.throttled.map(|(module, throttled)| (module, NotAccepted::Throttled(throttled)));
        match throttled.or(self.unavailable).or(self.refused) {
            Some((module, no)) => ModulesOutcome::Refused(module, no),
            None => ModulesOutcome::UnknownName,
        }
    }
}

#[cfg(test)]
mod tests;
