//! Group commit on SQLite: logins that wait for the one writer share a statement, and so a commit.

use std::mem::take;
use std::sync::{Mutex, PoisonError};

use sea_orm::{DbBackend, Statement, Value};
use tokio::sync::oneshot;

use super::returning_login_row::{MAX_GROUP_SIZE, Row, insert};
use crate::store::connections::Connections;
use crate::store::sqlite_pool::{CLOSED, Lease, SqlitePool};
use crate::store::{Store, StoreError, StoreErrorKind};

/// The logins that wait for the writer.
#[derive(Debug, Default)]
pub(super) struct GroupCommit(Mutex<Vec<WaitingLogin>>);

#[derive(Debug)]
struct WaitingLogin {
    row: Row,
    answer: oneshot::Sender<Result<WriteOutcome, StoreError>>,
}

/// The result of writing a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteOutcome {
    Done,
    /// The row conflicts with the database. Nothing is written.
    Conflict,
}

/// Which caller writes the waiting logins.
enum Writer {
    /// This caller: no other login was waiting.
    Caller,
    /// The caller that came first.
    Other,
}

impl GroupCommit {
    fn add(&self, login: WaitingLogin) -> Writer {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(login);
        if waiting.len() == 1 { Writer::Caller } else { Writer::Other }
    }

    fn take_all(&self) -> Vec<WaitingLogin> {
        take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Writes one row. On SQLite, rows that wait at the same time are written together.
    pub(super) async fn write_returning_login(&self, row: Row) -> Result<WriteOutcome, StoreError> {
        let Connections::Sqlite(pool) = &self.writer.connection else {
            // PostgreSQL has many writers, and groups their commits itself.
            return written(self.writer.run(insert(1), row).await);
        };
        let (answer, answered) = oneshot::channel();
        match self.login_ends.waiting.add(WaitingLogin { row, answer }) {
            Writer::Caller => {
                let (store, pool) = (self.clone(), pool.clone());
                // A separate task: if the first caller is cancelled, the other logins are still written.
                tokio::spawn(async move { store.write_waiting_logins(&pool).await });
            }
            Writer::Other => {}
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::new(&self.writer.location, CLOSED)))
    }

    /// Waits for the writer, and then writes all logins that have arrived meanwhile.
    async fn write_waiting_logins(&self, pool: &SqlitePool) {
        let lease = pool.lease().await;
        let mut waiting = self.login_ends.waiting.take_all();
        let mut lease = match lease {
            Ok(lease) => lease,
            Err(why) => return answer(waiting, &Err(StoreError::new(&self.writer.location, why))),
        };
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(MAX_GROUP_SIZE));
            if let Err(locked) = self.write_group(pool, &mut lease, waiting).await {
                return answer(rest, &Err(locked));
            }
            waiting = rest;
        }
    }

    /// Writes all rows in one statement. If one of them conflicts, writes each in a separate statement.
    ///
    /// # Errors
    /// When another process holds the file. The lock timeout is used up: the remaining logins fail as well.
    async fn write_group(
        &self,
        pool: &SqlitePool,
        lease: &mut Lease,
        group: Vec<WaitingLogin>,
    ) -> Result<(), StoreError> {
        let rows = group.iter().flat_map(|login| login.row.iter().cloned());
        match self.write_rows(pool, lease, group.len(), rows.collect()).await {
            Ok(WriteOutcome::Conflict) if group.len() > 1 => {
                let mut group = group.into_iter();
                while let Some(login) = group.next() {
                    let alone = self.write_rows(pool, lease, 1, login.row.to_vec()).await;
                    answer([login], &alone);
                    if let Err(locked) = fail_if_locked(&alone) {
                        answer(group, &alone);
                        return Err(locked);
                    }
                }
                Ok(())
            }
            result => {
                answer(group, &result);
                fail_if_locked(&result)
            }
        }
    }

    async fn write_rows(
        &self,
        pool: &SqlitePool,
        lease: &mut Lease,
        rows: usize,
        values: Vec<Value>,
    ) -> Result<WriteOutcome, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, insert(rows), values);
        let done = pool.execute_on(lease, statement).await;
        written(done.map_err(|why| StoreError::new(&self.writer.location, why)))
    }
}

fn written<T>(done: Result<T, StoreError>) -> Result<WriteOutcome, StoreError> {
    match done {
        Ok(_) => Ok(WriteOutcome::Done),
        Err(why) if why.is_conflict() => Ok(WriteOutcome::Conflict),
        Err(why) => Err(why),
    }
}

fn fail_if_locked(result: &Result<WriteOutcome, StoreError>) -> Result<(), StoreError> {
    match result {
        Err(why) if *why.kind() == StoreErrorKind::Locked => Err(why.clone()),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn answer(logins: impl IntoIterator<Item = WaitingLogin>, result: &Result<WriteOutcome, StoreError>) {
    for login in logins {
        // A cancelled caller needs no answer.
        let _cancelled = login.answer.send(result.clone());
    }
}
