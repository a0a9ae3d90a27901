//! Checks the signature of a token by the provider's keys, and fetches them again if none of them made it.

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::key_set::KeySet;
use super::keys::{KeyIssuers, SignatureFault, signing_key};
use super::metadata::NewKeys;
use crate::base::clock::format_utc;
use crate::signin::identify::Jws;
use crate::upstream::UpstreamError;

impl Oidc {
    /// Checks the signature of a token, an ID token or userinfo (security rule C14). Returns the issuers whose tokens
    /// the key may sign.
    pub(super) async fn check_signature(
        &self,
        jws: &Jws,
        current: &ProviderMetadata,
    ) -> Result<KeyIssuers, UpstreamError> {
        match issuers_of_signer(&current.keys, jws) {
            Ok(issuers) => Ok(issuers),
            Err(invalid) => self.check_with_new_keys(jws, invalid, current).await,
        }
    }

    /// Checks the signature again, with newly fetched keys (security rules C14, C20). A provider may publish another
    /// key under the same `kid`, so a wrong signature causes a fetch, too. `with_old`: the check with the cached keys.
    async fn check_with_new_keys(
        &self,
        jws: &Jws,
        with_old: SignatureFault,
        old: &ProviderMetadata,
    ) -> Result<KeyIssuers, UpstreamError> {
        let kid = jws.kid.as_deref();
        let since = self.metadata.silent_since();
        let newer = self.metadata.fetch_new_keys(old).await;
        let newer = newer.map_err(|fault| UpstreamError::Unreachable { fault, since })?;
        let (checked, current, limit) = match &newer {
            NewKeys::Fetched(newer) => (issuers_of_signer(&newer.keys, jws), &**newer, String::new()),
            NewKeys::NotBefore(next_at) => {
                let limit = format!(
                    "; unknown keys made Vestibule fetch the key set several times, so it is fetched again from {} on",
                    format_utc(*next_at)
                );
                (Err(with_old), old, limit)
            }
        };
        let (kid, when) = (kid.unwrap_or("none"), format_utc(current.keys_fetched));
        let got = match checked {
            Ok(issuers) => return Ok(issuers),
            Err(SignatureFault::NoKey) => {
                let (count, skipped) = (current.keys.len(), current.keys.skipped_in_words());
                format!("no key for it among the {count} fetched at {when} (kid {kid}){skipped}")
            }
            Err(SignatureFault::OtherUse) => format!(
                "a key for another use: the key {kid} fetched at {when} has a `kty`, `use`, `alg` or `key_ops` that \
                 does not fit {}",
                jws.algorithm.as_str()
            ),
            Err(SignatureFault::InvalidKey(why)) => {
                format!("an invalid key: the key {kid} fetched at {when} can't be used: {why}")
            }
            Err(SignatureFault::Invalid) => {
                format!("a signature that the key fetched at {when} did not make (kid {kid})")
            }
        };
        Err(jws.kind.broken("C14", "signature", "by a key of the provider", got + &limit).into())
    }
}

fn issuers_of_signer(keys: &KeySet, jws: &Jws) -> Result<KeyIssuers, SignatureFault> {
    let key = (jws.algorithm, jws.kid.as_deref());
    let signer = signing_key(keys, key, jws.signed.as_bytes(), &jws.signature)?;
    Ok(KeyIssuers::of(signer, keys, key))
}
