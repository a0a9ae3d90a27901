//! What a login module that checks passwords implements.

use std::time::Instant;

use async_trait::async_trait;

use super::attempt::Attempt;
use super::health::Health;
use super::probe::FindingSink;
use super::{Availability, Challenge, LoginModule};
use crate::base::ids::Issuer;
use crate::passwords::LocalPasswords;
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::NotAccepted;

/// A module that checks a name and a password. Every such module is a [`LoginModule`].
#[async_trait]
pub trait PasswordModule: Send + Sync {
    /// The issuer in the key of every identity from this provider.
    fn issuer(&self) -> &Issuer;

    /// Whether its server answers, by the results of the checks.
    fn health(&self) -> &Health;

    /// Tries everything that needs no person, and reports each finding as it comes.
    async fn probe(&self, sink: FindingSink<'_>);

    /// The identity that the name and the password prove. An unknown name takes as long as a wrong password, if the
    /// module can manage that (security rule C42).
    ///
    /// # Errors
    /// Why there is none. A module that can't tell an unknown name from a wrong password returns `Refused`.
    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted>;

    /// Waits as long as a refusal of a check that began at `begun`, if the module delays refusals. For a right password
    /// that must look like a wrong one (security rule C42).
    async fn delay_like_a_refusal(&self, _begun: Instant) {}

    /// The local password store, if this provider uses it.
    fn local_passwords(&self) -> Option<&LocalPasswords> {
        None
    }

    /// After how many failures in a row the server bans an address, if it does. All sign-ins come from our address, so
    /// a ban locks everybody out. At least 2.
    fn bans_after(&self) -> Option<u32> {
        None
    }
}

#[async_trait]
impl<M: PasswordModule> LoginModule for M {
    fn issuer(&self) -> &Issuer {
        PasswordModule::issuer(self)
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::Password(self)
    }

    fn availability(&self) -> Availability {
        self.health().availability()
    }

    fn local_passwords(&self) -> Option<&LocalPasswords> {
        PasswordModule::local_passwords(self)
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        PasswordModule::probe(self, sink).await;
    }
}
