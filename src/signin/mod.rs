//! Every decision of a sign-in, as pure functions over types: no I/O, no clock of its own, nothing to wait for.
//!
//! The files in alphabetical order are the story in order.
//!
//! | stage | takes | gives |
//! | --- | --- | --- |
//! | [`arrive`] | an app's registration, the query of a start | [`arrive::LoginRequest`]: what was asked, at a registered address |
//! | [`challenge`] | a login request | [`challenge::PendingLogin`], and at the callback [`challenge::Redeemed`] |
//! | [`identify`] | what the provider answered | [`identify::ExternalIdentity`]: whom it attests |
//! | [`link`] | an external identity, the account it is tied to | [`link::Decision`]: sign in, make an account, or refuse |
//! | [`permit`] | a person, the app's rules | [`permit::Grant`], or why not |
//! | [`seal`] | a grant | [`seal::Claims`] |
//! | [`send`] | a signed token | [`send::Delivery`]: where the browser goes |

pub mod arrive;
pub mod challenge;
pub mod identify;
pub mod link;
pub mod permit;
pub mod seal;
pub mod send;

#[cfg(test)]
pub(crate) mod samples;
