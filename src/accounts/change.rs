//! What an operation changed.

use serde::Serialize;

/// Whether an operation changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Done,
    /// The state was the same before. Nothing was written.
    #[serde(rename = "was_so_before")]
    Already,
}
