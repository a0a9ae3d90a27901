//! The providers: one folder or file for each kind, and the registry that names them.

pub mod oidc;
pub mod registry;
