//! A try at whose end the server counts two failures.

use super::{At, Turnstile, Who};
use crate::signin::challenge::waits::{Held, Limit};
use crate::store::{Mark, ServerMarks, StoreError};

impl At<'_> {
    /// Lets the password through in another form.
    pub(super) async fn pass_again_as(&self, who: Who<'_>) -> Result<(), Held> {
        let entered = self.turnstile.passed().entered.len();
        let before = self.of_this_provider(|module| std::mem::take(&mut module.passed));
        let passed = self.pass_as(who).await.unwrap_or_else(|why| self.can_not_count(why));
        self.of_this_provider(|module| {
            let again = std::mem::replace(&mut module.passed, before);
            if passed.is_ok() {
                module.count_again.extend(again.into_iter().flat_map(|counted| counted.count));
            }
        });
        if passed.is_err() {
            // The second try does not happen, so it does not count.
            self.turnstile.passed().entered.truncate(entered);
        }
        passed
    }

    /// Lets one more failure through at a server that bans addresses.
    pub(super) async fn pass_server_again(&self) -> Result<Result<(), Held>, StoreError> {
        let Turnstile { broker, network, .. } = *self.turnstile;
        let Some(bans_after) = self.bans_after else { return Ok(Ok(())) };
        let server = ServerMarks::of(&broker.marker, &self.provider.id, network);
        let passed = self.of_this_provider(|module| module.count_at_server.clone());
        let of_all = if passed.contains(&server.network) { Limit::strangers } else { Limit::everybody };
        let limit_of = |mark: Mark| if mark == server.network { Limit::strangers_of_a_network } else { of_all };
        let look = broker.trying.look(&passed);
        let tries = broker.store.tries(&passed).await?;
        let entered = passed
            .iter()
            .zip(tries)
            .map(|(mark, tries)| look.one_more(*mark, tries, &limit_of(*mark)(bans_after), broker.clock.now()));
        let entered: Result<Vec<_>, Held> = entered.collect();
        Ok(entered.map(|entered| {
            self.turnstile.passed().entered.extend(entered);
            self.of_this_provider(|module| module.count_at_server_again = passed);
        }))
    }
}
