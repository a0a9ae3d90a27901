//! The limit of open files. Each connection counts as an open file.

use rustix::process::{Resource, getrlimit, setrlimit};

/// The server never needs more open files than this.
const MAX_OPEN_FILES: u64 = 65_536;

/// Raises the soft limit of open files to the hard limit, and returns the limit. On most systems the hard limit is many
/// times the 1,024 that a process begins with.
#[must_use]
pub fn raise() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let granted = limit.maximum.map_or(MAX_OPEN_FILES, |most| most.min(MAX_OPEN_FILES));
    if limit.current.is_some_and(|now| now < granted) {
        limit.current = Some(granted);
        if let Err(why) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(error = %why, granted, "the limit of open files could not be raised");
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(MAX_OPEN_FILES).min(MAX_OPEN_FILES)
}

#[cfg(test)]
mod tests {
    use super::raise;

    #[test]
    fn raising_the_limit_twice_gives_the_same_limit() {
        let granted = raise();
        assert!(granted >= 256, "{granted}");
        assert_eq!(raise(), granted);
    }
}
