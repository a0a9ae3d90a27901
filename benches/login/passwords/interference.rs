//! How a flood of wrong passwords or a hanging webhook affects logins at a provider: two servers in turn, one affected.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use reqwest::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use vestibule::passwords::pool::half_of_the_cores;

use super::plan::plan;
use super::token_client::TokenClient;
use crate::deployment::Deployment;
use crate::login_client::LoginClient;
use crate::scale::comparison::{Comparison, RunningServer};
use crate::scale::row::Row;
use crate::{Failed, Options, load};

/// Strangers beyond the number of concurrent hashes: more than the queue of 32.
const EXTRA_STRANGERS: usize = 47;
/// Timeout until the flood has its effect, which needs a few hashes.
const FLOOD_TIMEOUT: Duration = Duration::from_mins(5);
/// Requests a second to a webhook that never answers.
const HANGING_A_SECOND: u32 = 20;

pub async fn measure(options: &Options, hook: &str) -> Result<Vec<Row>, Failed> {
    let mut rows = flood(options, hook).await?;
    rows.extend(hang(options).await?);
    Ok(rows)
}

/// Wrong passwords with new names from new networks, so that no throttle saves the hash.
async fn flood(options: &Options, hook: &str) -> Result<Vec<Row>, Failed> {
    let plan = plan(hook, "");
    let strangers_at_once = EXTRA_STRANGERS + half_of_the_cores();
    let [without, with] = [
        RunningServer::open(&Deployment::build(&plan).await?).await?,
        RunningServer::open(&Deployment::build(&plan).await?).await?,
    ];
    let app = token_client(&with, "own").await?;
    let (refused, busy) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    // Strangers hold it for each try. The turn without strangers holds it for writing.
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
                        // Without this pause, the flood would measure how fast requests are refused.
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
            return Err(format!("the flood ended: {ended:?}").into());
        }
        if begun.elapsed() > FLOOD_TIMEOUT {
            return Err(format!("no flood: {refused:?} refused, {busy:?} throttled").into());
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
        return Err(format!("the flood ended: {ended:?}").into());
    }
    let (refused, busy) = (refused.load(Ordering::Relaxed), busy.load(Ordering::Relaxed));
    let rate = options.rate / 2;
    let what = format!(
        "{rate} a second at a provider beside {strangers_at_once} strangers with wrong passwords ({refused} refused, \
         {busy} answered with 429)"
    );
    let mut rows = Vec::from(Row::times(&what, &comparison));
    rows.push(Row::memory("after it", [without.server.memory()?, with.server.memory()?]));
    Ok(rows)
}

/// People whose passwords go to a webhook that never answers.
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
                    other => return Err::<(), Failed>(format!("{other} from a webhook that hangs").into()),
                }
            }
        }
        Ok(())
    });
    let comparison = federated(options, [&without, &with], async |_| ()).await?;
    if let Some(ended) = hanging.try_join_next() {
        return Err(format!("the requests to the hanging webhook ended: {ended:?}").into());
    }
    let rate = options.rate / 2;
    let what = format!("{rate} a second at a provider while {HANGING_A_SECOND} a second wait for a hanging webhook");
    Ok(Row::times(&what, &comparison).into())
}

async fn token_client(here: &RunningServer, app: &str) -> Result<TokenClient, Failed> {
    let at = here.client.origin();
    TokenClient::connect(format!("{at}/auth/{app}"), &format!("{at}/.well-known/jwks.json")).await
}

/// Logins at the university, at the two servers in turn. Holds the value of `before` through each turn.
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
