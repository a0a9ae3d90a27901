//! The numbers of an RSA key. OpenSSL accepts some that can verify no signature, and does not say what is wrong with
//! others.

/// Why the numbers of a key make no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNumbers {
    /// RFC 7518 §3.3
    #[error("it has {0} bits, and 2048 is the least")]
    Short(usize),
    #[error("it has {0} bits, and {MOST_BITS} is the most")]
    Long(usize),
    /// RFC 8017 §3.1
    #[error("its `e` is not an odd number from 3 on")]
    Exponent,
    #[error("its `e` is too large")]
    LargeExponent,
    #[error("its values make no key")]
    Other,
}

/// OpenSSL's limits: of `n`, of an `n` that may have any `e` below it, and of `e` with a longer `n`.
const MOST_BITS: usize = 16_384;
const SMALL_BITS: usize = 3072;
const MOST_EXPONENT_BITS: usize = 64;

/// Checks `n` and `e` of a key, the highest byte first.
///
/// # Errors
/// What is wrong with them.
pub fn check(n: &[u8], e: &[u8]) -> Result<(), InvalidNumbers> {
    let (n, e) = (without_zeros(n), without_zeros(e));
    // Some keys have a few bits less than their bytes do.
    if n.len() * 8 < 2048 {
        return Err(InvalidNumbers::Short(bits(n)));
    }
    if bits(n) > MOST_BITS {
        return Err(InvalidNumbers::Long(bits(n)));
    }
    if e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
        return Err(InvalidNumbers::Exponent);
    }
    let too_large = bits(n) > SMALL_BITS && bits(e) > MOST_EXPONENT_BITS;
    if too_large || (e.len(), e) >= (n.len(), n) { Err(InvalidNumbers::LargeExponent) } else { Ok(()) }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(unused).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{InvalidNumbers, check};

    // C14
    #[test]
    fn the_numbers_of_a_key_have_limits() {
        let (n, e) = (|bytes: usize| [&[0, 0xc0][..], &vec![1; bytes - 1]].concat(), &[0, 1, 0, 1][..]);
        let third = |bytes| vec![3_u8; bytes];
        for (bytes, e, why) in [
            (256, e.to_vec(), Ok(())),
            (2048, e.to_vec(), Ok(())),
            (256, vec![3], Ok(())),
            (256, third(255), Ok(())),
            (512, third(8), Ok(())),
            (128, e.to_vec(), Err(InvalidNumbers::Short(1024))),
            (2049, e.to_vec(), Err(InvalidNumbers::Long(16_392))),
            (256, vec![], Err(InvalidNumbers::Exponent)),
            (256, vec![0], Err(InvalidNumbers::Exponent)),
            (256, vec![0, 1], Err(InvalidNumbers::Exponent)),
            (256, vec![1, 0], Err(InvalidNumbers::Exponent)),
            (256, vec![0xff; 256], Err(InvalidNumbers::LargeExponent)),
            (512, third(9), Err(InvalidNumbers::LargeExponent)),
        ] {
            assert_eq!(check(&n(bytes), &e), why, "{bytes} {}", e.len());
        }
        assert_eq!(check(&[], e), Err(InvalidNumbers::Short(0)));
    }
}
