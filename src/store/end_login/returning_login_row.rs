//! The rows of the view `returning_login`, and the statement that inserts them.

use std::sync::LazyLock;

use sea_orm::Value;

/// The most logins that share one statement.
pub(super) const MAX_GROUP_SIZE: usize = 16;

/// The values of [`COLUMNS`], in their order.
pub(super) type Row = [Value; 19];

/// The columns of the view. It also has `subject_source`, for older instances: `profile_digest` stands for both.
const COLUMNS: &str = "at, replay_key, replay_expires_at, provider, issuer, subject, account_id, \
                                  account_snapshot, password_generation, replaced_session, session_id_hash, \
                                  session_data, session_expires_at, app, network, profile_digest, \
                                  sign_in_day, session_sid, session_agent";

/// The statement for `rows` rows. Each text is made only once.
pub(super) fn insert(rows: usize) -> &'static str {
    static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=MAX_GROUP_SIZE).map(text).collect());
    TEXTS.get(rows - 1).map_or("", String::as_str)
}

fn text(rows: usize) -> String {
    let columns = COLUMNS.split(", ").count();
    let row = |row: usize| {
        let numbers = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", numbers.collect::<Vec<_>>().join(", "))
    };
    format!("INSERT INTO returning_login ({COLUMNS}) VALUES {}", (0..rows).map(row).collect::<Vec<_>>().join(", "))
}
