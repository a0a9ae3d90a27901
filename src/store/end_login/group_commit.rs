//! Ends of known logins, written together: those that wait for SQLite's one writer share a statement, and so a commit.

use std::mem::take;
use std::sync::{LazyLock, Mutex, PoisonError};

use sea_orm::{DbBackend, Statement, Value};
use tokio::sync::oneshot;

use crate::store::connections::Connections;
use crate::store::kept::{CLOSED, Kept, Turn};
use crate::store::{Store, StoreError, Trouble};

/// A row of the view `known_login`.
pub(in crate::store) type Row = [Value; 15];

/// The ends that wait for their turn.
#[derive(Debug, Default)]
pub(in crate::store) struct Endings(Mutex<Vec<Ending>>);

#[derive(Debug)]
struct Ending {
    row: Row,
    tell: oneshot::Sender<Result<bool, StoreError>>,
}

/// How many share one statement.
const MOST: usize = 16;

impl Endings {
    /// Whether this one is the first to wait, and so has to see to all of them.
    fn add(&self, ending: Ending) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(ending);
        waiting.len() == 1
    }

    fn all(&self) -> Vec<Ending> {
        take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Writes one end of a login. `false` when what is there does not go with it.
    pub(in crate::store) async fn write_ending(&self, row: Row) -> Result<bool, StoreError> {
        let Connections::Kept(kept) = &self.writer.on else {
            // A server writes for many at once, and groups their commits itself.
            return written(self.writer.run(insert(1), row).await);
        };
        let (tell, told) = oneshot::channel();
        if self.endings.add(Ending { row, tell }) {
            let (store, kept) = (self.clone(), kept.clone());
            // A task of its own: whoever came first may hang up, and the others' logins hang on it.
            tokio::spawn(async move { store.write_endings(&kept).await });
        }
        let gone = || StoreError::new(&self.writer.place, CLOSED);
        told.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Waits for its turn, and then writes all that have come meanwhile.
    async fn write_endings(&self, kept: &Kept) {
        let turn = kept.turn().await;
        let mut waiting = self.endings.all();
        let mut turn = match turn {
            Ok(turn) => turn,
            Err(why) => return tell(waiting, &Err(StoreError::new(&self.writer.place, why))),
        };
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(MOST));
            if let Err(locked) = self.write_group(kept, &mut turn, waiting).await {
                return tell(rest, &Err(locked));
            }
            waiting = rest;
        }
    }

    /// All of them, or each by itself where one of them does not go with what is there.
    ///
    /// # Errors
    /// When somebody else has locked the file: that took as long as anybody should wait, so nobody is to try again.
    async fn write_group(&self, kept: &Kept, turn: &mut Turn, group: Vec<Ending>) -> Result<(), StoreError> {
        let rows = group.iter().flat_map(|ending| ending.row.iter().cloned());
        match self.write_rows(kept, turn, group.len(), rows.collect()).await {
            Ok(false) if group.len() > 1 => {
                let mut group = group.into_iter();
                while let Some(ending) = group.next() {
                    let alone = self.write_rows(kept, turn, 1, ending.row.to_vec()).await;
                    tell([ending], &alone);
                    if let Err(locked) = unless_locked(&alone) {
                        tell(group, &alone);
                        return Err(locked);
                    }
                }
                Ok(())
            }
            result => {
                tell(group, &result);
                unless_locked(&result)
            }
        }
    }

    async fn write_rows(
        &self,
        kept: &Kept,
        turn: &mut Turn,
        rows: usize,
        values: Vec<Value>,
    ) -> Result<bool, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, insert(rows), values);
        let done = kept.execute_in(turn, statement).await;
        written(done.map_err(|why| StoreError::new(&self.writer.place, why)))
    }
}

fn written<T>(done: Result<T, StoreError>) -> Result<bool, StoreError> {
    match done {
        Ok(_) => Ok(true),
        Err(why) if why.is_conflict() => Ok(false),
        Err(why) => Err(why),
    }
}

fn unless_locked(result: &Result<bool, StoreError>) -> Result<(), StoreError> {
    match result {
        Err(why) if *why.trouble() == Trouble::Locked => Err(why.clone()),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn tell(endings: impl IntoIterator<Item = Ending>, result: &Result<bool, StoreError>) {
    for ending in endings {
        // Who hung up is told nothing.
        let _told = ending.tell.send(result.clone());
    }
}

/// Its text, made once for each number of rows: SQLite keeps a statement prepared under it.
fn insert(rows: usize) -> &'static str {
    static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=MOST).map(text).collect());
    TEXTS.get(rows - 1).map_or("", String::as_str)
}

fn text(rows: usize) -> String {
    let columns = COLUMNS.split(", ").count();
    let row = |row: usize| {
        let numbers = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", numbers.collect::<Vec<_>>().join(", "))
    };
    format!("INSERT INTO known_login ({COLUMNS}) VALUES {}", (0..rows).map(row).collect::<Vec<_>>().join(", "))
}

const COLUMNS: &str = "once_key, at, spent_until, app, provider, issuer, subject, account_id, replaced, id_hash, data, \
                       expires_at, network, seen, password_generation";
