//! The claims of a person, by the requested scopes (OpenID Connect Core §5.4).

use serde::Serialize;

use super::Person;

pub const SCOPES: [&str; 4] = ["openid", "profile", "email", "groups"];
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

/// The known scopes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes([Requested; 4]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requested {
    Yes,
    No,
}

impl Scopes {
    /// Reads a scope parameter; names unknown here are ignored (Core §3.1.2.1).
    pub fn parse(text: &str) -> Self {
        Self(SCOPES.map(|scope| if text.split(' ').any(|word| word == scope) { Requested::Yes } else { Requested::No }))
    }

    pub fn contains(self, name: &str) -> bool {
        SCOPES.iter().zip(self.0).any(|(scope, requested)| *scope == name && requested == Requested::Yes)
    }

    /// As the token response names them (RFC 6749 §3.3).
    pub fn to_parameter(self) -> String {
        let held = SCOPES.iter().zip(self.0).filter(|(_, requested)| *requested == Requested::Yes);
        held.map(|(scope, _)| *scope).collect::<Vec<_>>().join(" ")
    }
}

/// The claims of one person that the scopes allow.
#[derive(Debug, Serialize)]
pub struct UserClaims<'a> {
    sub: &'a str,
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
    pub fn new(person: &'a Person, scopes: Scopes) -> Self {
        let profile = || Profile { name: &person.name, preferred_username: &person.username };
        let email = || Email { email: &person.email, email_verified: person.email_verified };
        Self {
            sub: &person.subject,
            profile: scopes.contains("profile").then(profile),
            email: scopes.contains("email").then(email),
            groups: scopes.contains("groups").then_some(&person.groups),
        }
    }
}
