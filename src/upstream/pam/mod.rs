//! `kind = "pam"`: accounts of this machine. A helper process asks PAM, so modules that hang or crash harm nothing
//! else.

#[cfg(target_os = "linux")]
pub mod helper_process;
mod helper_request;
pub(super) mod kind;
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "libpam and the system's list of people are C: these calls, and no others")]
mod native;
#[cfg(target_os = "linux")]
mod privileges;
mod probe;
#[cfg(target_os = "linux")]
mod process_reaper;
mod service;
pub mod settings;
mod result_codes;
mod wire;

pub use self::helper_request::COMMAND;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Map, json};

use self::helper_request::{HelperOutcome, RequestError};
use self::result_codes::{interpret, known_subject, not_available};
use self::settings::PamSettings;
use self::wire::{Answer, HelperRequest, HelperTask, PamFailure, Person, Step, StepError};
use super::PasswordModule;
use super::attempt::Attempt;
use super::concurrency_limit::{ConcurrencyLimit, OverloadMessages};
use super::health::Health;
use super::probe::FindingSink;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId};
use crate::base::random;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
use crate::signin::identify::{ExternalIdentity, IdentityKey, MAX_SUBJECT_LENGTH};

/// Helpers that run at once, and checks that may wait for one. Each helper is a process that hashes a password.
const AT_ONCE: usize = 4;
const QUEUE: usize = 16;
const BUSY: OverloadMessages = OverloadMessages {
    full: "the queue of 16 sign-ins for PAM is full; see who sends so many, or why PAM's modules are slow",
    slow: "the sign-in waited half of `timeout` for its turn at PAM; see why PAM's modules are slow",
};
/// The running program, even if another file has replaced it on the disk.
const OWN_PROGRAM: &str = "/proc/self/exe";
/// Modules truncate a password of this many bytes (`PAM_MAX_RESP_SIZE`), so it is refused (security rule C41).
const PASSWORD_LIMIT: usize = 512;
/// A refusal is delayed to a whole multiple of this time, since PAM takes longer for a wrong password than for an
/// unknown name.
const REFUSAL_STEP: Duration = Duration::from_secs(1);

/// The accounts of this machine.
#[derive(Debug)]
pub struct Pam {
    id: ProviderId,
    settings: Arc<PamSettings>,
    health: Health,
    program: PathBuf,
    limit: ConcurrencyLimit,
}

impl Pam {
    #[must_use]
    pub fn new(id: ProviderId, settings: Arc<PamSettings>, clock: Clock) -> Self {
        Self::with_helper(id, settings, clock, OWN_PROGRAM.into())
    }

    /// As [`Self::new`], with another program as the helper. It must know the command [`COMMAND`].
    #[must_use]
    pub fn with_helper(id: ProviderId, settings: Arc<PamSettings>, clock: Clock, program: PathBuf) -> Self {
        let limit = ConcurrencyLimit::new(AT_ONCE, QUEUE, BUSY);
        Self { id, settings, health: Health::new(clock), program, limit }
    }

    /// Asks a helper when its turn comes. The queue takes at most half of the timeout, so the helper has the other
    /// half.
    async fn ask(&self, ask: HelperTask, begun: Instant) -> Result<Answer, AskError> {
        let timeout = self.settings.timeout;
        let permit = self.limit.acquire(timeout / 2).await.map_err(AskError::BeforePam)?;
        let PamSettings { service, confdir, .. } = &*self.settings;
        let confdir = confdir.as_ref().map(|folder| folder.display().to_string());
        let request = HelperRequest { service: service.clone(), confdir, ask };
        let outcome = helper_request::send(self.program.clone(), request, begun + timeout, permit).await;
        let Ok(HelperOutcome { answer, output }) = outcome else {
            let why = not_available("helper", "no thread could wait for it; look at the limits of processes");
            return Err(AskError::BeforePam(why.into()));
        };
        if let (Err(RequestError::Exited(_)), Some(complaint)) =
            (&answer, output.strip_prefix(helper_request::ERROR_PREFIX))
        {
            return Err(AskError::BeforePam(not_available("helper", complaint).into()));
        }
        if !output.is_empty() {
            tracing::warn!(provider = %self.id, said = output, "PAM's modules printed a message");
        }
        answer.map_err(|why| {
            let fix = match &why {
                RequestError::NotStarted(_) => "look at the limits of processes, and whether /proc is there",
                RequestError::TimedOut => "look at the modules that the service names, and at what they ask",
                RequestError::Exited(_) => "look at the lines above, and in the system's log",
            };
            match &why {
                RequestError::NotStarted(_) => {
                    AskError::BeforePam(not_available("helper", format!("{why}; {fix}")).into())
                }
                RequestError::Exited(_) => AskError::InPam(not_available("helper", format!("{why}; {fix}")).into()),
                RequestError::TimedOut => {
                    let why = format!("no answer within {} s, so it was killed; {fix}", timeout.as_secs());
                    AskError::InPam(not_available("helper", why).into())
                }
            }
        })
    }

