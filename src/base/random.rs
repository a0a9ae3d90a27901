//! Random bytes and tokens. Only this file uses the system's generator.

use aws_lc_rs::rand::fill;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// `N` bytes from the operating system's secure random generator.
///
/// # Panics
/// When the operating system gives no random bytes: without them, no login is secure.
#[must_use]
#[expect(clippy::expect_used, clippy::disallowed_methods, reason = "without random bytes, no login is secure")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut drawn = [0; N];
    fill(&mut drawn).expect("the operating system gives random bytes");
    drawn
}

/// 256 bits as 43 characters of base64url: for `state`, `nonce`, PKCE verifiers and the like.
#[must_use]
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}
