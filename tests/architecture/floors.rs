//! The floors of the house. A folder names those below it and never another on its own floor.

/// Each folder of `src/` and its floor, in the order in which `lib.rs` lists them.
pub const FLOORS: [(&str, u8); 13] = [
    ("base", 0),
    ("signin", 1),
    ("apps", 2),
    ("config", 3),
    ("store", 4),
    ("signer", 5),
    ("passwords", 6),
    ("upstream", 7),
    ("broker", 8),
    ("admin", 8),
    ("web", 9),
    ("demo", 10),
    ("cli", 11),
];

pub fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Whether code in `from` may name `to`.
pub fn may_name(from: &str, to: &str) -> bool {
    from == to || matches!((floor(from), floor(to)), (Some(from), Some(to)) if to < from)
}
