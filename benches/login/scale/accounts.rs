//! Many accounts: whether a login costs more with a million other accounts.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use vestibule::base::clock::Clock;
use vestibule::store::{Database, Store};

use super::comparison::{Comparison, RunningServer};
use super::row::Row;
use crate::deployment::{Deployment, People, Plan};
use crate::{Failed, Options, load};

/// The people who sign in, spread evenly over accounts and identities, in an order without neighbours. With many
/// accounts, hardly two of these people share a page of a table or an index. They touch about fifteen thousand pages,
/// and SQLite keeps five hundred in memory by default, so each login reads pages that are not in memory. More people
/// would only make the university search a longer list.
const PEOPLE: usize = 2_500;

pub async fn many(options: &Options) -> Result<Vec<Row>, Failed> {
    let people = PEOPLE.min(options.accounts / 10).max(1);
    let [few, many] = [people, options.accounts].map(|accounts| (accounts, accounts / people));
    let mut servers = Vec::new();
    for (accounts, stride) in [few, many] {
        let deployment =
            Deployment::build(&Plan { people: People { number: people, stride }, ..Plan::plain() }).await?;
        fill(&deployment, accounts).await?;
        servers.push(RunningServer::open(&deployment).await?);
    }
    let [few, many] = servers.as_slice() else { return Err("expected two servers".into()) };
    let comparison = Comparison::measure(options.rounds(), [few, many], async |client| {
        load::saturated(client, options.concurrency, options.turn()).await
    });
    let what = format!("saturated: {} accounts beside {people}, {people} people sign in", options.accounts);
    let comparison = comparison.await?;
    let memory = [few.server.memory()?, many.server.memory()?];
    Ok(vec![
        Row::cpu(&what, &comparison),
        Row::written("with checkpoints", &comparison),
        Row::memory("after it", memory),
    ])
}

/// Accounts as logins leave them, each with an identity and an audit row, and every tenth with a live session and a
/// group. Ids are random, with the length of real ids.
async fn fill(deployment: &Deployment, accounts: usize) -> Result<(), Failed> {
    let database = Database::file(deployment.database());
    Store::open(&database, Clock::system()).await?.close().await;
    let (issuer, now) = (&deployment.origins.provider, Clock::system().now().unix_timestamp() * 1_000_000);
    // Speed matters here and durability does not: lost data can be generated again.
    let options = SqliteConnectOptions::new()
        .filename(deployment.database())
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-1000000");
    let mut filling = options.disable_statement_logging().connect().await?;
    for statement in [
        format!(
            "INSERT INTO account (id, username, username_folded, username_skeleton, created_at, has_search_terms)
            WITH RECURSIVE one (number) AS
                (SELECT 0 UNION ALL SELECT number + 1 FROM one WHERE number + 1 < {accounts})
            SELECT lower(hex(randomblob(13))), name, name, name, {now}, 1 \
            FROM (SELECT printf('person-%08d', number) AS name FROM one)"
        ),
        format!(
            "INSERT INTO identity (provider, issuer, subject, account_id, client_id, created_at)
            SELECT 'uni', CAST('{issuer}' AS BLOB), CAST('u' || substr(username, 7) AS BLOB), id, 'vestibule', \
            created_at
            FROM account ORDER BY username"
        ),
        "INSERT INTO account_group (account_id, name) SELECT id, 'members' FROM account WHERE rowid % 10 = 0".into(),
        format!(
            "INSERT INTO session (id_hash, account_id, provider, data, expires_at)
            SELECT randomblob(32), id, 'uni', randomblob(400), {now} + abs(random() % 7) * 3600000000 + 3600000000
            FROM account WHERE rowid % 10 = 5"
        ),
        format!(
            "INSERT INTO audit (first_at, last_at, event, app, provider, account_id, network)
            SELECT {now}, {now}, 'signed_in', 'conference', 'uni', id, '192.0.2.0/24' FROM account"
        ),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut filling).await?;
    }
    Ok(filling.close().await?)
}
