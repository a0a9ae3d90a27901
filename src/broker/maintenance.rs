//! Periodic work on the database.

use super::Broker;

impl Broker {
    /// Writes refusals that were only counted, brings sessions to the lifetimes of the config as it is now, and removes
    /// expired rows. The log gets each failure, and the next call tries again.
    pub async fn run_maintenance(&self) {
        let (config, now) = (self.config(), self.clock.now());
        if let Err(why) = self.write_coalesced_audit().await {
            tracing::warn!(error = %why, "counted refusals could not be written down; they are kept for the next time");
        }
        match self.store.shorten_sessions(config.lifetimes, now).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "these end sooner now, as the config has it"),
            Err(why) => tracing::warn!(error = %why, "sessions could not be brought to the config's lifetimes"),
        }
        let done = async {
            self.store.prune(now).await?;
            self.store.prune_throttle(now).await?;
            // A time before all times is no time at which anything was written.
            match now.checked_sub(config.audit_retention) {
                Some(then) => self.store.prune_audit(then).await,
                None => Ok(0),
            }
        };
        if let Err(why) = done.await {
            tracing::warn!(error = %why, "expired rows could not be removed");
        }
    }
}
