//! The time that all providers of one sign-in share.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::base::ids::ProviderId;
use crate::signin::identify::password::{NotAccepted, NotAvailable};
use crate::upstream::LONGEST_CHECK;

/// How long the providers that check a password may take together. A request may take longer (`web::routes`), so that a
/// page can still say which provider does not answer.
pub const PROVIDER_TIME: Duration = Duration::from_secs(45);

const _: () = assert!(LONGEST_CHECK.as_secs() < PROVIDER_TIME.as_secs(), "one provider fits into the time of all");

/// When the time of a sign-in's providers ends.
#[derive(Debug, Clone, Copy)]
pub struct ProviderDeadline(Instant);

impl ProviderDeadline {
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// The answer of one provider. If no time is left, it is not asked.
    pub async fn ask<T>(
        self,
        provider: &ProviderId,
        check: impl Future<Output = Result<T, NotAccepted>>,
    ) -> Result<T, NotAccepted> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(time_is_up(provider));
        }
        timeout(left, check).await.unwrap_or_else(|_| Err(time_is_up(provider)))
    }
}

fn time_is_up(provider: &ProviderId) -> NotAccepted {
    let seconds = PROVIDER_TIME.as_secs();
    let why = format!(
        "the {seconds} s that all providers of a sign-in share are used up; shorten the `timeout` of those that are \
         slow"
    );
    NotAvailable::new(format!("provider {provider}"), "time", why).into()
}
