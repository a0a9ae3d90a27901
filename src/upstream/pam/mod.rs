//! PAM, for those who have an account on this machine: asked in a helper process that may hang or fall over by itself.

#[cfg(target_os = "linux")]
pub mod child;
mod errand;
mod kind;
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "libpam and the system's list of people are C: these calls, and no others")]
mod native;
#[cfg(target_os = "linux")]
mod offspring;
mod probe;
#[cfg(target_os = "linux")]
mod rights;
mod service;
pub mod settings;
mod verdict;
mod wire;

pub use self::errand::COMMAND;
pub use self::kind::Kind;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Map, json};

use self::errand::{Done, NoAnswer};
use self::settings::PamSettings;
use self::verdict::{verdict, whose};
use self::wire::{Answer, Ask, No, Person, Question, Step, Trouble};
use super::ChecksPasswords;
use super::attempt::Attempt;
use super::health::Health;
use super::probe::Tell;
use super::turns::Turns;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId};
use crate::base::random;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, NotAvailable, Wrong};
use crate::signin::identify::{ExternalIdentity, IdentityKey};

/// Helpers at work at once, and how many may wait for one: each is a process, and hashes a password.
const AT_ONCE: usize = 4;
const IN_LINE: usize = 16;
/// Linux's own name for the program that runs, even where another has taken its place on the disk.
const OURSELVES: &str = "/proc/self/exe";
/// From here on modules would cut a password (`PAM_MAX_RESP_SIZE`), in bytes; nobody's is cut here (security rule C41).
const TOO_LONG: usize = 512;
/// Refusals are told at whole multiples of it: PAM takes longer over a wrong password than over a name that nobody has.
const BEAT: Duration = Duration::from_secs(1);

/// The people of this machine.
#[derive(Debug)]
pub struct Pam {
    id: ProviderId,
    settings: Arc<PamSettings>,
    health: Health,
    program: PathBuf,
    turns: Turns,
}

impl Pam {
    #[must_use]
    pub fn new(id: ProviderId, settings: Arc<PamSettings>, clock: Clock) -> Self {
        Self::with_helper(id, settings, clock, OURSELVES.into())
    }

    /// With another program as its helper: one that knows the command [`COMMAND`].
    #[must_use]
    pub fn with_helper(id: ProviderId, settings: Arc<PamSettings>, clock: Clock, program: PathBuf) -> Self {
        let turns = Turns::new(AT_ONCE, IN_LINE);
        Self { id, settings, health: Health::new(clock), program, turns }
    }

    /// Sends a helper off when it is its turn. Half of the time may pass in line; the other half is the helper's at least.
    async fn ask(&self, ask: Ask, begun: Instant) -> Result<Answer, Failed> {
        let patience = self.settings.timeout;
        let turn = self.turns.next(patience / 2).await.map_err(Failed::BeforePam)?;
        let PamSettings { service, confdir, .. } = &*self.settings;
        let confdir = confdir.as_ref().map(|folder| folder.display().to_string());
        let question = Question { service: service.clone(), confdir, ask };
        let told = errand::send(self.program.clone(), question, begun + patience, turn).await;
        let Ok(Done { answer, said }) = told else {
            let why = not_available("helper", "no thread could wait for it; look at the limits of processes");
            return Err(Failed::BeforePam(why.into()));
        };
        if let (Err(NoAnswer::Ended(_)), Some(complaint)) = (&answer, said.strip_prefix(errand::COMPLAINT)) {
            return Err(Failed::BeforePam(not_available("helper", complaint).into()));
        }
        if !said.is_empty() {
            tracing::warn!(provider = %self.id, said, "PAM's modules had something to say");
        }
        answer.map_err(|why| {
            let mend = match &why {
                NoAnswer::NotStarted(_) => "look at the limits of processes, and whether /proc is there",
                NoAnswer::Late => "look at the modules that the service names, and at what they ask",
                NoAnswer::Ended(_) => "look at the lines above, and in the system's log",
            };
            match &why {
                NoAnswer::NotStarted(_) => Failed::BeforePam(not_available("helper", format!("{why}; {mend}")).into()),
                NoAnswer::Ended(_) => Failed::InPam(not_available("helper", format!("{why}; {mend}")).into()),
                NoAnswer::Late => {
                    let why = format!("no answer within {} s, so it was killed; {mend}", patience.as_secs());
                    Failed::InPam(not_available("helper", why).into())
                }
            }
        })
    }

