//! What stands before the passwords of one provider.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::{Counted, Forgive, Module, Name, Of, Passed, RENEWED, Said, Turnstile, Who};
use crate::base::ids::Subject;
use crate::broker::aliases::{Holders, Proof};
use crate::broker::site::Provider;
use crate::broker::trying::Look;
use crate::signin::challenge::waits::{Held, HeldBy, Limit, Tries};
use crate::signin::identify::password::{NotAccepted, OnRefused};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::store::{KNOWN_FOR, Mark, Marks, ServerMarks, StoreError, Whose, mark_of_network};
use crate::upstream::attempt::{Gate, Password};
use async_trait::async_trait;

/// The gate of one provider.
#[derive(Debug)]
pub struct At<'t> {
    pub(super) turnstile: &'t Turnstile<'t>,
    pub(super) provider: &'t Arc<Provider>,
    pub(super) bans_after: Option<u32>,
    pub(super) begun: Instant,
}

#[async_trait]
impl Gate for At<'_> {
    async fn enter(&self) -> Result<(), Held> {
        self.pass_as(Who::Name).await.unwrap_or_else(|why| self.can_not_count(why))
    }

    async fn pass(&self, account: &str) -> Result<(), Held> {
        let passed = self.pass_as(Who::Account(account)).await.unwrap_or_else(|why| self.can_not_count(why));
        passed.inspect(|()| self.of_this_provider(|module| module.said = Said::NotAccepted))
    }

    async fn pass_again(&self, account: &str) -> Result<(), Held> {
        self.pass_again_as(Who::Account(account)).await
    }

    async fn pass_unknown_name(&self) -> Result<(), Held> {
        self.pass_server_again().await.unwrap_or_else(|why| self.can_not_count(why))
    }

    fn unknown_name_was_not_refused(&self) {
        self.of_this_provider(|module| module.count_at_server_again.clear());
    }

    async fn pass_name(&self, sent: &str) -> Result<(), Held> {
        let passed = self.pass_as(Who::Sent(sent)).await.unwrap_or_else(|why| self.can_not_count(why));
        passed.inspect(|()| self.of_this_provider(|module| module.said = Said::NotAccepted))
    }

    async fn pass_name_again(&self, sent: &str) -> Result<(), Held> {
        self.pass_again_as(Who::Sent(sent)).await
    }

    async fn is_switched_off(&self, subject: &Subject) -> bool {
        let issuer = self.provider.module.issuer().clone();
        let key = IdentityKey { provider: self.provider.id.clone(), issuer, subject: subject.clone() };
        // If the database fails, the end of the login says so.
        self.turnstile.broker.store.is_switched_off(&key).await.unwrap_or(false)
    }

    async fn pass_named(&self, subject: &str) -> Result<(), Held> {
        self.of_this_provider(|module| module.account_was_looked_at = true);
        self.pass_as(Who::Account(subject)).await.unwrap_or_else(|why| self.can_not_count(why))
    }
}

/// What is counted of one name or one account.
struct Looked {
    of: Of,
    marks: Marks,
    known: Option<Tries>,
    here: Option<Tries>,
    anywhere: Option<Tries>,
    spelling: Option<Tries>,
}

