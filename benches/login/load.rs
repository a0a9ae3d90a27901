//! Load: as many logins as possible, logins at a fixed rate, and abandoned starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Failed;
use crate::cpu::Machine;
use crate::login_client::LoginClient;
use crate::numbers::as_float;
use crate::server::Server;

/// Completed logins, with their tokens verified, and the duration of each.
#[derive(Debug)]
pub struct CompletedLogins {
    pub durations: Vec<Duration>,
    pub elapsed: Duration,
}

/// Completed logins, and what they cost the server.
#[derive(Debug)]
pub struct Load {
    pub completed: CompletedLogins,
    pub cpu: Duration,
    pub written: u64,
    /// The time of the machine's cores meanwhile.
    pub machine: Machine,
}

impl Load {
    pub async fn measure(
        server: &Server,
        work: impl Future<Output = Result<CompletedLogins, Failed>>,
    ) -> Result<Self, Failed> {
        let (cpu, written, machine) = (server.cpu()?, server.written()?, Machine::so_far()?);
        let mut completed = work.await?;
        let machine = Machine::so_far()?.since(machine);
        completed.durations.sort_unstable();
        let (cpu, written) = (server.cpu()?.saturating_sub(cpu), server.written()?.saturating_sub(written));
        Ok(Self { completed, cpu, written, machine })
    }

    /// Several loads added up.
    pub fn sum(loads: &[Self]) -> Self {
        let mut durations: Vec<_> = loads.iter().flat_map(|load| load.completed.durations.iter().copied()).collect();
        durations.sort_unstable();
        let elapsed = loads.iter().map(|load| load.completed.elapsed).sum();
        let (cpu, written) = (loads.iter().map(|load| load.cpu).sum(), loads.iter().map(|load| load.written).sum());
        let machine = loads.iter().map(|load| load.machine).sum();
        Self { completed: CompletedLogins { durations, elapsed }, cpu, written, machine }
    }

    pub fn logins(&self) -> u32 {
        u32::try_from(self.completed.durations.len()).unwrap_or(u32::MAX).max(1)
    }

    pub fn cpu_each(&self) -> Duration {
        self.cpu / self.logins()
    }

    /// Kilobytes written to disk per login.
    pub fn written_each(&self) -> f64 {
        as_float(self.written) / f64::from(self.logins()) / 1000.0
    }

    pub fn per_second(&self) -> f64 {
        f64::from(self.logins()) / self.completed.elapsed.as_secs_f64()
    }

    /// The time within which this many of a thousand logins ended, each counted from its planned start.
    pub fn percentile(&self, per_mille: usize) -> Duration {
        let at =
            (self.completed.durations.len() * per_mille / 1000).min(self.completed.durations.len().saturating_sub(1));
        self.completed.durations.get(at).copied().unwrap_or_default()
    }
}

/// Logins without a pause, `at_once` at a time.
pub async fn saturated(client: &LoginClient, at_once: usize, duration: Duration) -> Result<CompletedLogins, Failed> {
    let (begun, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (client, next) = (client.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            let mut durations = Vec::new();
            while begun.elapsed() < duration {
                let start = Instant::now();
                client.login(next.fetch_add(1, Ordering::Relaxed)).await?;
                durations.push(start.elapsed());
            }
            Ok::<_, Failed>(durations)
        });
    }
    let durations = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    Ok(CompletedLogins { durations, elapsed: begun.elapsed() })
}

/// Logins at a fixed rate. Each begins at its planned time, even if earlier ones are not finished, and its duration
/// counts from then.
pub async fn paced(client: &LoginClient, rate: u32, duration: Duration) -> Result<CompletedLogins, Failed> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    let (mut number, mut due) = (0, begun);
    while due < begun + duration {
        tokio::time::sleep_until(due.into()).await;
        let client = client.clone();
        tasks.spawn(async move {
            client.login(number).await?;
            Ok::<_, Failed>(due.elapsed())
        });
        number += 1;
        due += Duration::from_secs(1) / rate;
    }
    let durations = tasks.join_all().await.into_iter().collect::<Result<_, _>>()?;
    Ok(CompletedLogins { durations, elapsed: begun.elapsed() })
}

/// Signs everybody in once.
pub async fn each_person_once(client: &LoginClient) -> Result<u64, Failed> {
    some_logins(client, 4, client.people()).await
}

/// Makes `number` logins.
pub async fn some_logins(client: &LoginClient, at_once: usize, number: usize) -> Result<u64, Failed> {
    let login = |client: LoginClient, number| async move { client.login(number).await };
    each(client, at_once, number, login).await
}

/// Begins logins without finishing them.
pub async fn abandoned_starts(client: &LoginClient, at_once: usize, number: usize) -> Result<u64, Failed> {
    let begin = |client: LoginClient, number| async move { client.begin(number).await };
    each(client, at_once, number, begin).await
}

pub async fn health_checks(client: &LoginClient, number: usize) -> Result<u64, Failed> {
    each(client, 1, number, |client: LoginClient, _| async move { client.check_health().await }).await
}

async fn each<F>(
    client: &LoginClient,
    at_once: usize,
    number: usize,
    turn: impl Fn(LoginClient, usize) -> F + Copy + Send + 'static,
) -> Result<u64, Failed>
where
    F: Future<Output = Result<(), Failed>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (client, next) = (client.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let one = next.fetch_add(1, Ordering::Relaxed);
                if one >= number {
                    return Ok::<_, Failed>(());
                }
                turn(client.clone(), one).await?;
            }
        });
    }
    tasks.join_all().await.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(u64::try_from(number)?)
}
