//! One request to a helper process: start it, ask, read the answer, kill it with everything that it started.
//!
//! The modules of libpam may run any code, block without limit and crash the process. So libpam is opened in another
//! process: this program, started again with a hidden command.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::oneshot;

use super::wire::{self, Answer, HelperRequest, HelperTask};
use crate::base::redaction::Redaction;

/// The hidden command.
pub const COMMAND: &str = "pam-helper";
/// The beginning of the helper's own error messages. Other lines are a module's.
pub const ERROR_PREFIX: &str = "the helper for PAM: ";
/// Bytes of the longest answer, and of the modules' output that are kept.
const LONGEST: u64 = 1 << 20;
const MOST_OUTPUT: usize = 1024;
/// How long a helper may take to end by itself after the socket is closed.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("its helper can't be started: {0}")]
    NotStarted(io::Error),
    #[error("no answer in time")]
    TimedOut,
    #[error("its helper ended without an answer: {0}")]
    Exited(ExitStatus),
}

/// How a request ended.
#[derive(Debug)]
pub struct HelperOutcome {
    pub answer: Result<Answer, RequestError>,
    /// The output of modules: one line, without the typed name and password.
    pub output: String,
}

/// Starts a helper, and a thread that waits for it. `hold` is dropped when the helper is gone. Dropping the receiver
/// does not end the helper.
pub fn send(
    program: PathBuf,
    request: HelperRequest,
    deadline: Instant,
    hold: impl Send + 'static,
) -> oneshot::Receiver<HelperOutcome> {
    let (sender, receiver) = oneshot::channel();
    let run = move || {
        let done = run(program, &request, deadline);
        drop(hold);
        // The caller may have stopped waiting.
        let _dropped = sender.send(done);
    };
    // Without a thread the sender is dropped, and the receiver returns an error.
    if let Err(why) = std::thread::Builder::new().name("pam".into()).spawn(run) {
        tracing::error!(error = %why, "no thread to wait for PAM");
    }
    receiver
}

fn run(program: PathBuf, request: &HelperRequest, deadline: Instant) -> HelperOutcome {
    let mut helper = match Helper::start(program) {
        Ok(helper) => helper,
        Err(why) => return HelperOutcome { answer: Err(RequestError::NotStarted(why)), output: String::new() },
    };
    let line = helper.ask(request, deadline);
    let (status, output) = helper.end();
    let answer = match line {
        Ok(line) => serde_json::from_slice(&line).map_err(|_| match status {
            Ok(status) => RequestError::Exited(status),
            Err(why) => RequestError::NotStarted(why),
        }),
        Err(why) if matches!(why.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Err(RequestError::TimedOut)
        }
        Err(why) => Err(match status {
            Ok(status) => RequestError::Exited(status),
            Err(_) => RequestError::NotStarted(why),
        }),
    };
    HelperOutcome { answer, output: printable(&output, &request.ask) }
}

struct Helper {
    child: Child,
    socket: UnixStream,
    output: UnixStream,
}

impl Helper {
    /// Starts it without environment, in `/`, with two open files: a socket for the answer and one for messages.
    fn start(program: PathBuf) -> io::Result<Self> {
        let (socket, helper_end) = UnixStream::pair()?;
        let (output, output_end) = UnixStream::pair()?;
        let child = Command::new(program)
            .arg0("vestibule")
            .arg(COMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(helper_end)))
            .stdout(Stdio::from(std::os::fd::OwnedFd::from(output_end.try_clone()?)))
            .stderr(Stdio::from(std::os::fd::OwnedFd::from(output_end)))
            .spawn()?;
        Ok(Self { child, socket, output })
    }

    /// Sends the request and reads the answer's line.
    fn ask(&mut self, request: &HelperRequest, deadline: Instant) -> io::Result<Vec<u8>> {
        self.socket.set_write_timeout(Some(time_left(deadline)?))?;
        let mut bytes = wire::encode(request);
        let sent = self.socket.write_all(&bytes);
        wire::wipe(&mut bytes);
        sent?;
        let mut line = Vec::new();
        let mut part = [0; 4096];
        while !line.ends_with(b"\n") {
            self.socket.set_read_timeout(Some(time_left(deadline)?))?;
            match self.socket.read(&mut part)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if line.len() as u64 > LONGEST => return Err(io::ErrorKind::InvalidData.into()),
                read => line.extend(part.iter().take(read)),
            }
        }
        Ok(line)
    }

    /// Closes the socket, so that the helper ends, and kills everything that it started. Returns how it ended and its
    /// output.
    fn end(mut self) -> (io::Result<ExitStatus>, Vec<u8>) {
        let _gone = self.socket.shutdown(Shutdown::Write);
        // The helper's end of the socket closes when it ends. If it doesn't, it is killed with its process group, which
        // it makes before it starts anything.
        let deadline = Instant::now() + EXIT_TIMEOUT;
        while let Ok(left) = time_left(deadline)
            && self.socket.set_read_timeout(Some(left)).is_ok()
            && self.socket.read(&mut [0; 64]).is_ok_and(|read| read > 0)
        {}
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _gone = group.map(|group| kill_process_group(group, Signal::KILL));
        let _dead = self.child.kill();
        let status = self.child.wait();
        let mut output = Vec::new();
        let mut part = [0; MOST_OUTPUT];
        // Reads only what has arrived: a process that escaped may hold the other end open for ever.
        if self.output.set_nonblocking(true).is_ok()
            && let Ok(read) = self.output.read(&mut part)
        {
            output.extend(part.iter().take(read));
        }
        (status, output)
    }
}

fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// One line of what modules printed, or only a note if it holds the typed name or password. (Cutting out just those
/// words would show a short password by the letters that are missing.)
fn printable(output: &[u8], ask: &HelperTask) -> String {
    if output.is_empty() {
        return String::new();
    }
    let output = String::from_utf8_lossy(output);
    if let HelperTask::Check { name, password } = ask
        && Redaction::of([password, name].map(|typed| typed.expose().as_str())).is_in(&output)
    {
        return "(it held the typed name or password)".into();
    }
    let plain: String = output.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::printable;
    use crate::base::secret::Secret;
    use crate::upstream::pam::wire::HelperTask;

    // C56
    #[test]
    fn module_output_is_one_line_and_never_holds_the_typed_name_or_password() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let ask = || HelperTask::Check { name: secret("ada"), password: secret("open sesame") };
        assert_eq!(printable(b"the \x1b[1mserver\n\nis away\n", &ask()), "the [1mserver is away");
        for output in ["tried ada", "with open sesame.", "password=open+sesame", "Basic YWRhOm9wZW4gc2VzYW1l"] {
            assert_eq!(printable(output.as_bytes(), &ask()), "(it held the typed name or password)");
        }
        assert_eq!(printable(b"", &HelperTask::Inspect), "");
    }
}