impl At<'_> {
    /// The answer may name an account that the name did not: its tries count, too, whatever name was typed.
    ///
    /// # Errors
    /// How long the account has to wait. Nothing must tell then whether the password was right: not this answer, and no
    /// later one. So the account is not remembered, as it would not be if a refusal named nobody.
    pub async fn answer(&self, said: &Result<ExternalIdentity, NotAccepted>) -> Result<(), Held> {
        let (subject, proof) = match said {
            Ok(identity) => (&identity.key.subject, Proof::RightPassword),
            Err(NotAccepted::Refused { who: Some(subject), .. }) => (subject, Proof::Refusal),
            Err(NotAccepted::Refused { who: None, .. } | NotAccepted::Unknown) => {
                self.look_in_vain().await;
                return Ok(());
            }
            Err(NotAccepted::NotAvailable(_) | NotAccepted::Busy | NotAccepted::Held(_)) => return Ok(()),
        };
        let passed = self.pass_as(Who::Account(subject.as_str())).await;
        passed.unwrap_or_else(|why| self.can_not_count(why))?;
        let Some(name) = self.name() else { return Ok(()) };
        let (aliases, now) = (&self.turnstile.broker.aliases, self.turnstile.broker.clock.now());
        aliases.remember(name.marks.anywhere, subject, proof, now);
        let is_shared = aliases.remember(name.spelling, subject, proof, now) == Holders::Several;
        self.of_this_provider(|module| module.name_is_shared = is_shared);
        Ok(())
    }

    /// Takes as long as it takes to look at an account that the answer names (security rule C42).
    async fn look_in_vain(&self) {
        let looked_at = self.of_this_provider(|module| module.account_was_looked_at);
        if !looked_at && self.name().is_some_and(|name| name.marks.spelling.is_some()) {
            let Turnstile { broker, network, .. } = *self.turnstile;
            let nobody = Marks::of(&broker.marker, Whose::Account(&self.provider.id, ""), network);
            let marks: Vec<Mark> = nobody.all().collect();
            if let Err(why) = broker.store.tries(&marks).await {
                self.turnstile.passed().fault = Some(why);
            }
        }
    }

    fn name(&self) -> Option<Name> {
        self.of_this_provider(|module| module.name)
    }

    pub(super) fn of_this_provider<T>(&self, look: impl FnOnce(&mut Module) -> T) -> T {
        look(self.turnstile.passed().modules.entry(self.provider.id.clone()).or_default())
    }

    /// What the provider said. `password` is where it is by now.
    pub fn heard<T>(&self, said: &Result<T, NotAccepted>, password: Password, counts_unknown: CountsUnknown) {
        let said = match (said, password, counts_unknown) {
            (Ok(_), ..) => Said::Accepted,
            (Err(_), Password::Kept, _) | (Err(NotAccepted::Unknown), _, CountsUnknown::No) => Said::Nothing,
            // Where a refusal would have been the last word, whoever comes further knows that it has nobody of that
            // name. Where it would not, an unknown name counts as a refused one does (security rule C42).
            (Err(NotAccepted::Unknown), Password::HandedOut, CountsUnknown::Yes)
                if self.provider.on_refused == OnRefused::Stop =>
            {
                Said::Unknown
            }
            (Err(_), Password::HandedOut, _) => Said::NotAccepted,
        };
        if said == Said::Accepted {
            self.turnstile.passed().accepted = Some((Arc::clone(self.provider), self.begun));
        }
        self.of_this_provider(|module| module.said = said);
    }

    /// By the name and by the account that it leads to, unless they passed before. All are looked at in one go.
    pub(super) async fn pass_as(&self, who: Who<'_>) -> Result<Result<(), Held>, StoreError> {
        let Turnstile { broker, network, .. } = *self.turnstile;
        let marks = self.marks_of(who);
        if marks.is_empty() {
            return Ok(Ok(()));
        }
        let (provider, marker) = (&self.provider.id, &broker.marker);
        let server = self.bans_after.map(|_| ServerMarks::of(marker, provider, network));
        let shared =
            [mark_of_network(marker, network)].into_iter().chain(server.iter().flat_map(|it| [it.all, it.network]));
        let all: Vec<Mark> = marks.iter().flat_map(|(_, marks)| marks.all()).chain(shared).collect();
        let look = broker.trying.look(&all);
        let tries = broker.store.tries(&all).await?;
        let found: HashMap<Mark, Tries> =
            all.into_iter().zip(tries).filter_map(|(mark, tries)| Some((mark, tries?))).collect();
        let looked = |(of, marks): (Of, Marks)| Looked {
            of,
            marks,
            known: found.get(&marks.known).copied(),
            here: found.get(&marks.here).copied(),
            anywhere: found.get(&marks.anywhere).copied(),
            spelling: marks.spelling.and_then(|spelling| found.get(&spelling).copied()),
        };
        let looked: Vec<Looked> = marks.into_iter().map(looked).collect();
        Ok(self.decide(&look, &looked, &found))
    }

    /// Those that did not pass before.
    fn marks_of(&self, who: Who<'_>) -> Vec<(Of, Marks)> {
        let Turnstile { broker, name, network, .. } = *self.turnstile;
        let (provider, marker) = (&self.provider.id, &broker.marker);
        let of_account = |account: &str| Marks::of(marker, Whose::Account(provider, account), network);
        let mut passed = self.turnstile.passed();
        let module = passed.modules.entry(provider.clone()).or_default();
        let name = *module.name.get_or_insert_with(|| {
            let sent = |sent| Marks::of(marker, Whose::Sent(provider, sent), network);
            let marks = match who {
                Who::Sent(name) => sent(name),
                Who::Name | Who::Account(_) => Marks::of(marker, Whose::Typed(provider, name), network),
            };
            Name { marks, spelling: marks.spelling.or(sent(name).spelling).unwrap_or_default() }
        });
        let remembered = |mark: &Mark| broker.aliases.of(mark, broker.clock.now());
        let spelt = remembered(&name.spelling);
        let named = match who {
            Who::Account(account) => Some(Subject::from(account)),
            Who::Name | Who::Sent(_) => spelt.clone(),
        };
        module.named = named.or_else(|| module.named.take());
        let of_spelling = || spelt.as_ref().map(|one| (Of::Remembered, of_account(one.as_str())));
        let account = match who {
            Who::Account(account) => Some((Of::Account, of_account(account))),
            Who::Name => of_spelling(),
            Who::Sent(_) => of_spelling().or_else(|| {
                let one = remembered(&name.marks.anywhere)?;
                Some((Of::RememberedOfAnotherSpelling, of_account(one.as_str())))
            }),
        };
        if let Some((Of::Account, account)) = &account {
            // By now it is known whose the name is.
            module.passed.retain(|counted| match counted.of {
                Of::Name | Of::Account => true,
                Of::Remembered | Of::RememberedOfAnotherSpelling => counted.mark == account.anywhere,
            });
        }
        let is_new = |marks: &Marks| !module.passed.iter().any(|counted| counted.mark == marks.anywhere);
        [(Of::Name, name.marks)].into_iter().chain(account).filter(|(_, marks)| is_new(marks)).collect()
    }

    fn decide(&self, look: &Look, looked: &[Looked], found: &HashMap<Mark, Tries>) -> Result<(), Held> {
        let Turnstile { broker, network, .. } = *self.turnstile;
        let now = broker.clock.now();
        let known_until = |it: &Looked| it.known.map(|known| known.last + KNOWN_FOR);
        let is_known = |it: &Looked| known_until(it).is_some_and(|until| now < until);
        let mut passed = self.turnstile.passed();
        let Passed { entered, network: network_passed, modules, .. } = &mut *passed;
        let module = modules.entry(self.provider.id.clone()).or_default();
        let mut enter = |mark: Mark, limit: &Limit| {
            entered.push(look.one_more(mark, found.get(&mark).copied(), limit, now)?);
            Ok::<(), Held>(())
        };
        // Where a spelling is known, it has led to an account of its own.
        let spelling_is_known = looked.iter().any(|it| it.marks.spelling.is_some() && is_known(it));
        let counts = |it: &&Looked| !(spelling_is_known && it.of == Of::RememberedOfAnotherSpelling);
        let looked: Vec<&Looked> = looked.iter().filter(counts).collect();
        // A person who is known there does not count for newcomers, and does not wait for them.
        let is_stranger = !looked.iter().all(|it| is_known(it));
        let of_network = mark_of_network(&broker.marker, network);
        if is_stranger && network_passed.is_none() {
            enter(of_network, &Limit::NETWORK)?;
            *network_passed = Some(of_network);
        }
        if let Some(bans_after) = self.bans_after {
            let server = ServerMarks::of(&broker.marker, &self.provider.id, network);
            // The server counts the failures of people who are known here, too. They wait last.
            let limits: &[(Mark, Limit)] = if is_stranger {
                &[
                    (server.network, Limit::strangers_of_a_network(bans_after)),
                    (server.all, Limit::strangers(bans_after)),
                ]
            } else {
                &[(server.all, Limit::everybody(bans_after))]
            };
            for (mark, limit) in limits {
                if !module.count_at_server.contains(mark) {
                    enter(*mark, limit)?;
                    module.count_at_server.push(*mark);
                }
            }
            // A yes makes the server forget all failures, so the person's network has its whole share again.
            let counted = [server.network, server.all].into_iter().filter(|mark| found.contains_key(mark));
            module.counted_at_server = counted.collect();
        }
        let limit = Limit::account(self.provider.free_tries);
        for it in looked {
            let Marks { known, here, anywhere, spelling } = it.marks;
            let (mark, count, forgive) = match (is_known(it), spelling) {
                (true, _) => (here, vec![here], it.here.map(|_| Forgive::All(here))),
                (false, None) => (anywhere, vec![anywhere], it.anywhere.map(|_| Forgive::All(anywhere))),
                (false, Some(spelling)) => {
                    let forgive = it.spelling.map(|_| Forgive::Spelling { all: anywhere, spelling });
                    (anywhere, vec![anywhere, spelling], forgive)
                }
            };
            enter(mark, &limit)?;
            let is_new = known_until(it).is_none_or(|until| until - now < KNOWN_FOR - RENEWED);
            let learn = is_new.then_some(known);
            module.passed.push(Counted { of: it.of, mark: anywhere, count, forgive, learn });
        }
        Ok(())
    }

    /// Nobody is tried whose tries can't be counted.
    pub(super) fn can_not_count(&self, why: StoreError) -> Result<(), Held> {
        self.turnstile.passed().fault = Some(why);
        Err(Held { seconds: 1, by: HeldBy::Account })
    }
}

/// Whether a name that a provider does not know counts against anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountsUnknown {
    Yes,
    /// The app has users of its own, who come this way each time.
    No,
}
