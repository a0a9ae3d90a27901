//! What a login costs: complete logins through the served binary, as multiples of the floor measured beside them.
//!
//! `cargo bench --bench login`, or with `-- --quick` for a few seconds. Asserts on writes and tokens, never on time.

mod cpu;
mod floor;
mod house;
mod load;
mod person;
mod report;
mod server;
mod wal;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use floor::Floor;
use house::House;
use load::Load;
use person::Errand;
use report::Report;

pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Measures complete logins through the served binary, on loopback, and ends by itself
#[derive(Debug, Clone, Parser)]
#[command(name = "login")]
pub struct Options {
    /// A few seconds in all, for a smoke test: its figures say little
    #[arg(long)]
    quick: bool,
    /// How long each of the two loads lasts
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Logins at once where the server is saturated
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// Logins a second at the fixed rate
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Logins begun and never finished, for the memory they take
    #[arg(long, default_value_t = 20_000)]
    pending: usize,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn settled(self) -> Self {
        if self.quick { Self { seconds: 1, pending: self.pending.min(500), ..self } } else { self }
    }

    fn lasting(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> ExitCode {
    let options = Options::parse().settled();
    match measure(&options).and_then(|report| report.print()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            report::complain(&why);
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<Report, Failed> {
    let floor = Floor::measure(if options.quick { Duration::from_millis(50) } else { Duration::from_millis(500) })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(through_the_server(options, floor))
}

/// One phase after the other, each on what the one before left.
async fn through_the_server(options: &Options, floor: Floor) -> Result<Report, Failed> {
    let house = House::build().await?;
    let first = house.serve().await?;
    // The first logins make the accounts: what is measured is people coming back.
    load::everybody_once(&Errand::to(&house).await?).await?;
    drop(first);

    let cold_start = house.cold_start(if options.quick { 1 } else { 5 }).await?;
    let server = house.serve().await?;
    let errand = Errand::to(&house).await?;
    errand.login(0).await?;
    let at_rest = server.memory()?;

    let writes = wal::count(&house, load::some_logins(&errand, options.concurrency, 200)).await?;
    let abandoned = wal::count(&house, load::begun_only(&errand, options.concurrency, 200)).await?;
    let healthy = wal::count(&house, load::health_checks(&errand, 50)).await?;
    report::must_be_silent("an abandoned start", &abandoned)?;
    report::must_be_silent("a health check", &healthy)?;

    load::saturated(&errand, options.concurrency, options.lasting() / 4).await?;
    let saturated = Load::under(&server, load::saturated(&errand, options.concurrency, options.lasting())).await?;
    let loaded = server.memory()?;
    let paced = Load::under(&server, load::paced(&errand, options.rate, options.lasting())).await?;
    load::begun_only(&errand, options.concurrency, options.pending).await?;
    let with_pending = server.memory()?;

    Ok(Report {
        options: options.clone(),
        floor,
        saturated,
        paced,
        writes,
        abandoned,
        at_rest,
        loaded,
        with_pending,
        cold_start,
    })
}
