//! The served binary as a separate process, with its use of resources from Linux.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::ChildProcess;

use crate::http_client::http_client;
use crate::{Failed, cpu};

/// Memory in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub resident: u64,
    /// Without the pages of the binary and of files, which the system can drop and read again.
    pub own: u64,
}

/// A server process, which ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: ChildProcess,
    /// Time from its start to its first redirect.
    pub took: Duration,
}

impl Server {
    /// Starts `binary`, and waits for the first redirect from `url`.
    pub async fn start(binary: &Path, config: &Path, url: &str) -> Result<Self, Failed> {
        /// A config with thousands of providers starts slowly.
        const START_TIMEOUT: Duration = Duration::from_mins(5);
        let http = http_client()?;
        let begun = Instant::now();
        let mut command = Command::new(binary);
        command.arg("serve").arg("--config").arg(config);
        // The log is written and discarded, so its cost is part of a login.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self { child: ChildProcess(command.spawn()?), took: Duration::ZERO };
        while begun.elapsed() < START_TIMEOUT {
            if let Some(ended) = server.child.0.try_wait()? {
                return Err(format!("the server ended by itself: {ended}").into());
            }
            if let Ok(answer) = http.get(url).send().await
                && answer.status() == reqwest::StatusCode::SEE_OTHER
            {
                server.took = begun.elapsed();
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the server did not begin to serve".into())
    }

    /// CPU time since the server started.
    pub fn cpu(&self) -> Result<Duration, Failed> {
        cpu::of_process(self.child.0.id())
    }

    /// Its current memory.
    pub fn memory(&self) -> Result<Memory, Failed> {
        let bytes = |name| Ok::<_, Failed>(1024 * self.read_counter("status", name)?);
        Ok(Memory { resident: bytes("VmRSS:")?, own: bytes("RssAnon:")? })
    }

    /// Bytes written to disk since the server started.
    pub fn written(&self) -> Result<u64, Failed> {
        self.read_counter("io", "write_bytes:")
    }

    fn read_counter(&self, file: &str, name: &str) -> Result<u64, Failed> {
        let text = std::fs::read_to_string(format!("/proc/{}/{file}", self.child.0.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("a counter is missing in /proc")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}
