//! `vestibule check` for our own accounts: how many have a password, whether it works, and what one sign-in costs.

use time::Duration;

use super::LocalAccounts;
use crate::base::secret::Secret;
use crate::store::PasswordCount;
use crate::upstream::probe::{Speaker, Tell};

/// A longer wait is one that people notice.
const NOTICEABLE: Duration = Duration::milliseconds(500);

impl LocalAccounts {
    pub(super) async fn report(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.passwords.provider()), tell);
        self.count(&mut to).await;
        self.measure(&mut to).await;
    }

    async fn count(&self, to: &mut Speaker<'_>) {
        let PasswordCount { all, as_asked, other_keys, untied } = match self.passwords.count().await {
            Ok(counted) => counted,
            Err(why) => return to.wrong_as_told(&why),
        };
        if all == 0 {
            return to.warn("no account has a password", "vestibule user add NAME makes one");
        }
        to.good(format!("accounts with a password: {all}"));
        if other_keys > 0 {
            to.wrong(
                format!("passwords made with another pepper than the config names: {other_keys}; they let nobody in"),
                "put that pepper back as pepper_file or former_pepper_file",
            );
        }
        if untied > 0 {
            to.warn(
                format!("accounts whose password leads nowhere, since it is not tied to this provider: {untied}"),
                "give the provider the id back that it had, or tie them: vestibule user passwd NAME",
            );
        }
        let outdated = all.saturating_sub(as_asked).saturating_sub(other_keys);
        if outdated > 0 {
            to.good(format!(
                "hashed otherwise than the config says: {outdated}; each is hashed anew at its next sign-in"
            ));
        }
    }

    async fn measure(&self, to: &mut Speaker<'_>) {
        let before = self.clock.now();
        if let Err(why) = self.passwords.verify_dummy(&Secret::new("only to see how long it takes".into())).await {
            return to.wrong_as_told(&why);
        }
        let (took, settings) = (self.clock.now() - before, &self.settings);
        let (mib, at_once, queue) = (settings.cost.mib(), settings.at_once, settings.queue);
        let what = format!(
            "one password takes {} ms and {mib} MiB; {at_once} at once take {} MiB, {queue} more may wait",
            took.whole_milliseconds().max(1),
            u64::from(mib).saturating_mul(u64::try_from(at_once).unwrap_or(u64::MAX)),
        );
        if took > NOTICEABLE { to.warn(what, "lower passes or memory_mib: people wait for it") } else { to.good(what) }
    }
}
