//! Checks an ID token, and returns the identity that it attests (OpenID Connect Core §3.1.3.7).

use openidconnect::ClaimsVerificationError;

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::keys::{SignatureCheck, check_signature};
use super::login_state::LoginState;
use super::metadata::NewKeys;
use crate::base::clock::format_utc;
use crate::signin::identify::{ExpectedClaims, ExpectedNonce, ExternalIdentity, Jws, RuleViolation, check_claims};
use crate::upstream::UpstreamError;
use crate::upstream::claims::id_token_claims;
use crate::upstream::oauth_client::TokenAnswer;
use crate::upstream::redirect::Login;

impl Oidc {
    /// The identity that the ID token attests.
    ///
    /// The signature is checked before any claim (security rule C14). The claims that decide are checked twice: by us
    /// and by the crate openidconnect. If both refuse, our error is returned, since it names the rule.
    pub(super) async fn identity(
        &self,
        login: &Login<'_, LoginState>,
        tokens: &TokenAnswer,
        current: &ProviderMetadata,
    ) -> Result<ExternalIdentity, UpstreamError> {
        let compact = tokens.id_token.expose();
        let jws = Jws::read(compact, &self.settings.algorithms)?;
        match check_signature(&current.keys, (jws.algorithm, jws.kid.as_deref()), jws.signed.as_bytes(), &jws.signature)
        {
            SignatureCheck::Valid => {}
            invalid => self.check_with_new_keys(&jws, invalid, current).await?,
        }
        let claims = self.settings.readable_as_configured(id_token_claims(&jws.claims()?, &self.id)?);
        let nonce = ExpectedNonce { value: login.state.nonce.secret(), presence: self.settings.nonce };
        let verified = current.relying_party.verify(compact, &jws, &claims, nonce);
        let expected = ExpectedClaims {
            provider: &self.id,
            issuers: self.settings.issuers(),
            client_id: &self.settings.client.client_id,
            nonce,
            access_token: (tokens.access_token.expose(), jws.algorithm),
            proof: self.settings.demanded_proof(login),
            acr_values: &self.settings.demands.acr_values,
            now: self.clock.now(),
        };
        let identity = check_claims(claims, &expected)?;
        verified.map_err(|why| match why {
            ClaimsVerificationError::Other(_) => {
                RuleViolation::new("C15", "claims of the ID token", "the standard's types", "another type")
            }
            why => RuleViolation::new("C12", "claims of the ID token", "those of this login", why.to_string()),
        })?;
        Ok(identity)
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
            NewKeys::Fetched(newer) => {
                let (key, signed) = ((jws.algorithm, kid), jws.signed.as_bytes());
                (check_signature(&newer.keys, key, signed, &jws.signature), &**newer, String::new())
            }
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
        Err(RuleViolation::new("C14", "signature of the ID token", "by a key of the provider", got + &limit).into())
    }
}
