//! What stands before the passwords of one provider.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Passed, RENEWED, Said, Turnstile};
use crate::base::ids::Subject;
use crate::broker::site::Provider;
use crate::broker::trying::Look;
use crate::signin::challenge::waits::{Limit, Tries};
use crate::signin::identify::password::{Held, HeldBy, NotAccepted, OnRefused};
use crate::store::{KNOWN_FOR, Mark, Marks, ServerMarks, StoreError, Whose, mark_of_network};
use crate::upstream::attempt::{Gate, Password};
use async_trait::async_trait;

/// The gate of one provider.
#[derive(Debug)]
pub struct At<'t> {
    pub(super) turnstile: &'t Turnstile<'t>,
    pub(super) provider: &'t Arc<Provider>,
    pub(super) bans_after: Option<u32>,
}

#[async_trait]
impl Gate for At<'_> {
    async fn enter(&self) -> Result<(), Held> {
        self.pass_as(None).await.unwrap_or_else(|why| self.can_not_count(why))
    }

    async fn pass(&self, account: &str) -> Result<(), Held> {
        let passed = self.pass_as(Some(account)).await.unwrap_or_else(|why| self.can_not_count(why));
        passed.inspect(|()| {
            self.turnstile.passed().modules.entry(self.provider.id.clone()).or_default().said = Said::NotAccepted;
        })
    }

    async fn pass_again(&self, account: &str) -> Result<(), Held> {
        let marks = self.marks_of(Some(account));
        let (entered, counted) = self.so_far();
        let passed = self.look_at(marks).await.unwrap_or_else(|why| self.can_not_count(why));
        let mut so_far = self.turnstile.passed();
        let module = so_far.modules.entry(self.provider.id.clone()).or_default();
        let again = module.count.split_off(counted);
        match passed {
            Ok(()) => module.count_again.extend(again),
            // The second try does not happen, so it does not count.
            Err(_) => so_far.entered.truncate(entered),
        }
        passed
    }
}

/// What is counted of one name or one account.
struct Looked {
    marks: Marks,
    known: Option<Tries>,
    here: Option<Tries>,
    anywhere: Option<Tries>,
}

impl At<'_> {
    /// The answer names the account, which the typed name did not: its tries count, whatever name was typed. Where it has to
    /// wait, nobody learns whether the password was right.
    ///
    /// # Errors
    /// How long the account has to wait.
    pub async fn answer_names(&self, subject: &Subject) -> Result<(), Held> {
        let Turnstile { broker, name, network, .. } = *self.turnstile;
        let typed = Marks::of(&broker.marker, Whose::Typed(&self.provider.id, name), network);
        broker.aliases.remember(typed.anywhere, subject);
        self.pass_as(Some(subject.as_str())).await.unwrap_or_else(|why| self.can_not_count(why))
    }

    /// What the provider said. `password` is where it is by now.
    pub fn heard<T>(&self, said: &Result<T, NotAccepted>, password: Password, counts_unknown: CountsUnknown) {
        let said = match (said, password, counts_unknown) {
            (Ok(_), ..) => Said::Accepted,
            (Err(_), Password::Kept, _) | (Err(NotAccepted::Unknown), _, CountsUnknown::No) => Said::Nothing,
            // Where a refusal would have been the last word, whoever comes further knows that it has nobody of that name.
            // Where it would not, an unknown name counts as a refused one does (security rule C42).
            (Err(NotAccepted::Unknown), Password::HandedOut, CountsUnknown::Yes)
                if self.provider.on_refused == OnRefused::Stop =>
            {
                Said::Unknown
            }
            (Err(_), Password::HandedOut, _) => Said::NotAccepted,
        };
        self.turnstile.passed().modules.entry(self.provider.id.clone()).or_default().said = said;
    }

    /// By the name and by the account that it leads to, unless they passed before. All are looked at in one go.
    pub(super) async fn pass_as(&self, account: Option<&str>) -> Result<Result<(), Held>, StoreError> {
        let mut marks = self.marks_of(account);
        {
            let mut passed = self.turnstile.passed();
            let before = &passed.modules.entry(self.provider.id.clone()).or_default().passed;
            marks.retain(|new| !before.contains(&new.anywhere));
        }
        if marks.is_empty() { Ok(Ok(())) } else { self.look_at(marks).await }
    }

    /// Those of the name, and of the account that it leads to.
    fn marks_of(&self, account: Option<&str>) -> Vec<Marks> {
        let Turnstile { broker, name, network, .. } = *self.turnstile;
        let (provider, marker) = (&self.provider.id, &broker.marker);
        let typed = Marks::of(marker, Whose::Typed(provider, name), network);
        let alias = broker.aliases.of(&typed.anywhere);
        let accounts = [account, alias.as_ref().map(Subject::as_str)].into_iter().flatten();
        let accounts = accounts.map(|account| Marks::of(marker, Whose::Account(provider, account), network));
        let mut marks: Vec<Marks> = Vec::new();
        for new in [typed].into_iter().chain(accounts) {
            if !marks.contains(&new) {
                marks.push(new);
            }
        }
        marks
    }

    /// How many entered, and under how many marks a failure counts at this provider.
    fn so_far(&self) -> (usize, usize) {
        let mut passed = self.turnstile.passed();
        let entered = passed.entered.len();
        (entered, passed.modules.entry(self.provider.id.clone()).or_default().count.len())
    }

    async fn look_at(&self, marks: Vec<Marks>) -> Result<Result<(), Held>, StoreError> {
        let Turnstile { broker, network, .. } = *self.turnstile;
        let (provider, marker) = (&self.provider.id, &broker.marker);
        let server = self.bans_after.map(|_| ServerMarks::of(marker, provider, network));
        let shared =
            [mark_of_network(marker, network)].into_iter().chain(server.iter().flat_map(|it| [it.all, it.network]));
        let all: Vec<Mark> = marks.iter().flat_map(Marks::all).chain(shared).collect();
        let look = broker.trying.look(&all);
        let tries = broker.store.tries(&all).await?;
        let found: HashMap<Mark, Tries> =
            all.into_iter().zip(tries).filter_map(|(mark, tries)| Some((mark, tries?))).collect();
        let looked = |marks: Marks| Looked {
            marks,
            known: found.get(&marks.known).copied(),
            here: found.get(&marks.here).copied(),
            anywhere: found.get(&marks.anywhere).copied(),
        };
        let looked: Vec<Looked> = marks.into_iter().map(looked).collect();
        Ok(self.decide(&look, &looked, &found))
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
        // A person who is known there does not count for newcomers, and does not wait for them.
        let is_stranger = !looked.iter().all(is_known);
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
            let (mark, tries) = if is_known(it) { (it.marks.here, it.here) } else { (it.marks.anywhere, it.anywhere) };
            enter(mark, &limit)?;
            module.count.push(mark);
            if tries.is_some() {
                module.counted.push(mark);
            }
            if known_until(it).is_none_or(|until| until - now < KNOWN_FOR - RENEWED) {
                module.learn.push(it.marks.known);
            }
        }
        module.passed.extend(looked.iter().map(|it| it.marks.anywhere));
        Ok(())
    }

    /// Nobody is tried whose tries can't be counted.
    fn can_not_count(&self, why: StoreError) -> Result<(), Held> {
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
