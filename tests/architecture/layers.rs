//! The layers. A folder may name only itself and folders of lower layers.

/// Each folder of `src/` and its layer, in the order in which `lib.rs` lists them.
pub const LAYERS: [(&str, u8); 14] = [
    ("base", 0),
    ("signin", 1),
    ("apps", 2),
    ("config", 3),
    ("store", 4),
    ("signer", 5),
    ("passwords", 6),
    ("upstream", 7),
    ("accounts", 8),
    ("broker", 9),
    ("admin", 9),
    ("web", 10),
    ("demo", 11),
    ("cli", 12),
];

pub fn layer(folder: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == folder).map(|(_, layer)| *layer)
}

/// Whether code in `from` may name `to`.
pub fn may_name(from: &str, to: &str) -> bool {
    from == to || matches!((layer(from), layer(to)), (Some(from), Some(to)) if to < from)
}
