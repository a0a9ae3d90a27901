//! The cost of durability in a power cut: SQLite's `synchronous = FULL` compared with NORMAL.

use super::comparison::{Comparison, RunningServer};
use super::row::Row;
use crate::deployment::{Deployment, Plan};
use crate::{Failed, Options, load};

const NORMAL: &str = "[database]\nsynchronous = \"normal\"\n";
const FULL: &str = "[database]\nsynchronous = \"full\"\n";

pub async fn full(options: &Options) -> Result<Vec<Row>, Failed> {
    let normal = RunningServer::open(&Deployment::build(&Plan { tables: NORMAL, ..Plan::plain() }).await?).await?;
    let full = RunningServer::open(&Deployment::build(&Plan { tables: FULL, ..Plan::plain() }).await?).await?;
    let comparison = Comparison::measure(options.rounds(), [&normal, &full], async |client| {
        load::paced(client, options.rate, options.turn()).await
    });
    let comparison = comparison.await?;
    let mut rows =
        vec![Row::cpu(format_args!("{} a second, synchronous FULL beside NORMAL", options.rate), &comparison)];
    rows.extend(Row::times("as above", &comparison));
    Ok(rows)
}
