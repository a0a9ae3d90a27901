//! The files that our pages load: a stylesheet and a script. Each has a hash of its content in its name.

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

/// All assets.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    [&*STYLESHEET, &*REPOST].into_iter()
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
