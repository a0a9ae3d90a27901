//! What a login costs: complete logins through the served binary, as multiples of the baseline measured beside them.
//!
//! `cargo bench --bench login`, or with `-- --quick` for a few seconds. Asserts on writes and tokens, never on time:
//! however slow the machine is, it ends well.

mod cpu;
mod baseline;
mod request_heads;
mod deployment;
mod load;
mod passwords;
mod login_client;
mod report;
mod scale;
mod server;
mod wal;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use baseline::Baseline;
use deployment::{Deployment, Plan};
use load::Load;
use login_client::LoginClient;
use passwords::Passwords;
use report::Report;
use scale::Scale;

pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Measures complete logins through the served binary, on loopback, and ends by itself
#[derive(Debug, Clone, Parser)]
#[command(name = "login")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
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
    #[arg(long, default_value_t = 100_000)]
    pending: usize,
    /// Also what many accounts, providers and apps cost, and a provider that does not answer: some minutes more
    #[arg(long)]
    scale: bool,
    /// Also what a login by password costs, and what floods of them and a hook that hangs do to the others
    #[arg(long)]
    passwords: bool,
    /// Only compare with another build by turns: CPU, times, commits and memory. BINARY is its `vestibule`
    #[arg(long, value_name = "BINARY")]
    against: Option<PathBuf>,
    /// A Python with `aiohttp`, `pyjwt` and `cryptography`, for the comparison
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Accounts where there are many
    #[arg(long, default_value_t = 1_000_000)]
    accounts: usize,
    /// Providers where there are many, and apps
    #[arg(long, default_value_t = 10_000)]
    providers: usize,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn with_quick_limits(self) -> Self {
        if !self.quick {
            return self;
        }
        let (pending, accounts, providers) = (self.pending.min(500), self.accounts.min(1_000), self.providers.min(20));
        // Few enough for any machine: where logins come faster than they go, the last of them wait longer than the
        // server does.
        let rate = self.rate.min(20);
        Self { seconds: 1, scale: true, passwords: true, pending, accounts, providers, rate, ..self }
    }

    /// How often two servers are compared, and for how long each time.
    fn rounds(&self) -> u32 {
        if self.quick { 1 } else { 5 }
    }

    fn turn(&self) -> Duration {
        self.duration() / 5
    }

    fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> ExitCode {
    let options = Options::parse().with_quick_limits();
    let measured = match &options.against {
        Some(binary) => compare(binary, &options),
        None => measure(&options).and_then(|report| report.print()),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            report::print_error(&why);
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<Report, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run_phases(options))
}

fn compare(binary: &Path, options: &Options) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let comparison = runtime.block_on(Scale::against(binary, options))?;
    Ok(write!(std::io::stdout(), "{comparison}")?)
}

/// It blocks, so it has a thread of its own.
async fn baseline(options: &Options) -> Result<Baseline, Failed> {
    let patience = Duration::from_millis(if options.quick { 50 } else { 500 });
    tokio::task::spawn_blocking(move || Baseline::measure(patience)).await?
}

/// One phase after the other, each on what the one before left.
async fn run_phases(options: &Options) -> Result<Report, Failed> {
    let deployment = Deployment::build(&Plan::plain()).await?;
    let first = deployment.serve().await?;
    // The first logins make the accounts: what is measured is people coming back.
    load::each_person_once(&LoginClient::connect(&deployment).await?).await?;
    drop(first);

    let cold_start = deployment.cold_start(if options.quick { 1 } else { 5 }).await?;
    let server = deployment.serve().await?;
    let client = LoginClient::connect(&deployment).await?;
    client.login(0).await?;
    let at_rest = server.memory()?;

    let writes = wal::count(&deployment, load::some_logins(&client, options.concurrency, 200)).await?;
    let abandoned = wal::count(&deployment, load::abandoned_starts(&client, options.concurrency, 200)).await?;
    let healthy = wal::count(&deployment, load::health_checks(&client, 50)).await?;
    report::must_write_nothing("an abandoned start", &abandoned)?;
    report::must_write_nothing("a health check", &healthy)?;

    load::saturated(&client, options.concurrency, options.duration() / 4).await?;
    // Before and after: neighbours slow a machine down, and let it go again.
    let before = baseline(options).await?;
    let saturated = Load::measure(&server, load::saturated(&client, options.concurrency, options.duration())).await?;
    let baseline = before.between(baseline(options).await?);
    let loaded = server.memory()?;
    let paced = Load::measure(&server, load::paced(&client, options.rate, options.duration())).await?;
    load::abandoned_starts(&client, options.concurrency, options.pending).await?;
    let with_pending = server.memory()?;
    let request_heads = request_heads::measure(&server, client.origin()).await?;
    drop(server);
    let scale = if options.scale { Some(Scale::measure(options).await?) } else { None };
    let passwords = if options.passwords { Some(Passwords::measure(options).await?) } else { None };

    Ok(Report {
        options: options.clone(),
        baseline,
        saturated,
        paced,
        writes,
        abandoned,
        at_rest,
        loaded,
        with_pending,
        request_heads,
        cold_start,
        scale,
        passwords,
    })
}
