//! Whether this process may open more files. Each connection counts as an open file.

use std::error::Error;
use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// What to do if it may not. The system's message distinguishes the two limits (`EMFILE`, `ENFILE`).
pub const RAISE_LIMIT: &str = "raise the limit of open files: of this process (LimitNOFILE, ulimit -n), or of the \
                               whole system (fs.file-max)";

/// How many files a library may open, and close again, before it reports a failure.
const OPENED_AT_ONCE: u64 = 8;

/// Whether an error says that this process, or this machine, has too many open files.
#[must_use]
pub fn is_at_limit(why: &io::Error) -> bool {
    let codes = [Errno::MFILE.raw_os_error(), Errno::NFILE.raw_os_error()];
    // A library may wrap the system's error, to add a path to it.
    let causes = std::iter::successors(Some(why as &(dyn Error + 'static)), |&why| why.source());
    let mut system = causes.filter_map(|why| why.downcast_ref::<io::Error>()?.raw_os_error());
    system.any(|code| codes.contains(&code))
}

/// Whether only a few files are left. This may be the cause of an error that does not name its cause.
#[must_use]
pub fn are_almost_at_limit() -> bool {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return false };
    match std::fs::read_dir("/proc/self/fd") {
        Ok(open) => u64::try_from(open.count()).is_ok_and(|open| open.saturating_add(OPENED_AT_ONCE) > limit),
        Err(why) => is_at_limit(&why),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::is_at_limit;

    #[derive(Debug, thiserror::Error)]
    #[error("at {path}")]
    struct WithPath {
        path: &'static str,
        source: io::Error,
    }

    #[test]
    fn only_errors_about_open_files_are_about_the_limit() {
        for (code, expected) in [(24, true), (23, true), (2, false), (13, false)] {
            assert_eq!(is_at_limit(&io::Error::from_raw_os_error(code)), expected, "{code}");
        }
        let wrapped = WithPath { path: "/x", source: io::Error::from_raw_os_error(24) };
        assert!(is_at_limit(&io::Error::other(wrapped)));
    }
}
