//! The cost of a login: complete logins through the served binary, as multiples of the baseline.
//!
//! `cargo bench --bench login`, or with `-- --quick` for a few seconds. It checks writes and tokens, but never times,
//! so it also succeeds on a slow machine.

mod cpu;
mod baseline;
mod request_heads;
mod deployment;
mod http_client;
mod load;
mod passwords;
mod login_client;
mod numbers;
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
use scale::search::Search;

pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Measures complete logins through the served binary, on loopback, and ends by itself
#[derive(Debug, Clone, Parser)]
#[command(name = "login")]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent command-line switch")]
pub struct Options {
    /// A few seconds in all, for a smoke test: its figures say little
    #[arg(long)]
    quick: bool,
    /// How long each of the two loads lasts
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Logins at once under saturation
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// Logins a second at the fixed rate
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Logins begun and never finished, for the memory they take
    #[arg(long, default_value_t = 100_000)]
    pending: usize,
    /// Also measure many accounts, providers and apps, and a provider that does not answer: some minutes more
    #[arg(long)]
    scale: bool,
    /// Also measure logins by password, and how a flood of them or a hanging webhook affects other logins
    #[arg(long)]
    passwords: bool,
    /// Only compare with another build, in turn: CPU, times, commits and memory. BINARY is its `vestibule`
    #[arg(long, value_name = "BINARY")]
    against: Option<PathBuf>,
    /// A Python with `aiohttp`, `pyjwt` and `cryptography`, for the comparison
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Accounts in the measurement with many accounts
    #[arg(long, default_value_t = 1_000_000)]
    accounts: usize,
    /// Only measure the search of accounts, among this many, on SQLite: 10000000 take 3 GB in the temporary folder
    #[arg(long, value_name = "ACCOUNTS")]
    search_accounts: Option<usize>,
    /// Providers and apps in the measurement with many of them
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
        // A rate for any machine. If logins arrive faster than they finish, the last ones exceed the server's timeouts.
        let rate = self.rate.min(20);
        Self { seconds: 1, scale: true, passwords: true, pending, accounts, providers, rate, ..self }
    }

    /// How many times two servers are compared.
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
    let measured = match (&options.against, options.search_accounts) {
        (Some(binary), _) => compare(binary, &options),
        (None, Some(accounts)) => search(accounts),
        (None, None) => measure(&options).and_then(|report| report.print()),
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

fn search(accounts: usize) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let search = runtime.block_on(Search::measure(accounts))?;
    Ok(write!(std::io::stdout(), "{search}")?)
}

/// Measures on a thread of its own, because it blocks.
async fn baseline(options: &Options) -> Result<Baseline, Failed> {
    let duration = Duration::from_millis(if options.quick { 50 } else { 500 });
    tokio::task::spawn_blocking(move || Baseline::measure(duration)).await?
}

/// Runs the phases in order. Each begins with the state that the previous one left.
async fn run_phases(options: &Options) -> Result<Report, Failed> {
    let deployment = Deployment::build(&Plan::plain()).await?;
    let first = deployment.serve().await?;
    // The first logins make the accounts, so the measured logins are of returning people.
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
    // Measured before and after, because other virtual machines may slow this one down for a while.
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
