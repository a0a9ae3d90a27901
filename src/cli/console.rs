//! What a command prints: results to standard output, errors and notes to standard error.

use std::fmt::Display;
use std::io::Write;

/// Prints a result. A closed standard output is not an error.
pub fn print_line(line: impl Display) {
    let _gone = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints an error or a note.
pub fn print_error(line: impl Display) {
    let _gone = writeln!(std::io::stderr().lock(), "{line}");
}
