//! What an attempt does to the counts, by its result (security rule C43).

use super::LoginThrottle;
use crate::broker::refusal::{Cause, Refusal, Settlement};

impl LoginThrottle<'_> {
    /// Settles the attempt, by its result.
    ///
    /// # Errors
    /// As [`Self::settle_refused`].
    pub async fn settle<T>(self, result: Result<T, Refusal>) -> Result<T, Refusal> {
        match result {
            Ok(done) => {
                self.succeeded().await;
                Ok(done)
            }
            Err(refusal) => Err(self.settle_refused(refusal).await),
        }
    }

    /// Settles a refused attempt. Returns the refusal to answer with.
    ///
    /// If the database can't count a failure, its error replaces the given refusal. Then a wrong password gets the same
    /// answer as a right one, because the session of a right one can't be stored, either (security rules C42, C43).
    pub async fn settle_refused(self, refusal: Refusal) -> Refusal {
        match refusal.cause.row().settlement {
            Settlement::Forgives => self.succeeded().await,
            Settlement::Counts => {
                // Whatever the refusal is: its time must not show that the password was right (C42).
                self.delay_like_a_refusal().await;
                let (broker, visitor) = (self.broker, self.visitor);
                if let Err(why) = self.failed().await {
                    let replacement = Cause::Store(why).refuse(refusal.context.clone());
                    broker.report_replaced(&refusal, visitor);
                    return replacement;
                }
            }
            Settlement::Neither => self.ignore(),
        }
        refusal
    }
}
