//! What one kind of app asks of arrive, permit, seal and send. A new kind is one file here and one line in [`kind`].

pub mod galene;
pub mod plain;

use crate::signin::arrive::Kind;

/// The kinds that the config file may name.
pub const KINDS: [&Kind; 2] = [&plain::KIND, &galene::KIND];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.name == name).copied()
}
