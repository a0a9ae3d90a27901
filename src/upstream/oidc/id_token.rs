//! Checks an ID token, and returns the identity that it attests (OpenID Connect Core §3.1.3.7).

use openidconnect::ClaimsVerificationError;

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::login_state::LoginState;
use crate::base::redaction::Redaction;
use crate::signin::identify::{
    ExpectedClaims, ExpectedNonce, ExternalIdentity, Issuers, Jws, RuleViolation, TokenKind, check_claims,
};
use crate::upstream::UpstreamError;
use crate::upstream::claims::signed_claims;
use crate::upstream::oauth_client::TokenAnswer;
use crate::upstream::redirect::Login;

impl Oidc {
    /// The identity that the ID token attests. `sent`: what the provider was sent, which the log does not show.
    ///
    /// The signature is checked before any claim (security rule C14). The claims that decide are checked twice: by us
    /// and by the crate openidconnect. If both refuse, our error is returned, since it names the rule.
    pub(super) async fn identity(
        &self,
        login: &Login<'_, LoginState>,
        tokens: &TokenAnswer,
        current: &ProviderMetadata,
        sent: &Redaction,
    ) -> Result<ExternalIdentity, UpstreamError> {
        let compact = tokens.id_token.expose();
        let jws = Jws::read(compact, &self.settings.algorithms, TokenKind::IdToken)?;
        let key_issuers = self.check_signature(&jws, current).await?;
        let claims = signed_claims(&jws.claims()?, (&self.id, jws.kind), || sent)?;
        let claims = self.settings.readable_as_configured(claims);
        let nonce = ExpectedNonce { value: login.state.nonce.secret(), presence: self.settings.nonce };
        let own = &self.settings.own;
        let own_issuer = own.issuer_of(&claims)?;
        let issuers = own_issuer.as_ref().map_or_else(|| self.settings.issuers(), Issuers::one);
        let verified = current.relying_party.verify(compact, &jws, &claims, (issuers, nonce));
        let expected = ExpectedClaims {
            provider: &self.id,
            issuers,
            client_id: &self.settings.client.client_id,
            subject_claims: &self.settings.subject_claims,
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
        key_issuers.check(&**own, &identity.key.issuer, jws.kind)?;
        own.admit(&identity)?;
        Ok(identity)
    }
}
