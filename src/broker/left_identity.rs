//! "Use another account": the identity that this browser wants to leave.
//!
//! A provider may ignore `prompt=select_account`, as Keycloak does, and send the same person back without asking. Then
//! the person would press the button again and again. So a page that offers the button leaves a code of the refused
//! identity in the browser, and so does a sign-out. If that identity comes back, the provider is asked once more, with
//! `prompt=login`. The same holds for the identity of the browser's session, if an app asks for `select_account`.
//!
//! That login has to lead to another account, or to a proof that the same person chose it anew. If the left identity
//! comes back without one, the provider's `reauth` decides, as for each fresh proof: the provider is trusted, or a page
//! asks the person to sign out there. "Start again" on that page accepts each account, so nobody is locked out of their
//! own.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::context::Context;
use super::outcome::{FinishedLogin, Outcome};
use super::refusal::Cause;
use super::resume::ResumedLogin;
use super::{Broker, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, Preferences, Prompt};
use crate::signin::identify::{ExternalIdentity, IdentityKey, NO_TIME, PROMPT_IGNORED, Reauth, RuleViolation, SKEW};
use crate::store::{LiveSession, SessionLogin};
use crate::upstream::UpstreamError;

/// A code that recognises an identity without revealing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftIdentity {
    code: String,
    pub reason: LeaveReason,
}

/// Why a browser leaves an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// The identity was refused. Another one may be accepted.
    Refused,
    /// The person signed out.
    SignedOut,
}

/// The code's length: 128 bits in base64url.
const CODE_LENGTH: usize = 22;
const SIGNED_OUT_SUFFIX: &str = ".out";

/// The value of the cookie.
impl fmt::Display for LeftIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.reason {
            LeaveReason::Refused => "",
            LeaveReason::SignedOut => SIGNED_OUT_SUFFIX,
        };
        write!(f, "{}{end}", self.code)
    }
}

/// The text is not the code of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidLeftIdentity;

impl FromStr for LeftIdentity {
    type Err = InvalidLeftIdentity;

    fn from_str(text: &str) -> Result<Self, InvalidLeftIdentity> {
        let (code, reason) = match text.strip_suffix(SIGNED_OUT_SUFFIX) {
            Some(code) => (code, LeaveReason::SignedOut),
            None => (text, LeaveReason::Refused),
        };
        let is_code =
            code.len() == CODE_LENGTH && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_code.then(|| Self { code: code.to_owned(), reason }).ok_or(InvalidLeftIdentity)
    }
}

impl Visitor {
    /// Whether a start without `prompt` also offers another account: the person signed out here, but is probably still
    /// signed in at the provider.
    pub(super) fn may_want_another_account(&self, preferences: &Preferences) -> bool {
        let signed_out = self.left_identity.as_ref().is_some_and(|left| left.reason == LeaveReason::SignedOut);
        signed_out && preferences.prompt == Prompt::AsNeeded
    }
}

impl Broker {
    /// The code of the refused identity, if known.
    #[must_use]
    pub fn refused_identity(&self, context: &Context) -> Option<LeftIdentity> {
        context.identity.as_ref().map(|key| self.left_identity(key, LeaveReason::Refused))
    }

    pub(super) fn left_identity(&self, key: &IdentityKey, reason: LeaveReason) -> LeftIdentity {
        let code = self.left_identity_mac.mac(&[key.provider.as_str(), key.issuer.as_str(), key.subject.as_str()]);
        let (short, _) = code.split_at(16);
        LeftIdentity { code: URL_SAFE_NO_PAD.encode(short), reason }
    }

    /// Whether the provider was asked for a choice of accounts but sent back an identity that the person wants to
    /// leave: the one that this browser left, or that of its session.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn is_unwanted(
        &self,
        destination: &Destination<Arc<App>>,
        key: &IdentityKey,
        visitor: &Visitor,
    ) -> Result<bool, Cause> {
        if destination.preferences().prompt != Prompt::SelectAccount {
            return Ok(false);
        }
        if self.leaves(key, visitor) {
            return Ok(true);
        }
        let Some(session) = visitor.session else { return Ok(false) };
        let session = self.store.live_session(session, self.clock.now()).await?;
        Ok(session.is_some_and(|LiveSession { signed_in, .. }| {
            let SessionLogin { provider, issuer, subject, .. } = signed_in;
            IdentityKey { provider, issuer, subject } == *key
        }))
    }

    fn leaves(&self, key: &IdentityKey, visitor: &Visitor) -> bool {
        let left = visitor.left_identity.as_ref();
        left.is_some_and(|left| left.code == self.left_identity(key, left.reason).code)
    }

    /// Checks that a provider which was asked to authenticate the person again did so, or sent another identity. A
    /// person who signs in again as themselves does want this identity.
    ///
    /// # Errors
    /// C13: the left identity came back, and nothing shows that the person signed in again.
    pub(super) fn check_left_identity(
        &self,
        ResumedLogin { provider, destination, login, .. }: &ResumedLogin<'_>,
        identity: &ExternalIdentity,
        visitor: &Visitor,
    ) -> Result<(), UpstreamError> {
        let asks_for_another = destination.preferences().prompt == Prompt::LoginForAnotherAccount;
        if !asks_for_another || !self.leaves(&identity.key, visitor) {
            return Ok(());
        }
        let same_account = |got: String| {
            let expected = "another account, or a proof made in this login";
            RuleViolation::new("C13", "the account of the answer", expected, format!("the same account, and {got}"))
        };
        match identity.auth_time.map(|time| login.started_at() - time) {
            Some(age) if age <= SKEW => Ok(()),
            Some(age) => {
                let got = format!("a proof {} s older; {PROMPT_IGNORED}", age.whole_seconds());
                Err(UpstreamError::ProofTooOld(same_account(got)))
            }
            None => match provider.module.reauth() {
                Reauth::Trust => Ok(()),
                Reauth::Refuse => Err(UpstreamError::ProofUnknown(same_account(format!("as proof {NO_TIME}")))),
            },
        }
    }
}

/// Starts again with `prompt=login` at the provider. This happens only once, because the new start asks for no choice
/// of accounts.
pub(super) fn restart_with_fresh_login(destination: Destination<Arc<App>>) -> FinishedLogin {
    let destination = destination.with(|preferences| preferences.prompt = Prompt::LoginForAnotherAccount);
    FinishedLogin { session: None, outcome: Outcome::StartAgain(Box::new(destination)) }
}

#[cfg(test)]
mod tests {
    use super::{LeaveReason, LeftIdentity};

    #[test]
    fn a_left_identity_parses_as_displayed_and_other_text_is_refused() {
        for reason in [LeaveReason::Refused, LeaveReason::SignedOut] {
            let left = LeftIdentity { code: "abcdefghijklmnopqrst-_".to_owned(), reason };
            assert_eq!(left.to_string().parse(), Ok(left));
        }
        for bad in
            ["", ".out", "abc", "abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrst;_", "abcdefghijklmnopqrst-_.OUT"]
        {
            assert!(bad.parse::<LeftIdentity>().is_err(), "{bad}");
        }
    }
}
