//! Periodic work on the database.

use super::Broker;
use crate::accounts::Actor;

impl Broker {
    /// Writes counted refusals to the audit, shortens sessions to the config's lifetimes, corrects times that lie in
    /// the future, and removes expired rows, the oldest sessions of accounts that have too many, sessions of suspended
    /// providers, and accounts that were merged into another one long ago. Each failure is logged, and the next call
    /// tries again.
    pub async fn run_maintenance(&self) {
        let (config, now) = (self.config(), self.clock.now());
        if let Err(why) = self.write_coalesced_audit().await {
            tracing::warn!(error = %why, "counted refusals could not be written; they are kept for the next time");
        }
        match self.store.shorten_sessions(config.lifetimes, now).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "sessions were shortened to the config's lifetimes"),
            Err(why) => tracing::warn!(error = %why, "sessions could not be shortened to the config's lifetimes"),
        }
        match self.store.correct_throttle_times(now).await {
            Ok(0) => {}
            Ok(rows) => tracing::warn!(
                rows,
                "failed sign-ins and known networks had a time in the future; they count as of now. A clock was ahead: \
                 see that the clocks of all instances are synchronised (NTP)"
            ),
            Err(why) => tracing::warn!(error = %why, "times in the future could not be corrected"),
        }
        let done = async {
            self.store.prune(now).await?;
            self.store.end_excess_sessions().await?;
            self.store.end_suspended_sessions().await?;
            self.store.prune_throttle(now).await?;
            self.store.prune_admin_invitations(now).await?;
            // If the time is too long for `time::Duration`, requests are kept for ever.
            let keep = config.access_requests.keep.try_into().unwrap_or(time::Duration::MAX);
            self.store.prune_access_requests(keep, now).await?;
            // If the retention reaches back before the earliest possible time, no row is too old.
            match now.checked_sub(config.audit_retention) {
                Some(then) => self.store.prune_audit(then).await,
                None => Ok(0),
            }
        };
        if let Err(why) = done.await {
            tracing::warn!(error = %why, "expired rows could not be removed");
        }
        match self.accounts.end_final_merges(&Actor::Server).await {
            Ok(0) => {}
            Ok(accounts) => {
                tracing::info!(accounts, "merged accounts were erased: their merges can't be undone any more");
            }
            Err(why) => tracing::warn!(error = %why, "merged accounts could not be erased"),
        }
    }
}
