//! What an act changed.

use serde::Serialize;

/// Whether an act changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Done,
    /// It was so before: nothing was written.
    WasSoBefore,
}

impl From<bool> for Change {
    fn from(changed: bool) -> Self {
        if changed { Self::Done } else { Self::WasSoBefore }
    }
}
