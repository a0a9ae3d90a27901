//! Decodes and encodes the alphabets in which hashes are written.

use base64::Engine as _;
use base64::alphabet::{BCRYPT, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
/// The unused bits at the end are ignored, as crypt(3) does.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, CONFIG.with_decode_allow_trailing_bits(true));

/// With or without padding, and with `.` for `+` as Passlib writes it.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('.', "+")).ok()
}

pub fn base64_of_bcrypt(text: &str) -> Option<Vec<u8>> {
    BCRYPT_BASE64.decode(text).ok()
}

pub fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// A number without a sign or leading zeros, as programs write them.
pub fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !(text.len() > 1 && text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

const CRYPT_ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Encodes bytes as crypt(3) does: three at a time, the lowest bits first.
pub fn crypt_encoded(bytes: impl IntoIterator<Item = u8>) -> String {
    let bytes: Vec<u8> = bytes.into_iter().collect();
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = three.iter().rev().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for _ in 0..=three.len() {
            let digit = usize::try_from(bits & 63).unwrap_or(0);
            text.extend(CRYPT_ALPHABET.get(digit).copied().map(char::from));
            bits >>= 6;
        }
    }
    text
}

/// Decodes what [`crypt_encoded`] wrote.
pub fn crypt_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for four in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for (at, letter) in (0_u32..).zip(four) {
            bits |= crypt_digit(*letter)? << (6 * at);
        }
        let whole = four.len().checked_sub(1).filter(|whole| *whole > 0)?;
        let [.., three, two, one] = bits.to_be_bytes();
        bytes.extend([one, two, three].into_iter().take(whole));
        // No bits may remain.
        if whole < 3 && bits >> (8 * whole) != 0 {
            return None;
        }
    }
    Some(bytes)
}

pub fn crypt_digit(letter: u8) -> Option<u32> {
    CRYPT_ALPHABET.iter().position(|digit| *digit == letter).and_then(|at| u32::try_from(at).ok())
}

pub fn is_crypt(text: &str) -> bool {
    text.bytes().all(|letter| crypt_digit(letter).is_some())
}

#[cfg(test)]
mod tests {
    use super::{crypt_decoded, crypt_encoded, hex, number};

    #[test]
    fn decoding_gives_the_encoded_bytes() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"abcd", &[255; 32]] {
            assert_eq!(crypt_decoded(&crypt_encoded(bytes.iter().copied())).unwrap(), bytes);
        }
        assert_eq!(hex("00fFa0").unwrap(), [0, 255, 160]);
    }

    #[test]
    fn malformed_text_is_not_decoded() {
        for text in ["a", "abcde", "ab=", "zz", "ä..."] {
            assert_eq!(crypt_decoded(text), None, "{text}");
        }
        for text in ["0", "0g", "+1"] {
            assert_eq!(hex(text), None, "{text}");
        }
        for text in ["", "+1", "-1", "01", "4294967296", "1 "] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
