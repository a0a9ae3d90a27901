//! The end of a login.

pub(super) mod account_cache;
pub(super) mod group_commit;
pub(super) mod returning_login;
