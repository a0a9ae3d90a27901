//! The figures as a Markdown table.

use std::fmt::{self, Display};
use std::io::Write as _;
use std::time::Duration;

use vestibule::web::MAX_HEAD_BYTES;

use crate::baseline::Baseline;
use crate::load::Load;
use crate::numbers::{as_float, megabytes, micros, millis};
use crate::passwords::Passwords;
use crate::request_heads::HEADS;
use crate::scale::Scale;
use crate::server::Memory;
use crate::wal::Writes;
use crate::{Failed, Options};

/// All figures of a run.
#[derive(Debug)]
pub struct Report {
    pub options: Options,
    pub baseline: Baseline,
    pub saturated: Load,
    pub paced: Load,
    pub writes: Writes,
    pub abandoned: Writes,
    pub at_rest: Memory,
    pub loaded: Memory,
    pub with_pending: Memory,
    /// Memory without and with unfinished request heads.
    pub request_heads: [Memory; 2],
    pub cold_start: Duration,
    pub scale: Option<Scale>,
    pub passwords: Option<Passwords>,
}

/// Fails if work that is not a login wrote to the database.
pub fn must_write_nothing(what: &str, writes: &Writes) -> Result<(), Failed> {
    if writes.pages == 0 { Ok(()) } else { Err(format!("{what} wrote: {writes:?}").into()) }
}

pub fn print_error(why: &Failed) {
    let _closed_stderr = writeln!(std::io::stderr(), "login: {why}");
}

impl Report {
    pub fn print(&self) -> Result<(), Failed> {
        Ok(write!(std::io::stdout(), "{self}")?)
    }

    fn baseline_multiple(&self, each: Duration) -> f64 {
        each.as_secs_f64() / self.baseline.sum().as_secs_f64()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { seconds, concurrency, rate, pending, .. } = self.options;
        writeln!(f, "{}\nSQLite, WAL, synchronous NORMAL; log level info.\n", machine())?;
        writeln!(f, "| the baseline, bare operations | times | µs of CPU each |\n| --- | ---: | ---: |")?;
        for part in &self.baseline.0 {
            writeln!(f, "| {} | {} | {} |", part.what, part.times, micros(part.each))?;
        }
        writeln!(f, "| **sum** | | **{}** |\n", micros(self.baseline.sum()))?;

        let (saturated, paced) = (&self.saturated, &self.paced);
        writeln!(f, "| a login | figure |\n| --- | ---: |")?;
        for (load, how) in [
            (
                saturated,
                format!("saturated: {concurrency} at once, {:.0} a second for {seconds} s", saturated.per_second()),
            ),
            (paced, format!("at {rate} a second for {seconds} s")),
        ] {
            let each = load.cpu_each();
            writeln!(f, "| CPU, {how} | **{:.1} × baseline** ({} µs) |", self.baseline_multiple(each), micros(each))?;
        }
        writeln!(
            f,
            "| time at {rate} a second, p50 / p99 / p99.9 | {} / {} / {} ms |",
            millis(paced.percentile(500)),
            millis(paced.percentile(990)),
            millis(paced.percentile(999))
        )?;
        writeln!(f, "| the machine idle at {rate} a second | {} % |", paced.machine.idle_percent())?;
        let per = |count: u64, writes: &Writes| as_float(count) / as_float(writes.turns);
        writeln!(f, "| commits, {concurrency} at once | {:.2} |", per(self.writes.commits, &self.writes))?;
        writeln!(
            f,
            "| written to the log of the database | {:.1} KB |",
            per(self.writes.bytes, &self.writes) / 1000.0
        )?;
        writeln!(f, "| written to disk, saturated, with checkpoints | {:.1} KB |", saturated.written_each())?;
        writeln!(
            f,
            "| commits and bytes of an abandoned start | {} and {} |",
            self.abandoned.commits, self.abandoned.bytes
        )?;
        writeln!(f, "| logins, with verified tokens | {} |\n", saturated.logins() + paced.logins())?;

        writeln!(f, "| the server | figure |\n| --- | ---: |")?;
        writeln!(
            f,
            "| memory, and of it neither binary nor files: at rest / after the load / with {pending} more logins \
             pending | {} / {} / {} MB |",
            megabytes(self.at_rest),
            megabytes(self.loaded),
            megabytes(self.with_pending)
        )?;
        let [before, with_heads] = self.request_heads;
        writeln!(
            f,
            "| memory before and with {HEADS} request heads begun and never finished, {} KB each | {} / {} MB |",
            MAX_HEAD_BYTES / 1024,
            megabytes(before),
            megabytes(with_heads)
        )?;
        writeln!(f, "| cold start to the first 303, schema up to date | {} ms |", millis(self.cold_start))?;
        self.scale.as_ref().map_or(Ok(()), |scale| write!(f, "\n{scale}"))?;
        self.passwords.as_ref().map_or(Ok(()), |passwords| {
            writeln!(f)?;
            passwords.show(f, self.baseline.sum())
        })
    }
}

fn machine() -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown CPU");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores shared by server, university and browsers.", model.trim_start_matches([' ', '\t', ':']))
}
