//! One figure for two servers, as a row of a table.

use std::fmt::{self, Display};
use std::time::Duration;

use super::comparison::Comparison;
use crate::load::Load;
use crate::numbers::{as_float, megabytes, micros, millis};
use crate::server::Memory;
use crate::wal::Writes;

/// One figure for two servers.
#[derive(Debug)]
pub struct Row {
    what: String,
    /// The figures without and with the compared condition.
    without: String,
    with: String,
    ratio: String,
}

impl Row {
    /// CPU time of a login.
    pub fn cpu(what: impl Display, comparison: &Comparison) -> Self {
        let figure = |load: &Load| load.cpu_each();
        let [without, with] = comparison.sums().map(|load| format!("{} µs", micros(figure(&load))));
        Self { what: format!("CPU, {what}"), without, with, ratio: comparison.ratio(figure) }
    }

    /// CPU time of a login, beside a login of the first server and `more`.
    pub fn cpu_with(what: impl Display, comparison: &Comparison, more: Duration) -> Self {
        let [without, with] = comparison.sums().map(|load| load.cpu_each());
        let (without, ratio) = (without + more, with.as_secs_f64() / (without + more).as_secs_f64().max(1e-9));
        let micros = |figure| format!("{} µs", micros(figure));
        Self {
            what: format!("CPU, {what}"),
            without: micros(without),
            with: micros(with),
            ratio: format!("**{ratio:.2}**"),
        }
    }

    /// The median and the tail of login times, and the machine's idle time: if that is low, the times say nothing
    /// about the server.
    pub fn times(what: &str, comparison: &Comparison) -> [Self; 3] {
        let time = |name, per_mille| {
            let figure = |load: &Load| load.percentile(per_mille);
            let [without, with] = comparison.sums().map(|load| format!("{} ms", millis(figure(&load))));
            Self { what: format!("{name}, {what}"), without, with, ratio: comparison.ratio(figure) }
        };
        let [without, with] = comparison.sums().map(|load| format!("{} %", load.machine.idle_percent()));
        let idle = Self { what: "the machine idle meanwhile".into(), without, with, ratio: String::new() };
        [time("p50", 500), time("p99", 990), idle]
    }

    /// Commits per login.
    pub fn commits(what: impl Display, [without, with]: [Writes; 2]) -> Self {
        let of = |writes: Writes| format!("{:.2}", as_float(writes.commits) / as_float(writes.turns));
        Self { what: format!("commits, {what}"), without: of(without), with: of(with), ratio: String::new() }
    }

    pub fn written(what: impl Display, comparison: &Comparison) -> Self {
        let [without, with] = comparison.sums().map(|load| format!("{:.1} KB", load.written_each()));
        Self { what: format!("written to disk, {what}"), without, with, ratio: String::new() }
    }

    pub fn memory(what: impl Display, [without, with]: [Memory; 2]) -> Self {
        let of = |memory| format!("{} MB", megabytes(memory));
        Self { what: format!("memory, {what}"), without: of(without), with: of(with), ratio: String::new() }
    }

    /// How much more memory the second server has for each of `number` things.
    pub fn memory_of_each(what: impl Display, [without, with]: [Memory; 2], number: usize) -> Self {
        let more = with.own.saturating_sub(without.own) / u64::try_from(number).unwrap_or(u64::MAX).max(1);
        let with = format!("{:.1} KB", as_float(more) / 1000.0);
        Self { what: format!("memory, {what}"), without: String::new(), with, ratio: String::new() }
    }

    pub fn start(what: impl Display, [without, with]: [Duration; 2]) -> Self {
        let of = |took| format!("{} ms", millis(took));
        Self { what: format!("start, {what}"), without: of(without), with: of(with), ratio: String::new() }
    }
}

/// Figures of two servers as a table.
pub fn rows(f: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    writeln!(f, "| two servers in turn | without | with | ratio (of the turns) |\n| --- | ---: | ---: | ---: |")?;
    for Row { what, without, with, ratio } in rows {
        writeln!(f, "| {what} | {without} | {with} | {ratio} |")?;
    }
    Ok(())
}
