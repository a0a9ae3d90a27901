//! The search of accounts: whether a page comes fast among millions.
//!
//! The database has the terms of all accounts, five each. Up to two million accounts, it also has all rows of accounts
//! and identities. Beyond that, it has the rows that the searches find, which lie closer together than among others. So
//! ten million accounts fit into three gigabytes. The index of terms by account, which no search reads, is left out.

use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use vestibule::admin::Admin;
use vestibule::base::clock::Clock;
use vestibule::store::{Database, Store};

use crate::Failed;
use crate::numbers::millis;

/// How many accounts have the same first name. Each pair of a first and a last name has one account.
const FIRST_NAMES: usize = 2_000;
const DOMAINS: usize = 100;
/// How often each kind of search is repeated, each time with another text if the kind has several.
const REPETITIONS: usize = 200;
/// How many accounts a page shows.
const PAGE: usize = 50;
/// The most accounts that have all their rows.
const MOST_WITH_ROWS: usize = 2_000_000;

/// The times of each kind of search.
#[derive(Debug)]
pub struct Search {
    accounts: usize,
    file: u64,
    rows: Vec<(&'static str, Vec<Duration>)>,
}

impl Search {
    pub async fn measure(accounts: usize) -> Result<Self, Failed> {
        // As many as give each pair of names, and each domain, the same number of accounts.
        let multiple = if accounts < FIRST_NAMES { DOMAINS } else { FIRST_NAMES };
        let accounts = (accounts / multiple).max(1) * multiple;
        let folder = tempfile::tempdir()?;
        let database = Database::file(folder.path().join("vestibule.db"));
        Store::open(&database, Clock::system()).await?.close().await;
        let kinds = kinds(accounts);
        let path = folder.path().join("vestibule.db");
        fill(&path, accounts, &kinds).await?;
        let store = Store::open(&database, Clock::system()).await?;
        let admin = Admin::new(store.clone(), Clock::system());
        let mut rows = Vec::new();
        for (what, texts, finds) in &kinds {
            let mut times = Vec::new();
            for text in texts.iter().cycle().take(REPETITIONS) {
                let begun = Instant::now();
                let page = admin.search(text, None, u32::try_from(PAGE)?).await?;
                times.push(begun.elapsed());
                let found = page.accounts.len();
                if found.min(1) != usize::from(*finds != Finds::Nothing) || *finds == Finds::One && found != 1 {
                    return Err(format!("{what}: {text:?} found {found} accounts").into());
                }
            }
            times.sort_unstable();
            rows.push((*what, times));
        }
        store.close().await;
        Ok(Self { accounts, file: std::fs::metadata(path)?.len(), rows })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finds {
    APage,
    One,
    Nothing,
}

type Kind = (&'static str, Vec<String>, Finds);

/// The kinds of searches, with texts that are spread over all terms.
fn kinds(accounts: usize) -> [Kind; 6] {
    let (last_names, step) = ((accounts / FIRST_NAMES).max(1), 7_919);
    let numbers = || (0..REPETITIONS).map(move |at| at * step * 131 % accounts);
    let texts = |text: fn(usize, usize) -> String| {
        numbers().map(move |number| text(number % FIRST_NAMES, number / FIRST_NAMES % last_names)).collect()
    };
    [
        ("the beginning that all last names have", vec!["last".to_owned()], Finds::APage),
        ("a last name", texts(|_, last| format!("last{last:05}")), Finds::APage),
        ("a last name and a first name", texts(|first, last| format!("last{last:05} first{first:04}")), Finds::One),
        ("a whole address", texts(|first, last| format!("a{first:04}.{last:05}@")), Finds::One),
        ("a domain", (0..DOMAINS).map(|domain| format!("@example-{domain:02}")).collect(), Finds::APage),
        ("a name that nobody has", texts(|first, last| format!("last{last:05} nobody{first}")), Finds::Nothing),
    ]
}

/// Writes the terms in their order, which takes no sorting. The ids of accounts that were made one after the other are
/// far apart, as random ids are: `place` is the place of an account in the order of ids.
async fn fill(path: &std::path::Path, accounts: usize, kinds: &[Kind]) -> Result<(), Failed> {
    // Speed matters here and durability does not: lost data can be generated again.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-1000000");
    let mut filling = options.disable_statement_logging().connect().await?;
    sqlx::raw_sql("DROP INDEX search_terms_by_account").execute(&mut filling).await?;
    let first_names = FIRST_NAMES.min(accounts);
    let last_names = accounts / first_names;
    let by_first = "(counted % {last_names}) * {first_names} + counted / {last_names} AS number";
    let by_number = "counted AS number";
    let by_domain = "(counted % ({accounts} / {domains})) * {domains} + counted / ({accounts} / {domains}) AS place";
    let place = "number, (number * 48271) % {accounts} AS place";
    // Each term, and the order of the accounts in which the terms are in order.
    for (term, order, columns) in [
        ("printf('@example-%02d.org', place % {domains})", by_domain, "place"),
        (
            "printf('a%04d.%05d@example-%02d.org', number % {first_names}, number / {first_names}, place % {domains})",
            by_first,
            place,
        ),
        ("printf('first%04d last%05d', number % {first_names}, number / {first_names})", by_first, place),
        ("printf('last%05d first%04d', number / {first_names}, number % {first_names})", by_number, place),
        ("printf('person-%08d', number)", by_number, place),
    ] {
        let statement = format!(
            "INSERT INTO search_terms (term, account)
            WITH RECURSIVE one (counted) AS
                (SELECT 0 UNION ALL SELECT counted + 1 FROM one WHERE counted + 1 < {{accounts}})
            SELECT {term}, printf('%08d', place) || '0123456789abcdefgh'
            FROM (SELECT {columns} FROM (SELECT {order} FROM one))"
        );
        run(&mut filling, &numbered(&statement, accounts, [first_names, last_names])).await?;
    }
    if accounts <= MOST_WITH_ROWS {
        add_accounts(&mut filling, "term >= 'person-' AND term < 'person.'").await?;
    } else {
        for text in kinds.iter().flat_map(|(_, texts, _)| texts) {
            let found = format!("term >= '{text}' AND term < '{text}~' ORDER BY term, account LIMIT {}", PAGE + 1);
            add_accounts(&mut filling, &found).await?;
        }
    }
    let profile = r#"{"name":"First Last","email":{"address":"first.last@example.org","verified":true}}"#;
    run(
        &mut filling,
        &format!(
            "INSERT INTO identity (provider, issuer, subject, account_id, created_at, last_sign_in, profile) \
             SELECT 'uni', CAST('https://sso.example.edu' AS BLOB), CAST(id AS BLOB), id, 0, 20000, '{profile}' \
             FROM account"
        ),
    )
    .await?;
    Ok(filling.close().await?)
}

/// Adds the rows of the accounts whose terms are these.
async fn add_accounts(filling: &mut SqliteConnection, terms: &str) -> Result<(), Failed> {
    let statement = format!(
        "INSERT OR IGNORE INTO account (id, username, username_folded, username_skeleton, created_at, \
         has_search_terms) SELECT account, account, account, account, 0, 1 FROM search_terms WHERE {terms}"
    );
    run(filling, &statement).await
}

fn numbered(statement: &str, accounts: usize, [first_names, last_names]: [usize; 2]) -> String {
    let values = [
        ("{accounts}", accounts),
        ("{domains}", DOMAINS),
        ("{first_names}", first_names),
        ("{last_names}", last_names),
    ];
    values.into_iter().fold(statement.to_owned(), |text, (name, value)| text.replace(name, &value.to_string()))
}

async fn run(connection: &mut SqliteConnection, statement: &str) -> Result<(), Failed> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await?;
    Ok(())
}

impl Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, file, rows } = self;
        let (megabytes, rows_of) = (file / 1_000_000, if *accounts <= MOST_WITH_ROWS { "all" } else { "found" });
        writeln!(
            f,
            "| search among {accounts} accounts, with the rows of {rows_of}: {megabytes} MB | p50 | p99 | slowest |"
        )?;
        writeln!(f, "| --- | ---: | ---: | ---: |")?;
        for (what, times) in rows {
            let at = |per_cent: usize| {
                times
                    .get((times.len() * per_cent / 100).min(times.len().saturating_sub(1)))
                    .copied()
                    .unwrap_or_default()
            };
            writeln!(f, "| {what} | {} ms | {} ms | {} ms |", millis(at(50)), millis(at(99)), millis(at(100)))?;
        }
        Ok(())
    }
}
