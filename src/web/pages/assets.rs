//! The files that our pages load: a stylesheet, a script and icons. Each has a hash of its content in its name.

use std::{fmt::Write as _, sync::LazyLock};

use aws_lc_rs::digest::{SHA256, digest};

/// A file. Its path changes with its content, so caches may keep it for ever.
#[derive(Debug)]
pub struct Asset {
    /// `/static/…`
    pub path: String,
    pub content_type: &'static str,
    pub body: &'static str,
    /// In quotes, as in the header.
    pub etag: String,
}

/// For all assets: the path changes when the content does (RFC 8246).
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

pub static STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    named("vestibule", "css", "text/css; charset=utf-8", include_str!("../../../templates/static/vestibule.css"))
});

pub static REPOST: LazyLock<Asset> = LazyLock::new(|| {
    named("repost", "js", "text/javascript; charset=utf-8", include_str!("../../../templates/static/repost.js"))
});

/// The icons of well-known providers, by name. We drew them; docs/presets.md says after what.
static ICONS: LazyLock<Vec<(&str, Asset)>> =
    LazyLock::new(|| DRAWINGS.iter().map(|(name, svg)| (*name, named(name, "svg", "image/svg+xml", svg))).collect());

const DRAWINGS: &[(&str, &str)] = &[
    ("amazon", include_str!("../../../templates/static/icons/amazon.svg")),
    ("auth0", include_str!("../../../templates/static/icons/auth0.svg")),
    ("authentik", include_str!("../../../templates/static/icons/authentik.svg")),
    ("bitbucket", include_str!("../../../templates/static/icons/bitbucket.svg")),
    ("cognito", include_str!("../../../templates/static/icons/cognito.svg")),
    ("discord", include_str!("../../../templates/static/icons/discord.svg")),
    ("facebook", include_str!("../../../templates/static/icons/facebook.svg")),
    ("franceconnect", include_str!("../../../templates/static/icons/franceconnect.svg")),
    ("github", include_str!("../../../templates/static/icons/github.svg")),
    ("gitlab", include_str!("../../../templates/static/icons/gitlab.svg")),
    ("google", include_str!("../../../templates/static/icons/google.svg")),
    ("kakao", include_str!("../../../templates/static/icons/kakao.svg")),
    ("keycloak", include_str!("../../../templates/static/icons/keycloak.svg")),
    ("line", include_str!("../../../templates/static/icons/line.svg")),
    ("linkedin", include_str!("../../../templates/static/icons/linkedin.svg")),
    ("login-gov", include_str!("../../../templates/static/icons/login-gov.svg")),
    ("mastodon", include_str!("../../../templates/static/icons/mastodon.svg")),
    ("microsoft", include_str!("../../../templates/static/icons/microsoft.svg")),
    ("naver", include_str!("../../../templates/static/icons/naver.svg")),
    ("okta", include_str!("../../../templates/static/icons/okta.svg")),
    ("orcid", include_str!("../../../templates/static/icons/orcid.svg")),
    ("slack", include_str!("../../../templates/static/icons/slack.svg")),
    ("spotify", include_str!("../../../templates/static/icons/spotify.svg")),
    ("twitch", include_str!("../../../templates/static/icons/twitch.svg")),
    ("x", include_str!("../../../templates/static/icons/x.svg")),
    ("yahoo", include_str!("../../../templates/static/icons/yahoo.svg")),
];

/// The icon of this name.
#[must_use]
pub fn icon(name: &str) -> Option<&'static Asset> {
    ICONS.iter().find(|(known, _)| *known == name).map(|(_, asset)| asset)
}

/// All assets.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    [&*STYLESHEET, &*REPOST].into_iter().chain(ICONS.iter().map(|(_, asset)| asset))
}

fn named(stem: &str, extension: &str, content_type: &'static str, body: &'static str) -> Asset {
    let digest = digest(&SHA256, body.as_bytes());
    let hash = digest.as_ref().iter().take(6).fold(String::new(), |mut hash, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    let path = format!("/static/{stem}-{hash}.{extension}");
    Asset { path, content_type, body, etag: format!("\"{hash}\"") }
}

#[cfg(test)]
mod tests {
    use super::{DRAWINGS, icon};
    use crate::upstream::presets;

    #[test]
    fn the_icon_of_every_preset_is_here_and_shows_no_foreign_file() {
        for preset in presets::all() {
            let name = preset.button.icon.as_deref();
            assert!(name.is_none_or(|name| icon(name).is_some()), "{}: no icon {name:?}", preset.name);
        }
        for (name, svg) in DRAWINGS {
            assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox="), "{name}");
            assert!(!svg.contains("href") && !svg.contains("<script") && svg.len() < 1500, "{name}");
        }
    }
}
