//! Checks the signature of a token by the provider's keys, and fetches them again if none of them made it.

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::key_set::KeySet;
use super::keys::{SignatureCheck, check_signature};
use super::metadata::NewKeys;
use crate::base::clock::format_utc;
use crate::signin::identify::Jws;
use crate::upstream::UpstreamError;

impl Oidc {
    /// Checks the signature of a token, an ID token or userinfo (security rule C14).
    pub(super) async fn check_signature(&self, jws: &Jws, current: &ProviderMetadata) -> Result<(), UpstreamError> {
        match check_with(&current.keys, jws) {
            SignatureCheck::Valid => Ok(()),
            invalid => self.check_with_new_keys(jws, invalid, current).await,
        }
    }

    /// Checks the signature again, with newly fetched keys (security rules C14, C20). A provider may publish another
    /// key under the same `kid`, so a wrong signature causes a fetch, too. `with_old`: the check with the cached keys.
    async fn check_with_new_keys(
        &self,
        jws: &Jws,
        with_old: SignatureCheck,
        old: &ProviderMetadata,
    ) -> Result<(), UpstreamError> {
        let kid = jws.kid.as_deref();
        let since = self.metadata.silent_since();
        let newer = self.metadata.fetch_new_keys(old).await;
        let newer = newer.map_err(|fault| UpstreamError::Unreachable { fault, since })?;
        let (checked, current, limit) = match &newer {
            NewKeys::Fetched(newer) => (check_with(&newer.keys, jws), &**newer, String::new()),
            NewKeys::NotBefore(next_at) => {
                let limit = format!(
                    "; unknown keys made Vestibule fetch the key set several times, so it is fetched again from {} on",
                    format_utc(*next_at)
                );
                (with_old, old, limit)
            }
        };
        let (kid, when) = (kid.unwrap_or("none"), format_utc(current.keys_fetched));
        let got = match checked {
            SignatureCheck::Valid => return Ok(()),
            SignatureCheck::NoKey => {
                let (count, skipped) = (current.keys.len(), current.keys.skipped_in_words());
                format!("no key for it among the {count} fetched at {when} (kid {kid}){skipped}")
            }
            SignatureCheck::OtherUse => format!(
                "a key for another use: the key {kid} fetched at {when} has a `kty`, `use`, `alg` or `key_ops` that \
                 does not fit {}",
                jws.algorithm.as_str()
            ),
            SignatureCheck::InvalidKey(why) => {
                format!("an invalid key: the key {kid} fetched at {when} can't be used: {why}")
            }
            SignatureCheck::Invalid => {
                format!("a signature that the key fetched at {when} did not make (kid {kid})")
            }
        };
        Err(jws.kind.broken("C14", "signature", "by a key of the provider", got + &limit).into())
    }
}

fn check_with(keys: &KeySet, jws: &Jws) -> SignatureCheck {
    check_signature(keys, (jws.algorithm, jws.kid.as_deref()), jws.signed.as_bytes(), &jws.signature)
}
