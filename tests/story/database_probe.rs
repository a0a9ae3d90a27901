//! Reads and breaks the database over a connection of the test's own.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};

pub struct DatabaseProbe(SqliteConnection);

/// The tables that each request reads first. A rename breaks statements; triggers follow the new name.
const TABLES: [&str; 6] = ["session", "replay", "identity", "signing_key", "login_throttle", "password"];

impl DatabaseProbe {
    pub async fn open(path: &Path) -> Self {
        Self(SqliteConnectOptions::new().filename(path).connect().await.unwrap())
    }

    /// SQLite's `data_version`, which changes with each commit of another connection, and the rows of each table.
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

    /// Makes every statement on `TABLES` fail, as in a half-restored database.
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

    /// Makes every new row of the audit fail. Everything else works.
    pub async fn fail_audit(&mut self) {
        let fails = "BEGIN SELECT RAISE(ABORT, 'the audit is full'); END";
        self.execute(format!("CREATE TRIGGER audit_fails BEFORE INSERT ON audit {fails}")).await;
    }

    pub async fn restore_audit(&mut self) {
        self.execute("DROP TRIGGER audit_fails".into()).await;
    }

    /// Makes every new row of the login throttle and every new session fail, as on a full disk.
    pub async fn fail_throttle_and_sessions(&mut self) {
        for table in ["login_throttle", "session"] {
            let fails = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
            self.execute(format!("CREATE TRIGGER {table}_fails BEFORE INSERT ON {table} {fails}")).await;
        }
    }

    pub async fn restore_throttle_and_sessions(&mut self) {
        for table in ["login_throttle", "session"] {
            self.execute(format!("DROP TRIGGER {table}_fails")).await;
        }
    }

    /// Holds the write lock, as a backup that hangs does.
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
