//! Watches the database from outside, by a connection of the test's own.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};

pub struct DatabaseProbe(SqliteConnection);

/// What every way of the story reads first: triggers go along with a new name, statements don't.
const TABLES: [&str; 6] = ["session", "replay", "identity", "signing_key", "login_throttle", "password"];

impl DatabaseProbe {
    pub async fn open(path: &Path) -> Self {
        Self(SqliteConnectOptions::new().filename(path).connect().await.unwrap())
    }

    /// What changes with every commit of anybody else, and how many rows each table has.
    pub async fn snapshot(&mut self) -> Vec<i64> {
        let mut numbers = vec![self.query_number("PRAGMA data_version").await];
        for count in [
            "SELECT count(*) FROM account",
            "SELECT count(*) FROM identity",
            "SELECT count(*) FROM session",
            "SELECT count(*) FROM replay",
            "SELECT count(*) FROM audit",
        ] {
            numbers.push(self.query_number(count).await);
        }
        numbers
    }

    /// Lets every statement on them fail, as a database half restored does.
    pub async fn break_tables(&mut self) {
        for table in TABLES {
            self.execute(format!("ALTER TABLE {table} RENAME TO {table}_away")).await;
        }
    }

    pub async fn restore_tables(&mut self) {
        for table in TABLES {
            self.execute(format!("ALTER TABLE {table}_away RENAME TO {table}")).await;
        }
    }

    /// Holds the right to write, as a backup that hangs does.
    pub async fn lock(&mut self) {
        self.execute("BEGIN IMMEDIATE".into()).await;
    }

    async fn execute(&mut self, statement: String) {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut self.0).await.unwrap();
    }

    async fn query_number(&mut self, query: &'static str) -> i64 {
        sqlx::query(query).fetch_one(&mut self.0).await.unwrap().get(0)
    }
}
