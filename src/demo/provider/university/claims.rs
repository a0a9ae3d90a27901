//! The claims of a person, by the requested scopes (OpenID Connect Core §5.4).

use serde::Serialize;

use super::super::Person;
use super::super::scopes::Scopes;

pub const CLAIMS: [&str; 13] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "name",
    "preferred_username",
    "email",
    "email_verified",
    "groups",
];

/// The claims of one person that the scopes allow.
#[derive(Debug, Serialize)]
pub struct UserClaims<'a> {
    sub: String,
    #[serde(flatten)]
    profile: Option<Profile<'a>>,
    #[serde(flatten)]
    email: Option<Email<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<&'a [String]>,
}

#[derive(Debug, Serialize)]
struct Profile<'a> {
    name: &'a str,
    preferred_username: &'a str,
}

#[derive(Debug, Serialize)]
struct Email<'a> {
    email: &'a str,
    email_verified: bool,
}

impl<'a> UserClaims<'a> {
    pub fn new(person: &'a Person, scopes: &Scopes) -> Self {
        let profile = || Profile { name: &person.name, preferred_username: &person.username };
        let email = || Email { email: &person.email, email_verified: person.email_verified };
        Self {
            sub: format!("u-{:08}", person.id),
            profile: scopes.contains("profile").then(profile),
            email: scopes.contains("email").then(email),
            groups: scopes.contains("groups").then_some(&person.groups),
        }
    }
}
