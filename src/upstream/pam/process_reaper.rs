//! Ends all processes that PAM's modules start, even one that moved to its own session.

use std::fs;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};

/// After this many rounds the remaining processes are left to the system: they hang in the kernel, or start faster than
/// they are killed.
const MAX_ROUNDS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(2);

/// Kills and reaps all children. This process is the subreaper, so an orphan becomes its child and is killed next.
pub fn kill_all() {
    for _ in 0..MAX_ROUNDS {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        for child in children() {
            let _gone = kill_process(child, Signal::KILL);
        }
        std::thread::sleep(PAUSE);
    }
}

fn children() -> Vec<Pid> {
    let own_pid = getpid().as_raw_nonzero().get().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| parent(*pid).as_deref() == Some(own_pid.as_str())).filter_map(Pid::from_raw).collect()
}

/// `proc_pid_stat(5)`: the number after the state, which follows the name in parentheses.
fn parent(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(1).map(str::to_owned)
}
