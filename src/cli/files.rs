//! How many files the process may have open: each connection is one.

use rustix::process::{Resource, getrlimit, setrlimit};

/// More are of no use.
const ENOUGH: u64 = 65_536;

/// Raises the soft limit of open files to the hard limit, and gives the limit. On most systems the hard limit is many
/// times the 1,024 that a process begins with.
#[must_use]
pub fn as_many_as_granted() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let granted = limit.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if limit.current.is_some_and(|now| now < granted) {
        limit.current = Some(granted);
        if let Err(why) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(error = %why, granted, "the limit of open files stays as it is");
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH).min(ENOUGH)
}

#[cfg(test)]
mod tests {
    use super::as_many_as_granted;

    #[test]
    fn no_fewer_are_granted_than_were_before_and_asking_again_changes_nothing() {
        let granted = as_many_as_granted();
        assert!(granted >= 256, "{granted}");
        assert_eq!(as_many_as_granted(), granted);
    }
}
