//! What password logins in trouble do to those who sign in at a provider: two servers by turns, one of them in trouble.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use reqwest::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use vestibule::passwords::pool::half_of_the_cores;

use super::plan;
use super::token_client::TokenClient;
use crate::deployment::Deployment;
use crate::login_client::LoginClient;
use crate::scale::Row;
use crate::scale::comparison::{Comparison, RunningServer};
use crate::{Failed, Options, load};

/// How many more strangers try at once than passwords are hashed at once: more than the 32 that may wait.
const EXTRA_STRANGERS: usize = 47;
/// How long a flood may take to rise. It takes a few hashes.
const FLOOD_TIMEOUT: Duration = Duration::from_mins(5);
/// How many people a second ask a hook that never answers.
const HANGING_A_SECOND: u32 = 20;

pub async fn measure(options: &Options, hook: &str) -> Result<Vec<Row>, Failed> {
    let mut rows = flood(options, hook).await?;
    rows.extend(hang(options).await?);
    Ok(rows)
}

/// Wrong passwords by names and from networks that nobody tried before, so that no wait spares the hash.
async fn flood(options: &Options, hook: &str) -> Result<Vec<Row>, Failed> {
    let plan = plan(hook, "");
    let strangers_at_once = EXTRA_STRANGERS + half_of_the_cores();
    let [without, with] = [
        RunningServer::open(&Deployment::build(&plan).await?).await?,
        RunningServer::open(&Deployment::build(&plan).await?).await?,
    ];
    let app = token_client(&with, "own").await?;
    let (refused, busy) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    // Held by all strangers while they try, and by the turn that is to be without them.
    let gate = Arc::new(RwLock::new(()));
    let mut strangers = JoinSet::new();
    for stranger in 0..strangers_at_once {
        let (app, refused, busy, gate) = (app.clone(), Arc::clone(&refused), Arc::clone(&busy), Arc::clone(&gate));
        strangers.spawn(async move {
            for try_ in 0.. {
                let trying = gate.read().await;
                let status = app.wrong_password(try_ * strangers_at_once + stranger).await?;
                drop(trying);
                match status {
                    StatusCode::FORBIDDEN => refused.fetch_add(1, Ordering::Relaxed),
                    StatusCode::TOO_MANY_REQUESTS => {
                        // A flood that only asks again would measure how fast we say no.
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        busy.fetch_add(1, Ordering::Relaxed)
                    }
                    other => return Err::<(), Failed>(format!("{other} for a wrong password").into()),
                };
            }
            Ok(())
        });
    }
    let begun = Instant::now();
    while refused.load(Ordering::Relaxed) == 0 || busy.load(Ordering::Relaxed) == 0 {
        if let Some(ended) = strangers.try_join_next() {
            return Err(format!("the flood dried up: {ended:?}").into());
        }
        if begun.elapsed() > FLOOD_TIMEOUT {
            return Err(format!("no flood: {refused:?} refused, {busy:?} told to come back").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let quiet = without.client.origin().to_owned();
    let comparison =
        federated(
            options,
            [&without, &with],
            async |client| {
                if client.origin() == quiet { Some(gate.write().await) } else { None }
            },
        );
    let comparison = comparison.await?;
    if let Some(ended) = strangers.try_join_next() {
        return Err(format!("the flood dried up: {ended:?}").into());
    }
    let (refused, busy) = (refused.load(Ordering::Relaxed), busy.load(Ordering::Relaxed));
    let rate = options.rate / 2;
    let what = format!(
        "{rate} a second at a provider beside {strangers_at_once} strangers with wrong passwords ({refused} refused, \
         {busy} told to come back)"
    );
    let mut rows = Vec::from(Row::times(&what, &comparison));
    rows.push(Row::memory("after it", [without.server.memory()?, with.server.memory()?]));
    Ok(rows)
}

/// People who type passwords for a hook that takes them and says nothing.
async fn hang(options: &Options) -> Result<Vec<Row>, Failed> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let silent = format!("http://{}/", listener.local_addr()?);
    let mut hooks = JoinSet::new();
    hooks.spawn(axum::serve(listener, Router::new().fallback(std::future::pending::<()>)).into_future());
    let plan = plan(&silent, "");
    let [without, with] = [
        RunningServer::open(&Deployment::build(&plan).await?).await?,
        RunningServer::open(&Deployment::build(&plan).await?).await?,
    ];
    let app = token_client(&with, "hooked").await?;
    let mut hanging = JoinSet::new();
    hanging.spawn(async move {
        let (mut waiting, mut pace) =
            (JoinSet::new(), tokio::time::interval(Duration::from_secs(1) / HANGING_A_SECOND));
        for number in 0.. {
            pace.tick().await;
            let app = app.clone();
            waiting.spawn(async move { app.wrong_password(number).await });
            while let Some(answered) = waiting.try_join_next() {
                match answered?? {
                    StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {}
                    other => return Err::<(), Failed>(format!("{other} from a hook that hangs").into()),
                }
            }
        }
        Ok(())
    });
    let comparison = federated(options, [&without, &with], async |_| ()).await?;
    if let Some(ended) = hanging.try_join_next() {
        return Err(format!("nobody asks the hook that hangs any more: {ended:?}").into());
    }
    let rate = options.rate / 2;
    let what = format!("{rate} a second at a provider while {HANGING_A_SECOND} a second ask a hook that hangs");
    Ok(Row::times(&what, &comparison).into())
}

async fn token_client(here: &RunningServer, app: &str) -> Result<TokenClient, Failed> {
    let at = here.client.origin();
    TokenClient::connect(format!("{at}/auth/{app}"), &format!("{at}/.well-known/jwks.json")).await
}

/// Logins at the university by turns; what `before` gives is held through each turn.
async fn federated<T>(
    options: &Options,
    servers: [&RunningServer; 2],
    before: impl AsyncFn(&LoginClient) -> T,
) -> Result<Comparison, Failed> {
    let work = async |client: &LoginClient| {
        let _held = before(client).await;
        load::paced(client, options.rate / 2, options.turn()).await
    };
    Comparison::measure(options.rounds(), servers, work).await
}
