//! What it costs to lose nothing in a power cut: SQLite's `synchronous = FULL` beside NORMAL.

use super::Row;
use super::turns::{Here, Turns};
use crate::house::{House, Plan};
use crate::{Failed, Options, load};

const NORMAL: &str = "[database]\nsynchronous = \"normal\"\n";
const FULL: &str = "[database]\nsynchronous = \"full\"\n";

pub async fn full(options: &Options) -> Result<Vec<Row>, Failed> {
    let normal = Here::open(&House::build(&Plan { tables: NORMAL, ..Plan::plain() }).await?).await?;
    let full = Here::open(&House::build(&Plan { tables: FULL, ..Plan::plain() }).await?).await?;
    let turns = Turns::take(options.rounds(), [&normal, &full], async |errand| {
        load::paced(errand, options.rate, options.turn()).await
    });
    let turns = turns.await?;
    let mut rows = vec![Row::cpu(format_args!("{} a second, synchronous FULL beside NORMAL", options.rate), &turns)];
    rows.extend(Row::times("as above", &turns));
    Ok(rows)
}
