//! Watches the database from outside, by a connection of the test's own.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};

pub struct Watch(SqliteConnection);

impl Watch {
    pub async fn open(path: &Path) -> Self {
        Self(SqliteConnectOptions::new().filename(path).connect().await.unwrap())
    }

    /// What changes with every commit of anybody else, and how many rows each table has.
    pub async fn look(&mut self) -> Vec<i64> {
        let mut seen = vec![self.number("PRAGMA data_version").await];
        for count in [
            "SELECT count(*) FROM account",
            "SELECT count(*) FROM identity",
            "SELECT count(*) FROM session",
            "SELECT count(*) FROM once",
            "SELECT count(*) FROM audit",
        ] {
            seen.push(self.number(count).await);
        }
        seen
    }

    async fn number(&mut self, ask: &'static str) -> i64 {
        sqlx::query(ask).fetch_one(&mut self.0).await.unwrap().get(0)
    }
}
