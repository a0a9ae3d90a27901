//! A provider's own words in a callback, without what they must not repeat.

use super::Visitor;
use crate::base::redaction::Redaction;
use crate::signin::challenge::{Answer, Callback, PendingLogin};

/// A provider's words, for one line of the log, without the secrets of the login. Visitors can send any words, so only
/// the beginning is looked at: the search for secrets takes long in a long text.
pub(super) fn quote(words: &str, callback: &Callback, login: &PendingLogin, visitor: &Visitor) -> String {
    const LOOKED_AT: usize = 1_000;
    const SHOWN: usize = 200;
    let beginning: String = words.chars().take(LOOKED_AT).collect();
    let secrets = secrets(callback, login, visitor);
    if secrets.is_in(&beginning) {
        return secrets.quote(&beginning, SHOWN);
    }
    beginning.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// What this login sent to the provider, or keeps for it (security rule C56). A provider may repeat it in an error.
fn secrets(callback: &Callback, login: &PendingLogin, visitor: &Visitor) -> Redaction {
    let code = match &callback.answer {
        Answer::Code(code) => Some(code),
        Answer::Error { .. } => None,
    };
    let kept = [login.nonce(), login.verifier()].into_iter().chain(code).map(|secret| secret.expose().as_str());
    let cookies = visitor.pending.iter().map(|(_, sealed)| sealed.as_str());
    Redaction::of([callback.state.as_str()].into_iter().chain(kept).chain(cookies))
}
