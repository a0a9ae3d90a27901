//! Well-known providers: a file of TOML for each, with the keys of one kind. What needs code has a folder of its own
//! beside this one.

use std::sync::LazyLock;

use crate::config::preset::Preset;

/// Each preset's name and file, in the order of the names.
const FILES: &[(&str, &str)] = &[
    ("bitbucket", include_str!("bitbucket.toml")),
    ("discord", include_str!("discord.toml")),
    ("facebook", include_str!("facebook.toml")),
    ("github", include_str!("github.toml")),
    ("github-enterprise", include_str!("github-enterprise.toml")),
    ("gitlab", include_str!("gitlab.toml")),
    ("keycloak", include_str!("keycloak.toml")),
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
