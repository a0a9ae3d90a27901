//! One attempt with a name and a password at one module.
//!
//! A module must name an account to get the password, and that call counts the attempt. So all names of a person share
//! one count: other letter case, an alias, an e-mail address (security rule C43).

#[cfg(test)]
pub(crate) mod recording_gate;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::base::ids::Subject;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::base::username::folded;
use crate::signin::challenge::throttle::Throttled;
use crate::signin::identify::password::{Credentials, NotAccepted, RefusalReason};

/// Counts attempts, by the typed name and by account. No method has a default: a gate that forgets one would let
/// attempts through.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Lets an attempt with the name through.
    ///
    /// # Errors
    /// How long to wait.
    async fn admit_lookup(&self) -> Result<(), Throttled>;

    /// Lets an attempt at this account through, and one with the name if [`Self::admit_lookup`] was not called.
    ///
    /// # Errors
    /// How long to wait.
    async fn admit_account(&self, account: &str) -> Result<(), Throttled>;

    /// Lets the same password at this account through a second time, after [`Self::admit_account`]. It counts as one
    /// more failure.
    ///
    /// # Errors
    /// How long to wait.
    async fn admit_account_again(&self, account: &str) -> Result<(), Throttled>;

    /// Lets one more login with an unknown name through at the same server. It counts as a failure at a server that
    /// bans addresses, but under no name and no account.
    ///
    /// # Errors
    /// How long to wait.
    async fn admit_unknown_name(&self) -> Result<(), Throttled>;

    /// The login that [`Self::admit_unknown_name`] let through was not refused, so it does not count.
    fn forgive_unknown_name(&self);

    /// As [`Self::admit_account`], when the account is not known yet. `sent`: the name exactly as the server gets it.
    ///
    /// # Errors
    /// How long to wait.
    async fn admit_sent_name(&self, sent: &str) -> Result<(), Throttled>;

    /// As [`Self::admit_account_again`], after [`Self::admit_sent_name`].
    ///
    /// # Errors
    /// How long to wait.
    async fn admit_sent_name_again(&self, sent: &str) -> Result<(), Throttled>;

    /// Whether the account of this subject is disabled here.
    async fn is_disabled(&self, subject: &Subject) -> bool;

    /// After [`Self::admit_sent_name`]: the password was right, and the server says that the name is this account's.
    ///
    /// # Errors
    /// How long that account has to wait.
    async fn admit_subject(&self, subject: &str) -> Result<(), Throttled>;
}

/// The key under which an attempt is counted.
#[derive(Debug, Clone, Copy)]
pub enum CountedBy<'n> {
    /// That of [`Attempt::password_for`].
    Account(&'n str),
    /// That of [`Attempt::password_for_name`].
    Name(&'n str),
}

/// The typed name and password, and the gate that counts attempts.
pub struct Attempt<'t> {
    typed: &'t Credentials,
    gate: &'t dyn Gate,
    purpose: Purpose,
    password_handed_out: AtomicBool,
    redaction: OnceLock<Arc<Redaction>>,
}

/// Where the typed password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordState {
    /// No server has it.
    Withheld,
    /// The module has it and may have sent it.
    HandedOut,
}

/// Whether a right password may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Login,
    DryRun,
}

impl<'t> Attempt<'t> {
    #[must_use]
    pub fn new(typed: &'t Credentials, gate: &'t dyn Gate) -> Self {
        Self {
            typed,
            gate,
            purpose: Purpose::Login,
            password_handed_out: AtomicBool::new(false),
            redaction: OnceLock::new(),
        }
    }

    /// An attempt that changes nothing, such as that of `vestibule login`.
    #[must_use]
    pub fn dry_run(typed: &'t Credentials, gate: &'t dyn Gate) -> Self {
        Self { purpose: Purpose::DryRun, ..Self::new(typed, gate) }
    }

