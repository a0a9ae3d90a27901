//! Makes the identity from the answers of the API, by the mapping of the config.

use serde_json::Value;

use super::answers::Answers;
use super::email_list::PrimaryAddress;
use super::settings::{ClaimMapping, EmailVerified, OAuth2Settings};
use crate::base::ids::ProviderId;
use crate::base::redaction::Redaction;
use crate::signin::identify::{ClaimPath, ExternalIdentity, IdentityKey, RuleViolation};
use crate::upstream::oauth_client::verified_strings::VerifiedForm;

/// The person whom the answers describe.
///
/// # Errors
/// C15, C16: the subject, or whether the e-mail address is verified, can't be read.
pub fn attested(
    answers: &Answers<'_>,
    provider: &ProviderId,
    settings: &OAuth2Settings,
    secrets: &Redaction,
) -> Result<ExternalIdentity, RuleViolation> {
    let ClaimMapping { subject, email, email_verified, email_list, name, preferred_username } = &settings.mapping;
    let subject = answers.subject(subject, secrets)?;
    let mut claims = answers.claims(provider, secrets);
    claims.insert("sub".to_owned(), subject.as_str().into());
    let email = email.as_ref().filter(|_| email_list.is_none());
    let (name, preferred_username) = (name.as_ref(), preferred_username.as_ref());
    for (claim, path) in [("email", email), ("name", name), ("preferred_username", preferred_username)] {
        // It only describes the person, so one that can't be read counts as missing.
        let value = path.and_then(|path| answers.value(path).unwrap_or_default());
        claims.extend(value.map(|value| (claim.to_owned(), value)));
    }
    let verified = match email_verified {
        EmailVerified::Never => None,
        EmailVerified::Always => Some(Value::Bool(true)),
        EmailVerified::If(paths) => first_but_true(answers, paths, settings.verified_form)?,
    };
    claims.extend(verified.map(|verified| ("email_verified".to_owned(), verified)));
    if let Some(PrimaryAddress { address, verified }) =
        email_list.as_ref().and_then(|list| list.primary_address(answers, settings.verified_form))
    {
        claims.extend(address.map(|address| ("email".to_owned(), address)));
        claims.extend(verified.map(|verified| ("email_verified".to_owned(), verified)));
    }
    let key = IdentityKey { provider: provider.clone(), issuer: settings.issuer.clone(), subject };
    Ok(ExternalIdentity::new(key, settings.verified_form.readable(claims)))
}

/// `true` if all these members are; else the first one that is not, which may be missing.
///
/// # Errors
/// C16: one of them can't be read.
fn first_but_true(
    answers: &Answers<'_>,
    paths: &[ClaimPath],
    form: VerifiedForm,
) -> Result<Option<Value>, RuleViolation> {
    for path in paths {
        let value = answers.value(path).map_err(|why| {
            RuleViolation::new("C16", "whether the e-mail address is verified", "a readable value", why.to_string())
        })?;
        if !value.as_ref().is_some_and(|value| form.is_true(value)) {
            return Ok(value);
        }
    }
    Ok(Some(Value::Bool(true)))
}
