//! Well-known providers: a file of TOML for each, with the keys of one kind. What needs code has a folder of its own
//! beside this one.

use std::sync::LazyLock;

use crate::config::preset::Preset;

/// Each preset's name and file, in the order of the names.
const FILES: &[(&str, &str)] = &[
    ("discord", include_str!("discord.toml")),
    ("gitlab", include_str!("gitlab.toml")),
    ("google", include_str!("google.toml")),
    ("keycloak", include_str!("keycloak.toml")),
    ("microsoft", include_str!("microsoft.toml")),
];

/// All presets. They are read once, by the first config that is read.
#[must_use]
pub fn all() -> &'static [Preset] {
    static ALL: LazyLock<Vec<Preset>> =
        LazyLock::new(|| FILES.iter().filter_map(|(name, text)| Preset::read(name, text).ok()).collect());
    &ALL
}

#[cfg(test)]
mod tests;
