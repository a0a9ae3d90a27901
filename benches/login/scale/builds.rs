//! Whether a login costs more than with another build of Vestibule: both under the same load, in turn.

use std::path::Path;

use super::comparison::{Comparison, RunningServer};
use super::row::Row;
use crate::deployment::{Deployment, Plan};
use crate::{Failed, Options, load, wal};

/// Compares this build with the other one, `binary`.
pub async fn compare(binary: &Path, options: &Options) -> Result<Vec<Row>, Failed> {
    let other = Deployment::build(&Plan { binary: binary.to_owned(), ..Plan::plain() }).await?;
    let this = Deployment::build(&Plan::plain()).await?;
    let starts = if options.quick { 1 } else { 5 };
    let cold_start = [other.cold_start(starts).await?, this.cold_start(starts).await?];
    let servers = [RunningServer::open(&other).await?, RunningServer::open(&this).await?];
    let [before, after] = &servers;
    let at_rest = [before.server.memory()?, after.server.memory()?];
    let commits = [
        wal::count(&other, load::some_logins(&before.client, options.concurrency, 200)).await?,
        wal::count(&this, load::some_logins(&after.client, options.concurrency, 200)).await?,
    ];
    let saturated = Comparison::measure(options.rounds(), [before, after], async |client| {
        load::saturated(client, options.concurrency, options.turn()).await
    });
    let saturated = saturated.await?;
    let loaded = [before.server.memory()?, after.server.memory()?];
    let paced = Comparison::measure(options.rounds(), [before, after], async |client| {
        load::paced(client, options.rate, options.turn()).await
    });
    let paced = paced.await?;
    let mut rows = vec![
        Row::cpu("the other build and this one, saturated", &saturated),
        Row::cpu(format_args!("{} a second", options.rate), &paced),
    ];
    rows.extend(Row::times("as above", &paced));
    rows.extend([
        Row::commits(format_args!("{} at once", options.concurrency), commits),
        Row::written("with checkpoints", &saturated),
        Row::memory("at rest", at_rest),
        Row::memory("after the saturated load", loaded),
        Row::start("schema up to date", cold_start),
    ]);
    Ok(rows)
}
