//! OpenID Connect: the code flow with PKCE.

pub mod settings;
