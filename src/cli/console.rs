//! What a command prints: results to standard output, errors and notes to standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;

/// Why the first lost line could not be written to standard output.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Prints a result. [`exit_status`] reports a failure at the end.
pub fn print_line(line: impl Display) {
    if let Err(why) = writeln!(io::stdout().lock(), "{line}") {
        let _first = LOST.set(why);
    }
}

/// Prints an error or a note.
pub fn print_error(line: impl Display) {
    let _gone = writeln!(io::stderr().lock(), "{line}");
}

/// Shows the progress of long work, if standard error is a terminal.
pub fn show_progress(done: impl Display, all: impl Display) {
    if io::stderr().is_terminal() {
        let _gone = write!(io::stderr(), "\r{done} of {all}");
    }
}

/// Removes the line of [`show_progress`].
pub fn clear_progress() {
    if io::stderr().is_terminal() {
        let _gone = write!(io::stderr(), "\r\x1b[K");
    }
}

/// Whether a result could not be written to standard output.
pub fn is_output_lost() -> bool {
    LOST.get().is_some()
}

/// The exit status of a command that ends with `status`: a failure if a result could not be written. A reader that
/// ended early, such as `head`, is not a failure.
pub fn exit_status(status: ExitCode) -> ExitCode {
    match LOST.get() {
        Some(why) if why.kind() != ErrorKind::BrokenPipe => {
            print_error(format_args!("standard output can't be written: {why}; the output is incomplete"));
            ExitCode::FAILURE
        }
        Some(_) | None => status,
    }
}
