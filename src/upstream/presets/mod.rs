//! Well-known providers: a file of TOML for each, with the keys of one kind. What needs code has a folder of its own
//! beside this one.

use std::sync::LazyLock;

use crate::config::preset::Preset;

/// Each preset's name and file, in the order of the names.
const FILES: &[(&str, &str)] = &[
    ("amazon", include_str!("amazon.toml")),
    ("apple", include_str!("apple.toml")),
    ("auth0", include_str!("auth0.toml")),
    ("authentik", include_str!("authentik.toml")),
    ("bitbucket", include_str!("bitbucket.toml")),
    ("cognito", include_str!("cognito.toml")),
    ("discord", include_str!("discord.toml")),
    ("facebook", include_str!("facebook.toml")),
    ("franceconnect", include_str!("franceconnect.toml")),
    ("github", include_str!("github.toml")),
    ("github-enterprise", include_str!("github-enterprise.toml")),
    ("gitlab", include_str!("gitlab.toml")),
    ("google", include_str!("google.toml")),
    ("kakao", include_str!("kakao.toml")),
    ("keycloak", include_str!("keycloak.toml")),
    ("line", include_str!("line.toml")),
    ("linkedin", include_str!("linkedin.toml")),
    ("login-gov", include_str!("login-gov.toml")),
    ("mastodon", include_str!("mastodon.toml")),
    ("microsoft", include_str!("microsoft.toml")),
    ("naver", include_str!("naver.toml")),
    ("okta", include_str!("okta.toml")),
    ("orcid", include_str!("orcid.toml")),
    ("slack", include_str!("slack.toml")),
    ("spotify", include_str!("spotify.toml")),
    ("twitch", include_str!("twitch.toml")),
    ("x", include_str!("x.toml")),
    ("yahoo", include_str!("yahoo.toml")),
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
