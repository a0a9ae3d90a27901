//! A login by name and password: what was typed, what one module says of it, and what all that were asked mean
//! together.

use std::fmt;
use std::ops::ControlFlow;

use super::ExternalIdentity;
use crate::base::ids::Subject;
use crate::base::secret::Secret;
use crate::base::username::is_unseen;

/// Longest password, in characters: longer ones are refused, never cut (security rule C41).
pub const LONGEST_PASSWORD: usize = 1024;
/// Longest name that is looked for, in characters: an e-mail address has 254 at most (RFC 5321 §4.5.3.1).
const LONGEST_NAME: usize = 256;

/// A name and a password that a module may be asked about. Neither is trimmed or changed.
#[derive(Debug)]
pub struct Typed {
    name: Secret<String>,
    password: Secret<String>,
}

/// Why no module is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("no name was typed")]
    NoName,
    #[error("no password was typed")]
    NoPassword,
    #[error("the name is longer than {LONGEST_NAME} characters, or holds some that can't be seen")]
    OddName,
    #[error("the password holds NUL")]
    Nul,
    #[error("the password is longer than {LONGEST_PASSWORD} characters")]
    TooLong,
}

impl Typed {
    /// An empty password "succeeds" as nobody at an LDAP server (RFC 4513 §5.1.2), and NUL ends a text in C: neither
    /// comes any further (security rule C41).
    ///
    /// # Errors
    /// Why nobody need be asked.
    pub fn parse(name: String, password: Secret<String>) -> Result<Self, Unusable> {
        if name.trim().is_empty() {
            return Err(Unusable::NoName);
        }
        if name.chars().count() > LONGEST_NAME || name.chars().any(is_unseen) {
            return Err(Unusable::OddName);
        }
        match password.expose() {
            empty if empty.is_empty() => Err(Unusable::NoPassword),
            nul if nul.contains('\0') => Err(Unusable::Nul),
            long if long.chars().count() > LONGEST_PASSWORD => Err(Unusable::TooLong),
            _ => Ok(Self { name: Secret::new(name), password }),
        }
    }

    /// A secret, too: people type their password here.
    #[must_use]
    pub fn name(&self) -> &Secret<String> {
        &self.name
    }

    #[must_use]
    pub fn password(&self) -> &Secret<String> {
        &self.password
    }
}

/// Why a module attests nobody. `Display` is for the log: it names no password, and no name that was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// It is not right, or not right now. `who` is named where the module knows them.
    #[error("{why}")]
    Refused { why: Wrong, who: Option<Subject> },
    /// There is nobody of that name here.
    #[error("nobody of that name there")]
    Unknown,
    /// It could not be asked.
    #[error("{0}")]
    NotAvailable(#[from] NotAvailable),
    /// So many are being checked that this one could not wait.
    #[error("more passwords wait to be checked than the queue holds")]
    Busy,
    /// Too many tries: the password was not looked at.
    #[error("{0}")]
    Held(#[from] Held),
}

/// What is wrong: for the log alone, for from outside all of it looks alike (security rule C42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("the password is wrong")]
    Password,
    #[error("the name or the password is wrong; which of them is not told there")]
    NameOrPassword,
    #[error("the account is locked there")]
    Locked,
    #[error("the account has expired there")]
    AccountExpired,
    #[error("the password has expired there; it has to be changed there first")]
    PasswordExpired,
    #[error("the account may not sign in there, or not now")]
    NotAllowed,
    #[error("the password was changed while it was being checked")]
    ChangedMeanwhile,
    #[error("several entries have that name")]
    Ambiguous,
    /// The account's own trouble, which an unknown name never has. So it looks like a wrong password.
    #[error("the password could not be tried on this account; the error before this line in the log says why")]
    Untried,
    /// The password is right. The answer alone said whose the name is.
    #[error(
        "the account has to wait after too many tries, and nothing was known of its having this name too, so it is refused \
         like a wrong password; `vestibule user release USERNAME` lifts the wait"
    )]
    AccountWaits,
}

/// A module that could not be asked: which server, at which step, why. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAvailable {
    /// `ldap1.example.org:636`
    pub server: String,
    /// `connect`, `TLS`, `bind`
    pub phase: &'static str,
    /// Cause, and after the last `; ` the mend.
    pub why: String,
}

impl std::error::Error for NotAvailable {}

impl fmt::Display for NotAvailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.server, self.phase, self.why)
    }
}

/// Nobody is tried until the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries {by}: {seconds} s to wait")]
pub struct Held {
    /// Whole seconds, at least one.
    pub seconds: u32,
    pub by: HeldBy,
}

/// Whose tries were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    Account,
    Network,
    /// Those of all people together, at one server that bans addresses.
    Server,
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "for this account",
            Self::Network => "from this network",
            Self::Server => "at this server, by all people together; after a few more it would ban Vestibule's address",
        })
    }
}

/// Whether a module that says no is the last to be asked: `on_refused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRefused {
    #[default]
    Stop,
    Next,
}

/// What modules that were asked in turn have said, as long as none said yes. `P` is how the caller names a module.
#[derive(Debug)]
pub struct Asked<P> {
    refused: Option<(P, NotAccepted)>,
    away: Option<(P, NotAccepted)>,
    held: Option<(P, Held)>,
}

/// How asking around ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer<P> {
    Yes(P, Box<ExternalIdentity>),
    /// The answer that counts, and whose it is.
    No(P, NotAccepted),
    /// No module knows them.
    Nobody,
}

impl<P> Default for Asked<P> {
    fn default() -> Self {
        Self { refused: None, away: None, held: None }
    }
}

impl<P> Asked<P> {
    /// Hears one module: breaks off, or goes on to the next.
    ///
    /// A yes ends it, and so does a refusal unless the config says `on_refused = "next"`. A module that could not be
    /// asked, because it is away or too many tries have to wait there, never turns into a yes, and keeps nobody from
    /// another module: else a stranger who guesses at one module would lock people out of the next.
    pub fn hear(
        mut self,
        by: P,
        said: Result<ExternalIdentity, NotAccepted>,
        on_refused: OnRefused,
    ) -> ControlFlow<Answer<P>, Self> {
        match said {
            Ok(identity) => return ControlFlow::Break(Answer::Yes(by, Box::new(identity))),
            Err(NotAccepted::Held(held)) => {
                if self.held.as_ref().is_none_or(|(_, longer)| held.seconds < longer.seconds) {
                    self.held = Some((by, held));
                }
            }
            Err(no @ NotAccepted::Refused { .. }) => match on_refused {
                OnRefused::Stop => {
                    return ControlFlow::Break(match self.held {
                        Some((by, held)) => Answer::No(by, held.into()),
                        None => Answer::No(by, no),
                    });
                }
                OnRefused::Next => _ = self.refused.get_or_insert((by, no)),
            },
            Err(no @ (NotAccepted::NotAvailable(_) | NotAccepted::Busy)) => {
                self.away.get_or_insert((by, no));
            }
            Err(NotAccepted::Unknown) => {}
        }
        ControlFlow::Continue(self)
    }

    /// All were heard, and none ended it. A module that could not be asked may have known them: so that comes first. A
    /// wait comes before all else, so that it looks the same whatever other modules say (security rule C42).
    #[must_use]
    pub fn end(self) -> Answer<P> {
        let held = self.held.map(|(by, held)| (by, NotAccepted::Held(held)));
        match held.or(self.away).or(self.refused) {
            Some((by, no)) => Answer::No(by, no),
            None => Answer::Nobody,
        }
    }
}

#[cfg(test)]
mod tests;
