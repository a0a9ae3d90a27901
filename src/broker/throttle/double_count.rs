//! Attempts for which the server counts two failures.

use super::LoginThrottle;
use super::gate::{AttemptIdentifier, ProviderGate};
use crate::signin::challenge::throttle::{Limit, Throttled};
use crate::store::{ServerThrottleKeys, StoreError, ThrottleKey};

impl ProviderGate<'_> {
    /// Lets a second form of the password through, which counts as one more failure.
    pub(super) async fn admit_second_form(&self, by: AttemptIdentifier<'_>) -> Result<(), Throttled> {
        let in_flight = self.throttle.state().in_flight.len();
        let before = self.with_attempt(|attempt| std::mem::take(&mut attempt.admitted));
        let admitted = self.admit(by).await.unwrap_or_else(|why| self.refuse_uncounted(why));
        self.with_attempt(|attempt| {
            let again = std::mem::replace(&mut attempt.admitted, before);
            if admitted.is_ok() {
                attempt.count_twice.extend(again.into_iter().flat_map(|admitted| admitted.count));
            }
        });
        if admitted.is_err() {
            // The other form is not sent, so it does not count.
            self.throttle.state().in_flight.truncate(in_flight);
        }
        admitted
    }

    /// Lets one more failure through at a server that bans addresses.
    pub(super) async fn admit_second_server_failure(&self) -> Result<Result<(), Throttled>, StoreError> {
        let LoginThrottle { broker, network, .. } = *self.throttle;
        let Some(bans_after) = self.bans_after else { return Ok(Ok(())) };
        let server = ServerThrottleKeys::of(&broker.throttle_mac, &self.provider.id, network);
        let keys = self.with_attempt(|attempt| attempt.count_at_server.clone());
        let of_all = if keys.contains(&server.network) { Limit::strangers } else { Limit::server };
        let limit_of = |key: ThrottleKey| if key == server.network { Limit::strangers_of_a_network } else { of_all };
        let read = broker.attempts_in_flight.begin_read(&keys);
        let failures = broker.store.failures(&keys).await?;
        let admit = |(key, failures): (&ThrottleKey, _)| {
            read.begin_attempt(*key, failures, &limit_of(*key)(bans_after), broker.clock.now())
        };
        let begun: Result<Vec<_>, Throttled> = keys.iter().zip(failures).map(admit).collect();
        Ok(begun.map(|begun| {
            self.throttle.state().in_flight.extend(begun);
            self.with_attempt(|attempt| attempt.count_twice_at_server = keys);
        }))
    }
}