    async fn identify(&self, attempt: &Attempt<'_>, begun: Instant) -> Result<ExternalIdentity, NotAccepted> {
        let name = attempt.trimmed_name();
        // A system may have both an `ada` and an `Ada`.
        let password = attempt.password_for_name(name).await?;
        // Some modules build a file name from the user name.
        if name.contains('/') || password.expose().len() >= PASSWORD_LIMIT {
            return Err(NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None });
        }
        let ask = HelperTask::Check { name: Secret::new(name.to_owned()), password: password.clone() };
        let answer = self.ask(ask, begun).await.map_err(|failed| match failed {
            AskError::BeforePam(why) => attempt.mark_unsent(why),
            AskError::InPam(why) => why,
        })?;
        match answer {
            Answer::Proved(person) => self.identity(person).map_err(NotAccepted::from),
            Answer::NotProved(no) => Err(match interpret(&no, self.settings.subject) {
                NotAccepted::NotAvailable(why)
                    if matches!(no.step, Step::Authenticate) && self.refuses_unknown_names(begun).await =>
                {
                    self.hide_account_error(&no, &why)
                }
                other => other,
            }),
            Answer::Broken(StepError { step, why }) => {
                let why = not_available(step.name(), why).into();
                Err(match step {
                    Step::Library | Step::Service | Step::Start => attempt.mark_unsent(why),
                    Step::Authenticate | Step::Account => why,
                })
            }
            Answer::Looked(_) => Err(not_available("helper", "it answered another question").into()),
        }
    }

    /// Whether PAM refuses an unknown name.
    async fn refuses_unknown_names(&self, begun: Instant) -> bool {
        let ask = HelperTask::Check { name: Secret::new(random::token()), password: Secret::new(random::token()) };
        let Ok(Answer::NotProved(no)) = self.ask(ask, begun).await else { return false };
        matches!(interpret(&no, self.settings.subject), NotAccepted::Refused { .. })
    }

    /// Makes an error of one account look like a wrong password, since an unknown name never causes it (security rule
    /// C42). The log names the cause.
    fn hide_account_error(&self, no: &PamFailure, why: &NotAvailable) -> NotAccepted {
        let who = known_subject(no, self.settings.subject);
        let subject = who.as_ref().map(tracing::field::display);
        tracing::error!(provider = %self.id, subject, "a password could not be tried for one user: {why}");
        NotAccepted::Refused { why: RefusalReason::NotChecked, subject: who }
    }

    fn identity(&self, person: Person) -> Result<ExternalIdentity, NotAvailable> {
        let Person { name, uid, full_name, groups } = person;
        let subject = self.settings.subject.of(&name, uid).ok_or_else(|| not_available("subject", NO_UID))?;
        if subject.as_str().len() > MAX_SUBJECT_LENGTH {
            return Err(not_available("subject", LONG_NAME));
        }
        let mut claims = Map::new();
        claims.insert("preferred_username".into(), json!(name));
        if let Some(full_name) = full_name {
            claims.insert("name".into(), json!(full_name));
        }
        claims.insert("groups".into(), json!(groups));
        let key = IdentityKey { provider: self.id.clone(), issuer: self.settings.issuer.clone(), subject };
        Ok(ExternalIdentity::new(key, claims))
    }
}

const NO_UID: &str = "PAM accepts a user without a uid: the system's list of users (getent passwd) has no such name; \
                      check that it can be queried, or set subject = \"name\" if PAM has users of its own";

/// Security rule C15.
const LONG_NAME: &str =
    "PAM accepts a user whose subject would have more than 255 bytes; give them a shorter name there";

/// Why a helper gave no answer.
enum AskError {
    /// PAM did not get the password.
    BeforePam(NotAccepted),
    /// PAM may have checked the password.
    InPam(NotAccepted),
}

impl From<AskError> for NotAccepted {
    fn from(failed: AskError) -> Self {
        match failed {
            AskError::BeforePam(why) | AskError::InPam(why) => why,
        }
    }
}

#[async_trait]
impl PasswordModule for Pam {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let begun = Instant::now();
        let checked = self.identify(attempt, begun).await;
        self.health.record(&checked, attempt.password_state());
        if let Err(NotAccepted::Refused { .. }) = &checked {
            self.delay_like_a_refusal(begun).await;
        }
        checked
    }

    async fn delay_like_a_refusal(&self, begun: Instant) {
        tokio::time::sleep(until_next_step(begun.elapsed())).await;
    }
}

fn until_next_step(elapsed: Duration) -> Duration {
    let steps = elapsed.as_millis() / REFUSAL_STEP.as_millis() + 1;
    let end = REFUSAL_STEP.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    end.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::until_next_step;

    // C42
    #[test]
    fn a_refusal_waits_for_the_next_full_second() {
        for (took, waits) in [(0, 1_000), (1, 999), (250, 750), (999, 1), (1_000, 1_000), (2_300, 700)] {
            let [took, waits] = [took, waits].map(Duration::from_millis);
            assert_eq!(until_next_step(took), waits, "{took:?}");
        }
    }
}
