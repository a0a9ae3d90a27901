//! Grant → the claims of a token.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::app::{App, Audience, Claim, Room, SubjectClaim};
use super::arrive::Opaque;
use super::permit::Grant;
use crate::base::ids::AppId;

/// The claims of one token and the header's `typ`, ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenClaims {
    pub app: AppId,
    pub token_type: &'static str,
    pub body: Map<String, Value>,
}

/// What a token needs besides the grant.
#[derive(Debug, Clone)]
pub struct TokenFields<'a> {
    /// Our public URL, without a slash at its end.
    pub issuer: &'a str,
    pub now: OffsetDateTime,
    /// Never used for another token (security rule C28).
    pub jti: String,
    /// The app's own nonce, echoed.
    pub nonce: Option<&'a Opaque>,
    /// When the person last proved who they are, if the provider said so (security rule C58).
    pub auth_time: Option<OffsetDateTime>,
}

/// The claims that carry `grant`, for `app` alone and for its lifetime (as in RFC 9068 §2.2; security rule C28).
#[must_use]
pub fn token_claims(app: &App, grant: &Grant, fields: &TokenFields<'_>) -> TokenClaims {
    let person = grant.person();
    let room = grant.location().room();
    let subject = match app.kind.subject {
        SubjectClaim::AccountId => person.account.id.as_str(),
        SubjectClaim::Username => person.account.username.as_str(),
    };
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("iss", json!(fields.issuer));
    set("sub", json!(subject));
    set("aud", json!(audience(app, grant.location().as_str(), room)));
    set("iat", json!(fields.now.unix_timestamp()));
    set("exp", json!(fields.now.unix_timestamp().saturating_add(whole_seconds(app.lifetime))));
    set("jti", json!(&fields.jti));
    if let Some(nonce) = fields.nonce {
        set("nonce", json!(nonce.as_str()));
    }
    if let Some(room) = room {
        set("room", json!(room.as_str()));
    }
    for claim in &app.claims {
        match claim {
            Claim::PreferredUsername => {
                set("preferred_username", json!(person.account.username));
            }
            Claim::Name => {
                set("name", json!(person.profile.name.as_deref().unwrap_or(person.account.username.as_str())));
            }
            Claim::Email => {
                if let Some(email) = &person.profile.email {
                    set("email", json!(email.address));
                    set("email_verified", json!(email.verified));
                }
            }
            Claim::Groups => {
                let groups: Vec<_> = person.account.groups.union(&person.profile.groups).collect();
                set("groups", json!(groups));
            }
        }
    }
    set("permissions", json!(grant.permissions()));
    set("idp", json!(person.provider));
    if !person.profile.amr.is_empty() {
        set("amr", json!(person.profile.amr));
    }
    if let Some(auth_time) = fields.auth_time {
        set("auth_time", json!(auth_time.unix_timestamp()));
    }
    TokenClaims { app: app.id.clone(), token_type: app.kind.token_type, body }
}

fn audience(app: &App, location: &str, room: Option<&Room>) -> String {
    match (&app.addresses.audience, room) {
        (Some(Audience::OfRoom(pattern)), Some(room)) => pattern.address_of(room),
        (Some(Audience::Fixed(audience)), _) => audience.clone(),
        (Some(Audience::OfRoom(_)) | None, _) => location.to_owned(),
    }
}

fn whole_seconds(lifetime: Duration) -> i64 {
    i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
