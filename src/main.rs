//! The binary `vestibule`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vestibule::cli::main()
}
