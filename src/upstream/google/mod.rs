//! Google: OpenID Connect, with Google's own rules about domains and verified addresses.

pub(super) mod kind;
mod rules;