    /// Whether a module may store what it learns.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.purpose == Purpose::Login
    }

    /// The name as it was typed, neither trimmed nor folded. Never log it: some people type their password here.
    #[must_use]
    pub fn name(&self) -> &'t str {
        self.typed.name().expose()
    }

    /// The name without spaces around it: a phone's keyboard adds one. The password is never trimmed.
    #[must_use]
    pub fn trimmed_name(&self) -> &'t str {
        self.name().trim()
    }

    /// Finds the typed password and name in a server's words. The name, too, may be a password by mistake (security
    /// rule C56). It is found with its domain and without: `ada@example.org`, `EXAMPLE\ada`.
    pub fn redaction(&self) -> &Redaction {
        self.shared_redaction()
    }

    /// As [`Self::redaction`], to keep it. Nothing is searched before it is used.
    pub fn shared_redaction(&self) -> &Arc<Redaction> {
        self.redaction.get_or_init(|| {
            let (folded, password) = (folded(self.trimmed_name()), self.typed.password().expose().as_str());
            Arc::new(Redaction::of_typed([folded.trim(), password].into_iter().chain(self.typed_names())))
        })
    }

    /// Whether a text is the typed password, as in an answer that repeats it by mistake: also with spaces around it, as
    /// a database column of fixed width adds them, or in the form that it would take as a username. If the password is
    /// also the typed name, it is no secret.
    #[must_use]
    pub fn is_password(&self, text: &str) -> bool {
        let password = self.typed.password().expose();
        let folded_password = folded(password);
        let as_name = folded_password.trim();
        let is_same = if as_name.is_empty() { text == password } else { folded(text).trim() == as_name };
        is_same && !self.typed_names().any(|name| folded(name).trim() == as_name)
    }

    /// As [`Self::is_password`], for a number: some programs write text of digits as a number, even as `1.2345e8`.
    pub fn is_password_number(&self, number: f64) -> bool {
        let password = self.typed.password().expose();
        password.trim().parse() == Ok(number) && self.is_password(password)
    }

    /// The name with its domain and without.
    fn typed_names(&self) -> impl Iterator<Item = &'t str> {
        let name = self.trimmed_name();
        std::iter::once(name).chain(name.split('@').next()).chain(name.rsplit('\\').next())
    }

    /// Whether a text was searched for what was typed.
    #[cfg(test)]
    pub fn used_redaction(&self) -> bool {
        self.redaction.get().is_some_and(|redaction| redaction.was_used())
    }

    /// Call this before a look-up, or before taking a turn at a server. A module that begins with
    /// [`Self::password_for`] need not call it.
    ///
    /// # Errors
    /// When there were too many attempts of that name: pass it on.
    pub async fn admit_lookup(&self) -> Result<(), NotAccepted> {
        Ok(self.gate.admit_lookup().await?)
    }

    /// The password, to be tried on this account only. `account` is the same for all names of a person: their subject
    /// if the module has looked them up, else the name in the form that the server compares.
    ///
    /// # Errors
    /// When there were too many attempts on that account, or of that name: pass it on.
    pub async fn password_for(&self, account: &str) -> Result<&'t Secret<String>, NotAccepted> {
        self.gate.admit_account(account).await?;
        self.password_handed_out.store(true, Ordering::Relaxed);
        Ok(self.typed.password())
    }

    /// Call this before the server gets the password a second time, in another form. The server may count a second
    /// failure, so the gate counts one too.
    ///
    /// # Errors
    /// When one more failure would be too many. Then don't send it.
    pub async fn admit_retry(&self, by: CountedBy<'_>) -> Result<(), Throttled> {
        match by {
            CountedBy::Account(account) => self.gate.admit_account_again(account).await,
            CountedBy::Name(sent) => self.gate.admit_sent_name_again(sent).await,
        }
    }

    /// Call this before another login at the same server, with an unknown name. `refused` makes that login and returns
    /// whether the server refused it. A refusal counts at a server that bans addresses.
    ///
    /// # Errors
    /// When one more failure would be too many there. Then no login is made.
    pub async fn with_unknown_name(&self, refused: impl Future<Output = bool> + Send) -> Result<bool, Throttled> {
        self.gate.admit_unknown_name().await?;
        let refused = refused.await;
        if !refused {
            self.gate.forgive_unknown_name();
        }
        Ok(refused)
    }

    /// As [`Self::password_for`], when only the server's answer shows which account has the name. `sent`: the name
    /// exactly as the server gets it. Two spellings may be two people there, or one. So guesses at all spellings share
    /// a count, and a right password resets only the guesses at its own spelling.
    ///
    /// # Errors
    /// When there were too many attempts of that name: pass it on.
    pub async fn password_for_name(&self, sent: &str) -> Result<&'t Secret<String>, NotAccepted> {
        self.gate.admit_sent_name(sent).await?;
        self.password_handed_out.store(true, Ordering::Relaxed);
        Ok(self.typed.password())
    }

    /// The password was right, and the server says that the name is this account's. A module that has more to ask calls
    /// this first, so that a right password that must look wrong costs no more work than a wrong one (security rule
    /// C42).
    ///
    /// # Errors
    /// When that account has to wait: pass it on.
    pub async fn admit_subject(&self, subject: &Subject) -> Result<(), NotAccepted> {
        let passed = self.gate.admit_subject(subject.as_str()).await;
        passed.map_err(|_| NotAccepted::Refused { why: RefusalReason::AccountThrottled, subject: None })
    }

    /// The password was right. A module that has more to ask about the account calls this first, so that an account
    /// that is disabled here costs no more work than a wrong password (security rule C42).
    ///
    /// # Errors
    /// When it is disabled: pass it on.
    pub async fn check_enabled(&self, subject: &Subject) -> Result<(), NotAccepted> {
        if self.gate.is_disabled(subject).await {
            return Err(NotAccepted::Refused {
                why: RefusalReason::AccountDisabledHere,
                subject: Some(subject.clone()),
            });
        }
        Ok(())
    }

    /// Marks an error that came before the password was sent, such as a refused connection. It does not count as a
    /// failure. Every other error after [`Self::password_for`] counts, since the error may be how the server refuses a
    /// password (security rule C43).
    #[must_use]
    pub fn mark_unsent<E>(&self, error: E) -> E {
        self.password_handed_out.store(false, Ordering::Relaxed);
        error
    }

    /// Where the password is now.
    #[must_use]
    pub fn password_state(&self) -> PasswordState {
        if self.password_handed_out.load(Ordering::Relaxed) {
            PasswordState::HandedOut
        } else {
            PasswordState::Withheld
        }
    }
}

impl std::fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt")
    }
}
