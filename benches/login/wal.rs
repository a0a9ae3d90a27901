//! Commits and bytes, counted in SQLite's write-ahead log
//! (<https://sqlite.org/fileformat2.html#walformat>).

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::Failed;
use crate::deployment::Deployment;

/// The writes of some turns of work.
#[derive(Debug, Clone, Copy)]
pub struct Writes {
    pub turns: u64,
    pub commits: u64,
    pub pages: u64,
    pub bytes: u64,
}

/// The current contents of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Log {
    /// Changes when SQLite restarts the log.
    salt: [u8; 8],
    pages: u64,
    commits: u64,
    page_and_header: u64,
}

/// Does the work, which returns its number of turns, and counts the server's writes meanwhile.
pub async fn count(deployment: &Deployment, work: impl Future<Output = Result<u64, Failed>>) -> Result<Writes, Failed> {
    // While a reader holds an old snapshot, SQLite only appends to the log.
    let options = SqliteConnectOptions::new().filename(deployment.database()).pragma("wal_autocheckpoint", "0");
    let mut reader = options.disable_statement_logging().connect().await?;
    for statement in [
        "CREATE TABLE IF NOT EXISTS counted (at INTEGER)",
        "INSERT INTO counted VALUES (1)",
        "BEGIN",
        "SELECT count(*) FROM counted",
    ] {
        sqlx::query(statement).execute(&mut reader).await?;
    }
    let before = read(&deployment.wal())?;
    let turns = work.await?;
    let after = read(&deployment.wal())?;
    reader.close().await?;
    if before.salt != after.salt {
        return Err("SQLite began its log again while it was being counted; run this again".into());
    }
    let (pages, commits) = (after.pages - before.pages, after.commits - before.commits);
    Ok(Writes { turns, commits, pages, bytes: pages * after.page_and_header })
}

fn read(path: &Path) -> Result<Log, Failed> {
    const FILE_HEADER: usize = 32;
    const PAGE_HEADER: usize = 24;
    let bytes = std::fs::read(path)?;
    let word =
        |at: usize| bytes.get(at..at + 4).and_then(|word| <[u8; 4]>::try_from(word).ok()).map(u32::from_be_bytes);
    let salt = bytes.get(16..24).and_then(|salt| <[u8; 8]>::try_from(salt).ok()).ok_or("an empty log")?;
    let page = PAGE_HEADER + usize::try_from(word(8).ok_or("an empty log")?)?;
    let (mut pages, mut commits, mut at) = (0, 0, FILE_HEADER);
    // Frames from before a restart have another salt.
    while bytes.get(at + 8..at + 16) == Some(&salt) {
        pages += 1;
        // Only the last frame of a commit contains the size of the database.
        commits += u64::from(word(at + 4) != Some(0));
        at += page;
    }
    Ok(Log { salt, pages, commits, page_and_header: u64::try_from(page)? })
}
