//! What a command says: results to standard output, troubles to standard error.

use std::fmt::Display;
use std::io::Write;

/// One line for whoever asked. A reader that went away is no trouble of ours.
pub fn say(line: impl Display) {
    let _gone = writeln!(std::io::stdout().lock(), "{line}");
}

/// One line about what went wrong.
pub fn complain(line: impl Display) {
    let _gone = writeln!(std::io::stderr().lock(), "{line}");
}
