//! The address of the page of a link request.

use crate::base::ids::LinkRequestTag;
use crate::base::urls::{LINK, link_path};
use crate::broker::LinkNotice;

/// The parameter that names the request.
pub const REQUEST: &str = "a";
/// The parameter with a sentence about the step before. It only changes the words on the page.
pub const NOTICE: &str = "notice";
/// The parameter that names the page which the person wants.
pub const VIEW: &str = "view";
pub const QUESTION: &str = "question";
const NOTICES: [(LinkNotice, &str); 4] = [
    (LinkNotice::NoAccount, "no-account"),
    (LinkNotice::NotFresh, "not-fresh"),
    (LinkNotice::AccountDisabled, "account-disabled"),
    (LinkNotice::ProofLost, "proof-lost"),
];

/// The address of the page, with a sentence about the step before.
pub fn page_path(tag: &LinkRequestTag, notice: Option<LinkNotice>) -> String {
    let word = NOTICES.iter().find(|(known, _)| Some(*known) == notice).map(|(_, word)| (NOTICE, *word));
    link_path(LINK, tag, word.as_slice())
}

/// The address of the question, for a person who has asked to be let in.
pub fn question_path(tag: &LinkRequestTag) -> String {
    link_path(LINK, tag, &[(VIEW, QUESTION)])
}

/// The notice of this name.
pub fn notice_named(name: &str) -> Option<LinkNotice> {
    NOTICES.iter().find(|(_, word)| *word == name).map(|(notice, _)| *notice)
}
