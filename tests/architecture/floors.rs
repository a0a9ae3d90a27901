//! The floors of the house. A folder names those below it and never another on its own floor.

/// Each folder of `src/` and its floor, in the order in which `lib.rs` lists them.
pub const FLOORS: [(&str, u8); 12] = [
    ("base", 0),
    ("signin", 1),
    ("apps", 2),
    ("config", 3),
    ("store", 4),
    ("signer", 5),
    ("upstream", 6),
    ("broker", 7),
    ("admin", 7),
    ("web", 8),
    ("demo", 9),
    ("cli", 10),
];

pub fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Whether code in `from` may name `to`.
pub fn may_name(from: &str, to: &str) -> bool {
    from == to || matches!((floor(from), floor(to)), (Some(from), Some(to)) if to < from)
}
