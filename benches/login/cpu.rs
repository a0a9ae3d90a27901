//! CPU time from Linux's `/proc`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Failed;

/// The CPU time of one thread, in nanoseconds if the kernel counts them.
#[derive(Debug)]
pub struct Thread(PathBuf);

impl Thread {
    /// The current thread.
    pub fn this() -> Result<Self, Failed> {
        let own = std::fs::read_link("/proc/thread-self")?;
        Ok(Self(Path::new("/proc").join(own).join("schedstat")))
    }

    pub fn spent(&self) -> Result<Duration, Failed> {
        let text = std::fs::read_to_string(&self.0)?;
        let nanos = text.split_whitespace().next().ok_or("an empty schedstat")?;
        Ok(Duration::from_nanos(nanos.parse()?))
    }
}

/// The CPU time of all threads of this process, if none of them ends meanwhile.
pub fn of_all_threads() -> Result<Duration, Failed> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task")? {
        sum += Thread(thread?.path().join("schedstat")).spent()?;
    }
    Ok(sum)
}

/// The CPU time of a whole process with its ended threads: user and system (proc(5), fields 14 and 15).
pub fn of_process(pid: u32) -> Result<Duration, Failed> {
    /// `USER_HZ`: Linux reports hundredths of a second, whatever its internal unit is.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name is in brackets and may contain anything. Field 3 follows it.
    let (_, rest) = stat.rsplit_once(')').ok_or("a stat without a name")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || fields.next().ok_or("a short stat").and_then(|n| n.parse::<u32>().map_err(|_| "no number"));
    Ok(TICK * (next()? + next()?))
}

/// The time of all cores since the machine started (proc(5), `/proc/stat`), in ticks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine {
    idle: u64,
    all: u64,
}

impl Machine {
    pub fn so_far() -> Result<Self, Failed> {
        let text = std::fs::read_to_string("/proc/stat")?;
        let line = text.lines().find_map(|line| line.strip_prefix("cpu ")).ok_or("a stat without its cores")?;
        // user nice system idle iowait irq softirq steal. `user` includes guests.
        let ticks: Vec<u64> = line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { idle: ticks.iter().skip(3).take(2).sum(), all: ticks.iter().sum() })
    }

    pub fn since(self, earlier: Self) -> Self {
        Self { idle: self.idle.saturating_sub(earlier.idle), all: self.all.saturating_sub(earlier.all) }
    }

    pub fn idle_percent(self) -> u64 {
        100 * self.idle / self.all.max(1)
    }
}

impl std::iter::Sum for Machine {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self { idle: sum.idle + one.idle, all: sum.all + one.all })
    }
}