    async fn identify(&self, attempt: &Attempt<'_>, begun: Instant) -> Result<ExternalIdentity, NotAccepted> {
        let name = attempt.name();
        // A system may well have both an `ada` and an `Ada`.
        let password = attempt.password_for_name(name).await?;
        // Some modules make a file's name of it.
        if name.contains('/') || password.expose().len() >= TOO_LONG {
            return Err(NotAccepted::Refused { why: Wrong::NameOrPassword, who: None });
        }
        let ask = Ask::Check { name: Secret::new(name.to_owned()), password: password.clone() };
        let answer = self.ask(ask, begun).await.map_err(|failed| match failed {
            Failed::BeforePam(why) => attempt.unsent(why),
            Failed::InPam(why) => why,
        })?;
        match answer {
            Answer::Proved(person) => self.identity(person).map_err(NotAccepted::from),
            Answer::NotProved(no) => Err(match verdict(&no, self.settings.subject) {
                NotAccepted::NotAvailable(why)
                    if matches!(no.step, Step::Authenticate) && self.refuses_nobody(begun).await =>
                {
                    self.untried(&no, &why)
                }
                other => other,
            }),
            Answer::Broken(Trouble { step, why }) => {
                let why = not_available(step.name(), why).into();
                Err(match step {
                    Step::Library | Step::Service | Step::Start => attempt.unsent(why),
                    Step::Authenticate | Step::Account => why,
                })
            }
            Answer::Looked(_) => Err(not_available("helper", "it answered another question").into()),
        }
    }

    /// Whether PAM refuses a name that nobody has.
    async fn refuses_nobody(&self, begun: Instant) -> bool {
        let ask = Ask::Check { name: Secret::new(random::token()), password: Secret::new(random::token()) };
        let Ok(Answer::NotProved(no)) = self.ask(ask, begun).await else { return false };
        matches!(verdict(&no, self.settings.subject), NotAccepted::Refused { .. })
    }

    /// A trouble that one user alone has looks like a wrong password from outside, for a name that nobody has never has it
    /// (security rule C42). The operator reads of it in the log.
    fn untried(&self, no: &No, why: &NotAvailable) -> NotAccepted {
        let who = whose(no, self.settings.subject);
        let subject = who.as_ref().map(tracing::field::display);
        tracing::error!(provider = %self.id, subject, "a password could not be tried for one user: {why}");
        NotAccepted::Refused { why: Wrong::Untried, who }
    }

    fn identity(&self, person: Person) -> Result<ExternalIdentity, NotAvailable> {
        let Person { name, uid, full_name, groups } = person;
        let subject = self.settings.subject.of(&name, uid).ok_or_else(|| not_available("subject", NO_UID))?;
        let mut claims = Map::new();
        claims.insert("preferred_username".into(), json!(name));
        if let Some(full_name) = full_name {
            claims.insert("name".into(), json!(full_name));
        }
        claims.insert("groups".into(), json!(groups));
        let key = IdentityKey { provider: self.id.clone(), issuer: self.settings.issuer.clone(), subject };
        Ok(ExternalIdentity { key, claims, auth_time: None, password: None })
    }
}

const NO_UID: &str = "PAM says yes to a user without a uid: the system's list of users (getent passwd) has no such name; see \
                      that it can be asked, or set subject = \"name\" if PAM has users of its own";

/// A helper that gave no answer.
enum Failed {
    /// PAM did not get the password.
    BeforePam(NotAccepted),
    /// PAM may have looked at the password.
    InPam(NotAccepted),
}

impl From<Failed> for NotAccepted {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::BeforePam(why) | Failed::InPam(why) => why,
        }
    }
}

fn not_available(phase: &'static str, why: impl Into<String>) -> NotAvailable {
    NotAvailable { server: "pam".into(), phase, why: why.into() }
}

#[async_trait]
impl ChecksPasswords for Pam {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, tell: Tell<'_>) {
        self.look(tell).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let begun = Instant::now();
        let checked = self.identify(attempt, begun).await;
        self.health.learn(&checked, attempt.password());
        if let Err(NotAccepted::Refused { .. }) = &checked {
            self.delay_like_a_refusal(begun).await;
        }
        checked
    }

    async fn delay_like_a_refusal(&self, begun: Instant) {
        tokio::time::sleep(until_the_beat(begun.elapsed())).await;
    }
}

fn until_the_beat(elapsed: Duration) -> Duration {
    let beats = elapsed.as_millis() / BEAT.as_millis() + 1;
    let beat = BEAT.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX));
    beat.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::until_the_beat;

    // C42
    #[test]
    fn a_refusal_waits_for_the_next_full_second() {
        for (took, waits) in [(0, 1_000), (1, 999), (250, 750), (999, 1), (1_000, 1_000), (2_300, 700)] {
            let [took, waits] = [took, waits].map(Duration::from_millis);
            assert_eq!(until_the_beat(took), waits, "{took:?}");
        }
    }
}
