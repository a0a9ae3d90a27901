//! The end of a returning person's login in one statement: an insert into this view checks what the login relied on,
//! and writes three tables.

use crate::returning_login::{
    POSTGRES_TRIGGER, account_unchanged, inserts, postgres_function, session_without_sid, sqlite_trigger, view,
};

pub const VIEW: &str = view!("");
pub const SQLITE: [&str; 1] = [sqlite_trigger!("", "", session_without_sid!())];
pub const POSTGRES: [&str; 2] = [postgres_function!("", "", session_without_sid!()), POSTGRES_TRIGGER];
