//! An access request: a person without an account asks the people who run the site to be let in.
//!
//! | state | step | next state |
//! | --- | --- | --- |
//! | waiting | the person asks again | waiting, counted, with the new message |
//! | waiting | an admin lets them in or links the identity; or the person finds their account | linked |
//! | waiting | an admin lets them prove that they have an account | proving |
//! | waiting | an admin refuses | refused |
//! | proving, refused | a day after the decision, the person asks again | a new request |

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::AskAtFirstLogin;
use crate::base::ids::InvalidName;
use crate::base::invisible::is_invisible;

/// How long after a decision the person can ask again.
pub const ASK_AGAIN_AFTER: Duration = Duration::days(1);

/// The most characters of a message, and of an admin's note.
pub const MAX_TEXT: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessState {
    /// No admin has decided yet.
    Waiting,
    /// An admin says that the person has an account, and lets them prove it.
    Proving,
    /// The identity was linked to an account.
    Linked,
    Refused,
}

impl AccessState {
    /// As the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Proving => "proving",
            Self::Linked => "linked",
            Self::Refused => "refused",
        }
    }

    /// Whether an admin has ruled out that the person makes an account by themselves.
    #[must_use]
    pub const fn forbids_new_account(self) -> bool {
        match self {
            Self::Proving | Self::Refused => true,
            Self::Waiting | Self::Linked => false,
        }
    }
}

impl FromStr for AccessState {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Waiting, Self::Proving, Self::Linked, Self::Refused];
        all.into_iter().find(|state| state.as_str() == text).ok_or(InvalidName("not the state of an access request"))
    }
}

/// Why a text is no message and no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text has {0} characters, and at most {MAX_TEXT} are kept")]
pub struct TextTooLong(usize);

/// The message of a person, or the note of an admin: one line without invisible characters. It may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RequestText(String);

impl RequestText {
    /// Makes one line of a text. Line breaks become spaces, and other invisible characters are left out.
    ///
    /// # Errors
    /// When it is too long.
    pub fn parse(text: &str) -> Result<Self, TextTooLong> {
        let breaks = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}');
        let visible = text.chars().map(|c| if breaks(c) { ' ' } else { c }).filter(|c| !is_invisible(*c));
        let visible: String = visible.collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() {
            0..=MAX_TEXT => Ok(Self(line)),
            length => Err(TextTooLong(length)),
        }
    }

    /// A text that our own store wrote.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for RequestText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The answers that a person can give to the question at their first login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    pub prove: bool,
    pub new: bool,
    pub request: bool,
}

impl AskAtFirstLogin {
    /// The answers that are open to a person. `latest`: the state of their latest access request, and when an admin
    /// decided about it.
    #[must_use]
    pub fn answers(&self, latest: Option<(AccessState, Option<OffsetDateTime>)>, now: OffsetDateTime) -> Answers {
        let offered = Answers { prove: self.prove, new: self.new.is_some(), request: self.request.is_some() };
        let may_ask_again =
            |at: Option<OffsetDateTime>| offered.request && at.is_none_or(|at| now - at >= ASK_AGAIN_AFTER);
        match latest {
            None | Some((AccessState::Waiting | AccessState::Linked, _)) => offered,
            // The admin's word replaces the config's: the person has an account.
            Some((AccessState::Proving, at)) => Answers { prove: true, new: false, request: may_ask_again(at) },
            Some((AccessState::Refused, at)) => Answers { prove: false, new: false, request: may_ask_again(at) },
        }
    }
}

#[cfg(test)]
mod tests;
