//! Every decision of a sign-in, as pure functions over types: no I/O, no clock, no `async`.
//!
//! The alphabetical order of the stages is their order in a sign-in. A stage uses only earlier stages, and the types
//! that all stages share: [`app`] (an app's registration) and [`account`] (an account, and the person who signs in with
//! it).
//!
//! | stage | takes | gives |
//! | --- | --- | --- |
//! | [`arrive`] | an app's registration, the query of a start | [`arrive::LoginRequest`], for a registered address |
//! | [`challenge`] | a login request | [`challenge::PendingLogin`], and at the callback [`challenge::Redeemed`] |
//! | [`identify`] | the provider's answer | [`identify::ExternalIdentity`]: the person it attests |
//! | [`link`] | an external identity and its account | [`link::Decision`]: sign in, make an account, or refuse |
//! | [`permit`] | a person, the app's rules | [`permit::Grant`], or [`permit::Denied`] |
//! | [`seal`] | a grant | [`seal::TokenClaims`], for the signer |
//! | [`send`] | a signed token | [`send::Delivery`]: where the browser goes |

pub mod account;
pub mod app;
pub mod arrive;
pub mod challenge;
pub mod identify;
pub mod link;
pub mod permit;
pub mod remembered_profile;
pub mod seal;
pub mod send;

#[cfg(test)]
pub(crate) mod samples;
