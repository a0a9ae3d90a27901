//! Microsoft Entra ID: OpenID Connect for one tenant or for many, and groups that are too many for a token.

mod groups;
pub(super) mod kind;
mod rules;
mod tenants;
