//! `[access_requests]`: people without an account who ask to be let in.

use std::time::Duration;

use super::reader::{Fault, Section, duration, integer};

/// How long access requests are kept, and how many may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessRequestSettings {
    /// Counted from the decision, or from the last time that the person asked.
    pub keep: Duration,
    /// The most requests that wait for a decision. Beyond it, no page offers to ask.
    pub most: u32,
}

impl AccessRequestSettings {
    pub(super) fn read(section: &mut Section) -> Self {
        const DAY: Duration = Duration::from_hours(24);
        let keep = section.optional("keep", duration).unwrap_or(30 * DAY);
        if keep < DAY {
            section.note_fault("keep", Fault::new("is less than a day").fix("write days, such as \"30d\""));
        }
        Self { keep, most: section.optional("most", integer(1..=100_000)).unwrap_or(1_000) }
    }
}
