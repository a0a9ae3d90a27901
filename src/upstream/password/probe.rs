//! `vestibule check` for our own accounts: how many have a password, how many of these work, and what a sign-in costs.

use time::Duration;

use super::LocalAccounts;
use crate::base::secret::Secret;
use crate::passwords::LocalPasswords;
use crate::store::PasswordCount;
use crate::upstream::probe::{FindingSink, Reporter};

/// People notice a longer wait.
const SLOW_HASH: Duration = Duration::milliseconds(500);

impl LocalAccounts {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.passwords.provider()), sink);
        self.report_counts(&mut reporter).await;
        self.report_cost(&mut reporter).await;
    }

    async fn report_counts(&self, reporter: &mut Reporter<'_>) {
        let counted = match self.passwords.count().await {
            Ok(counted) => counted,
            Err(why) => return reporter.wrong_from_error(&why),
        };
        let PasswordCount { all, matching, other_keys, .. } = counted;
        if all == 0 {
            return reporter.warn("no account has a password", "vestibule user add NAME makes one");
        }
        reporter.good(format!("accounts with a password: {all}"));
        report_unusable(counted, reporter);
        let outdated = all.saturating_sub(matching).saturating_sub(other_keys);
        if outdated > 0 {
            reporter.good(format!(
                "hashed with other settings than the config's: {outdated}; each is rehashed at its next sign-in"
            ));
        }
    }

    async fn report_cost(&self, reporter: &mut Reporter<'_>) {
        let before = self.clock.now();
        if let Err(why) = self.passwords.verify_dummy(&Secret::new("only to see how long it takes".into())).await {
            return reporter.wrong_from_error(&why);
        }
        let (took, settings) = (self.clock.now() - before, &self.settings);
        let (mib, at_once, queue) = (settings.cost.mib(), settings.at_once, settings.queue);
        let what = format!(
            "one password takes {} ms and {mib} MiB; {at_once} at once take {} MiB, {queue} more may wait",
            took.whole_milliseconds().max(1),
            u64::from(mib).saturating_mul(u64::try_from(at_once).unwrap_or(u64::MAX)),
        );
        if took > SLOW_HASH {
            reporter.warn(what, "lower passes or memory_mib: people wait for it");
        } else {
            reporter.good(what);
        }
    }
}

/// Reports passwords that do not work with this config, although people type them correctly. Reads all passwords.
pub async fn report_unusable_passwords(passwords: &LocalPasswords, sink: FindingSink<'_>) {
    let mut reporter = Reporter::new(format!("provider {}", passwords.provider()), sink);
    match passwords.count().await {
        Ok(counted) => report_unusable(counted, &mut reporter),
        Err(why) => reporter.warn_from_error(&why),
    }
}

fn report_unusable(PasswordCount { other_keys, unlinked, .. }: PasswordCount, reporter: &mut Reporter<'_>) {
    if other_keys > 0 {
        reporter.wrong(
            format!("passwords made with another pepper than the config names: {other_keys}; they do not work"),
            "put that pepper back as pepper_file or former_pepper_file",
        );
    }
    if unlinked > 0 {
        reporter.warn(
            format!("accounts whose password does not work, since it is not linked to this provider: {unlinked}"),
            "give the provider its former id back, or link them: vestibule user passwd NAME",
        );
    }
}
