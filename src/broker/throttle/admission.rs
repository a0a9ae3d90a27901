//! Whether an attempt has to wait, from the counts that were read.

use std::collections::HashMap;

use time::Duration;

use super::LoginThrottle;
use super::attempts_in_flight::CountRead;
use super::gate::ProviderGate;
use super::state::{Admitted, AttemptState, CountOf, Counts, Reset};
use crate::signin::challenge::throttle::{Failures, Limit, Throttled};
use crate::store::{KNOWN_FOR, ServerThrottleKeys, ThrottleKey, ThrottleKeys, throttle_key_of_network};

/// A known network is stored again after this time.
const RENEW_AFTER: Duration = Duration::days(7);

impl ProviderGate<'_> {
    /// Lets an attempt through, unless the network, the server or one of `counts` has to wait. `found`: the
    /// counts that the database has.
    pub(super) fn decide(
        &self,
        read: &CountRead,
        counts: &[Counts],
        found: &HashMap<ThrottleKey, Failures>,
    ) -> Result<(), Throttled> {
        let LoginThrottle { broker, network, .. } = *self.throttle;
        let now = broker.clock.now();
        let known_until = |it: &Counts| it.known.map(|known| known.last + KNOWN_FOR);
        let is_known = |it: &Counts| known_until(it).is_some_and(|until| now < until);
        let mut state = self.throttle.state();
        let AttemptState { in_flight, providers, .. } = &mut *state;
        let attempt = providers.entry(self.provider.id.clone()).or_default();
        let mut begin = |key: ThrottleKey, limit: &Limit| {
            in_flight.push(read.begin_attempt(key, found.get(&key).copied(), limit, now)?);
            Ok::<(), Throttled>(())
        };
        // A known spelling leads to its own account, so the account of another spelling does not decide.
        let spelling_is_known = counts.iter().any(|it| it.keys.spelling.is_some() && is_known(it));
        let decides = |it: &&Counts| !(spelling_is_known && it.of == CountOf::AccountOfAnotherSpelling);
        let counts: Vec<&Counts> = counts.iter().filter(decides).collect();
        // A person who is known on this network is not counted with strangers, and does not wait for them.
        let is_stranger = !counts.iter().all(|it| is_known(it));
        let of_network = throttle_key_of_network(&broker.throttle_mac, &self.provider.id, network);
        if is_stranger && attempt.network.is_none() {
            begin(of_network, &Limit::NETWORK)?;
            attempt.network = Some(of_network);
        }
        if let Some(bans_after) = self.bans_after {
            let server = ServerThrottleKeys::of(&broker.throttle_mac, &self.provider.id, network);
            // The server counts the failures of people who are known on this network, too. So they also have a limit,
            // but a higher one than strangers.
            let limits: &[(ThrottleKey, Limit)] = if is_stranger {
                &[
                    (server.network, Limit::strangers_of_a_network(bans_after)),
                    (server.all, Limit::strangers(bans_after)),
                ]
            } else {
                &[(server.all, Limit::server(bans_after))]
            };
            for (key, limit) in limits {
                if !attempt.count_at_server.contains(key) {
                    begin(*key, limit)?;
                    attempt.count_at_server.push(*key);
                }
            }
            // After a right password the server forgets all failures. So these counts are reset: all people together
            // and the person's network may fail as often as at first.
            let counted = [server.network, server.all].into_iter().filter(|key| found.contains_key(key));
            attempt.server_keys_to_reset = counted.collect();
        }
        let limit = Limit::account(self.provider.free_tries);
        for it in counts {
            let ThrottleKeys { known, this_network: here, all_networks: anywhere, spelling } = it.keys;
            let (key, count, reset) = match (is_known(it), spelling) {
                (true, _) => (here, vec![here], it.this_network.map(|_| Reset::All(here))),
                (false, None) => (anywhere, vec![anywhere], it.all_networks.map(|_| Reset::All(anywhere))),
                (false, Some(spelling)) => {
                    let reset = it.spelling.map(|_| Reset::Spelling { all: anywhere, spelling });
                    (anywhere, vec![anywhere, spelling], reset)
                }
            };
            begin(key, &limit)?;
            let is_due = known_until(it).is_none_or(|until| until - now < KNOWN_FOR - RENEW_AFTER);
            let known_network = is_due.then_some(known);
            attempt.admitted.push(Admitted { of: it.of, key: anywhere, count, reset, known_network });
        }
        Ok(())
    }
}
