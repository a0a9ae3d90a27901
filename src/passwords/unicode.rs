//! The Unicode form in which passwords are hashed.

use unicode_normalization::UnicodeNormalization as _;

/// The password in Unicode's composed form, NFC (RFC 8265 §4.2, NIST SP 800-63B-4): one keyboard sends `é` as one
/// character, another as two, and both look alike. Not NFKC, which would also merge characters that people tell apart,
/// such as `²` and `2`. Nothing else is changed.
pub fn composed(password: &str) -> String {
    password.nfc().collect()
}
