//! Argon2 (RFC 9106). Each thread keeps its memory from one hash to the next, and frees it when it ends.
//!
//! Fresh memory makes a hash a third slower, since the kernel clears each page at its first use. And the allocator
//! would keep several times as much memory as was ever in use.

use std::cell::RefCell;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

thread_local! {
    static BLOCKS: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// An allocation of this size comes straight from the kernel and returns to it (mallopt(3), `M_MMAP_THRESHOLD`). Pages
/// that are never used take no memory.
const MAPPED_DIRECTLY: usize = 32 * 1_024 * 1_024 / Block::SIZE;

/// Makes hashes with a secret, which may be empty.
pub struct Argon<'k> {
    secret: &'k [u8],
    /// How many blocks a thread keeps. A hash that needs more frees all of them.
    max_kept: usize,
}

impl<'k> Argon<'k> {
    /// `usual`: the parameters of most hashes.
    pub fn new(secret: &'k [u8], usual: &Params) -> Self {
        Self { secret, max_kept: usual.block_count() }
    }

    fn fill(&self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], out: &mut [u8]) -> argon2::Result<()> {
        BLOCKS.with_borrow_mut(|kept| {
            let blocks = argon2.params().block_count();
            if let Some(more) = blocks.checked_sub(kept.len()) {
                let room = blocks.max(MAPPED_DIRECTLY);
                kept.try_reserve_exact(room - kept.len()).map_err(|_| argon2::Error::OutOfMemory)?;
                kept.extend(std::iter::repeat_n(Block::new(), more));
            }
            let filled = kept.get_mut(..blocks).ok_or(argon2::Error::OutOfMemory)?;
            let done = argon2.hash_password_into_with_memory(password, salt, out, filled);
            if kept.len() > self.max_kept {
                *kept = Vec::new();
            }
            done
        })
    }
}

/// The trait also provides the comparison, in constant time.
impl CustomizedPasswordHasher<PasswordHash> for Argon<'_> {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or(Algorithm::Argon2id);
        let version = version.map(Version::try_from).transpose()?.unwrap_or(Version::V0x13);
        let mut out = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let out = out.get_mut(..length).ok_or(Error::OutputSize)?;
        let written = ParamsString::try_from(&params)?;
        self.fill(&Argon2::new_with_secret(self.secret, algorithm, version, params)?, password, salt, out)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: written,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(out)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher as _;

    use super::{Argon, Argon2, BLOCKS, CustomizedPasswordHasher as _, MAPPED_DIRECTLY, Params};

    fn params(kib: u32) -> Params {
        Params::new(kib, 2, 1, None).unwrap()
    }

    fn hash(argon: &Argon<'_>, kib: u32, password: &[u8]) -> String {
        let hash = argon.hash_password_customized(password, b"salt for tests", None, None, params(kib));
        hash.unwrap().to_string()
    }

    #[test]
    fn reused_memory_does_not_change_a_hash() {
        let argon = Argon::new(b"", &params(256));
        for (kib, password) in [(256, "one"), (64, "another"), (256, "one"), (512, "one"), (64, "another")] {
            let fresh = Argon2::from(params(kib)).hash_password_with_salt(password.as_bytes(), b"salt for tests");
            assert_eq!(hash(&argon, kib, password.as_bytes()), fresh.unwrap().to_string(), "{kib}");
        }
    }

    #[test]
    fn a_thread_keeps_the_memory_of_a_usual_hash_and_no_more() {
        let argon = Argon::new(b"", &params(256));
        let kept = || BLOCKS.with_borrow(|kept| (kept.len(), kept.capacity()));
        for kib in [64, 256, 64] {
            hash(&argon, kib, b"usual");
        }
        assert_eq!(kept(), (256, MAPPED_DIRECTLY), "the size that comes straight from the kernel");
        hash(&argon, 512, b"not usual");
        assert_eq!(kept(), (0, 0));
    }
}
