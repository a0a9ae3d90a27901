//! Logs a panic as one line with its place in the source. Never logs the panic's own message, because it may hold data
//! from a server or a person (security rule C56).

use std::panic::Location;

use super::console;

/// Replaces the hook of the standard library, which prints the message.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let message = message(panic.location());
        if tracing::dispatcher::has_been_set() {
            tracing::error!(cause = "panic", "{message}");
        } else {
            console::print_error(message);
        }
    }));
}

fn message(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", path_in_crate(place.file()), place.line()),
    );
    format!("internal error at {place}; this is a bug in Vestibule, so please report it")
}

/// The file without the folders of the machine that built it: `ldap3-0.12.1/src/result.rs`.
fn path_in_crate(file: &str) -> &str {
    let Some((before, _)) = file.split_once("/src/").and_then(|_| file.rsplit_once("/src/")) else { return file };
    let start = before.rfind('/').map_or(0, |slash| slash + 1);
    file.get(start..).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{install_hook, path_in_crate};

    const PANICS: &str = "VESTIBULE_TEST_PANICS";

    // C56
    #[test]
    fn a_panic_shows_its_place_and_never_its_message() {
        if std::env::var_os(PANICS).is_some() {
            install_hook();
            assert!(std::thread::spawn(|| panic!("bytes: {:?}", "hunter22")).join().is_err());
            return;
        }
        let name = "cli::panics::tests::a_panic_shows_its_place_and_never_its_message";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let again = again.args(["--exact", name, "--nocapture"]).env(PANICS, "1").env("RUST_BACKTRACE", "1");
        let out = again.output().unwrap();
        let output = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && output.contains("internal error at src/cli/panics.rs:"), "{output}");
        assert!(!output.contains("hunter22"), "{output}");
    }

    #[test]
    fn a_place_in_a_library_is_shown_without_folders_of_the_build_machine() {
        let file = "/home/src/x/.cargo/registry/src/index-1949/ldap3-0.12.1/src/result.rs";
        assert_eq!(path_in_crate(file), "ldap3-0.12.1/src/result.rs");
        assert_eq!(path_in_crate("src/cli/mod.rs"), "src/cli/mod.rs");
    }
}
