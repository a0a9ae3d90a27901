//! A login that asks an API who the person is, compared with one whose ID token says it.

use vestibule::demo::provider::Site;

use super::comparison::{Comparison, RunningServer};
use super::row::Row;
use crate::deployment::{Deployment, Plan};
use crate::{Failed, Options, baseline, load};

pub async fn one(options: &Options) -> Result<Vec<Row>, Failed> {
    let duration = options.turn() / 4;
    // On a thread of its own, because it blocks.
    let call = tokio::task::spawn_blocking(move || baseline::call(duration)).await??;
    let openid = RunningServer::open(&Deployment::build(&Plan::plain()).await?).await?;
    let social = Plan { site: Site::Social, ..Plan::plain() };
    let social = RunningServer::open(&Deployment::build(&social).await?).await?;
    let comparison = Comparison::measure(options.rounds(), [&openid, &social], async |client| {
        load::saturated(client, options.concurrency, options.turn()).await
    });
    let comparison = comparison.await?;
    Ok(vec![
        Row::cpu("saturated: OAuth 2.0 with one userinfo call, beside OpenID Connect without one", &comparison),
        Row::cpu_with("the same, beside OpenID Connect and the bare cost of such a call", &comparison, call),
    ])
}
