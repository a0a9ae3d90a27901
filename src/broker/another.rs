//! "Use another account": the identity that this browser wants to leave.
//!
//! A provider may ignore `prompt=select_account`, as Keycloak does, and send the same person back without a question.
//! Then the person would press the button again and again. So a page that offers the button leaves a code of the
//! refused identity in the browser. If that identity comes back, the provider is asked once more, with `prompt=login`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::context::Context;
use super::outcome::{Finished, Outcome};
use super::{Broker, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, LoginRequest, Prompt};
use crate::signin::identify::IdentityKey;

/// An identity as a code, which can be recognised and names nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    code: String,
    pub how: Leaving,
}

/// Why a browser leaves an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// It was refused, and another one may not be.
    Refused,
    /// The person signed out.
    SignedOut,
}

/// The code's length: 128 bits in base64url.
const LENGTH: usize = 22;
const SIGNED_OUT: &str = ".out";

/// As it stands in the cookie.
impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.how {
            Leaving::Refused => "",
            Leaving::SignedOut => SIGNED_OUT,
        };
        write!(f, "{}{end}", self.code)
    }
}

/// No such code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACode;

impl FromStr for Left {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let (code, how) = match text.strip_suffix(SIGNED_OUT) {
            Some(code) => (code, Leaving::SignedOut),
            None => (text, Leaving::Refused),
        };
        let is_code = code.len() == LENGTH && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_code.then(|| Self { code: code.to_owned(), how }).ok_or(NotACode)
    }
}

impl Visitor {
    /// Whether a start that asks for nothing special offers another account too: somebody signed out here and is likely
    /// still signed in at the provider.
    pub(super) fn may_want_another_account(&self, request: &LoginRequest) -> bool {
        let signed_out = self.left.as_ref().is_some_and(|left| left.how == Leaving::SignedOut);
        signed_out && request.prompt == Prompt::AsNeeded
    }
}

impl Broker {
    /// The code of the identity that was refused, where it is known.
    #[must_use]
    pub fn refused_identity(&self, context: &Context) -> Option<Left> {
        context.identity.as_ref().map(|key| self.leaves(key, Leaving::Refused))
    }

    pub(super) fn leaves(&self, key: &IdentityKey, how: Leaving) -> Left {
        let code = self.left.mac(&[key.provider.as_str(), key.issuer.as_str(), key.subject.as_str()]);
        let (short, _) = code.split_at(16);
        Left { code: URL_SAFE_NO_PAD.encode(short), how }
    }

    /// Whether a provider that was asked for a choice of accounts sent back the one that was to be left.
    pub(super) fn same_again(&self, request: &LoginRequest, key: &IdentityKey, visitor: &Visitor) -> bool {
        let left = visitor.left.as_ref().filter(|_| request.prompt == Prompt::SelectAccount);
        left.is_some_and(|left| left.code == self.leaves(key, left.how).code)
    }
}

/// The same start, which asks the provider to authenticate anew. It is not repeated: it asks for no choice any more.
pub(super) fn by_authenticating(destination: Destination<Arc<App>>) -> Finished {
    let anew = match destination {
        Destination::App { app, request } => {
            Destination::App { app, request: LoginRequest { prompt: Prompt::Login, ..request } }
        }
    };
    Finished { session: None, outcome: Outcome::StartAgain(Box::new(anew)) }
}

#[cfg(test)]
mod tests {
    use super::{Leaving, Left};

    #[test]
    fn a_mark_reads_as_it_was_written_and_nothing_else_is_one() {
        for how in [Leaving::Refused, Leaving::SignedOut] {
            let left = Left { code: "abcdefghijklmnopqrst-_".to_owned(), how };
            assert_eq!(left.to_string().parse(), Ok(left));
        }
        for bad in
            ["", ".out", "abc", "abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrst;_", "abcdefghijklmnopqrst-_.OUT"]
        {
            assert!(bad.parse::<Left>().is_err(), "{bad}");
        }
    }
}
