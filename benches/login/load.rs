//! Many logins: as many as go through, or so many a second; and starts that nobody finishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Failed;
use crate::cpu::Machine;
use crate::person::Errand;
use crate::report::as_float;
use crate::server::Server;

/// Logins that went through, every token verified, and how long each took.
#[derive(Debug)]
pub struct Through {
    pub took: Vec<Duration>,
    pub wall: Duration,
}

/// What they cost the server.
#[derive(Debug)]
pub struct Load {
    pub through: Through,
    pub cpu: Duration,
    pub written: u64,
    /// What the whole machine did meanwhile.
    pub machine: Machine,
}

impl Load {
    pub async fn under(server: &Server, work: impl Future<Output = Result<Through, Failed>>) -> Result<Self, Failed> {
        let (cpu, written, machine) = (server.cpu()?, server.written()?, Machine::so_far()?);
        let mut through = work.await?;
        let machine = Machine::so_far()?.since(machine);
        through.took.sort_unstable();
        let (cpu, written) = (server.cpu()?.saturating_sub(cpu), server.written()?.saturating_sub(written));
        Ok(Self { through, cpu, written, machine })
    }

    /// Several loads as if they were one.
    pub fn sum(loads: &[Self]) -> Self {
        let mut took: Vec<_> = loads.iter().flat_map(|load| load.through.took.iter().copied()).collect();
        took.sort_unstable();
        let wall = loads.iter().map(|load| load.through.wall).sum();
        let (cpu, written) = (loads.iter().map(|load| load.cpu).sum(), loads.iter().map(|load| load.written).sum());
        let machine = loads.iter().map(|load| load.machine).sum();
        Self { through: Through { took, wall }, cpu, written, machine }
    }

    pub fn logins(&self) -> u32 {
        u32::try_from(self.through.took.len()).unwrap_or(u32::MAX).max(1)
    }

    pub fn cpu_each(&self) -> Duration {
        self.cpu / self.logins()
    }

    /// What a login had written to disk, in kilobytes.
    pub fn written_each(&self) -> f64 {
        as_float(self.written) / f64::from(self.logins()) / 1000.0
    }

    pub fn a_second(&self) -> f64 {
        f64::from(self.logins()) / self.through.wall.as_secs_f64()
    }

    /// The time within which so many of a thousand were done, each counted from when it should have begun.
    pub fn within(&self, of_a_thousand: usize) -> Duration {
        let at = (self.through.took.len() * of_a_thousand / 1000).min(self.through.took.len().saturating_sub(1));
        self.through.took.get(at).copied().unwrap_or_default()
    }
}

/// Logins without a pause, `at_once` at a time.
pub async fn saturated(errand: &Errand, at_once: usize, lasting: Duration) -> Result<Through, Failed> {
    let (begun, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut crowd = JoinSet::new();
    for _ in 0..at_once {
        let (errand, next) = (errand.clone(), Arc::clone(&next));
        crowd.spawn(async move {
            let mut took = Vec::new();
            while begun.elapsed() < lasting {
                let start = Instant::now();
                errand.login(next.fetch_add(1, Ordering::Relaxed)).await?;
                took.push(start.elapsed());
            }
            Ok::<_, Failed>(took)
        });
    }
    let took = crowd.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    Ok(Through { took, wall: begun.elapsed() })
}

/// So many logins a second, each begun when its time has come whatever became of the others; its time counts from the
/// moment it should have begun.
pub async fn paced(errand: &Errand, rate: u32, lasting: Duration) -> Result<Through, Failed> {
    let begun = Instant::now();
    let mut crowd = JoinSet::new();
    let (mut number, mut due) = (0, begun);
    while due < begun + lasting {
        tokio::time::sleep_until(due.into()).await;
        let errand = errand.clone();
        crowd.spawn(async move {
            errand.login(number).await?;
            Ok::<_, Failed>(due.elapsed())
        });
        number += 1;
        due += Duration::from_secs(1) / rate;
    }
    let took = crowd.join_all().await.into_iter().collect::<Result<_, _>>()?;
    Ok(Through { took, wall: begun.elapsed() })
}

/// Everybody signs in for the first time.
pub async fn everybody_once(errand: &Errand) -> Result<u64, Failed> {
    some_logins(errand, 4, errand.people()).await
}

/// A number of logins.
pub async fn some_logins(errand: &Errand, at_once: usize, number: usize) -> Result<u64, Failed> {
    let login = |errand: Errand, number| async move { errand.login(number).await };
    each(errand, at_once, number, login).await
}

/// Starts that nobody finishes.
pub async fn begun_only(errand: &Errand, at_once: usize, number: usize) -> Result<u64, Failed> {
    let begin = |errand: Errand, number| async move { errand.begin(number).await };
    each(errand, at_once, number, begin).await
}

pub async fn health_checks(errand: &Errand, number: usize) -> Result<u64, Failed> {
    each(errand, 1, number, |errand: Errand, _| async move { errand.ask_health().await }).await
}

async fn each<F>(
    errand: &Errand,
    at_once: usize,
    number: usize,
    turn: impl Fn(Errand, usize) -> F + Copy + Send + 'static,
) -> Result<u64, Failed>
where
    F: Future<Output = Result<(), Failed>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut crowd = JoinSet::new();
    for _ in 0..at_once {
        let (errand, next) = (errand.clone(), Arc::clone(&next));
        crowd.spawn(async move {
            loop {
                let one = next.fetch_add(1, Ordering::Relaxed);
                if one >= number {
                    return Ok::<_, Failed>(());
                }
                turn(errand.clone(), one).await?;
            }
        });
    }
    crowd.join_all().await.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(u64::try_from(number)?)
}
