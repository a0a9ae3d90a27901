//! Reads a hook's answer. Status and content must agree, so that no other web page counts as a yes, a no or an unknown
//! name.

use std::sync::atomic::Ordering;

use http::StatusCode;
use serde_json::{Map, Value};

use super::Webhook;
use crate::base::ids::Subject;
use crate::base::strict_json::Members;
use crate::signin::identify::password::{NotAccepted, NotAvailable, Wrong};
use crate::signin::identify::{Broken, ExternalIdentity, IdentityKey, LONGEST_SUBJECT};
use crate::upstream::peer_info::encoding_in_words;

type Answer = http::Response<Vec<u8>>;

/// The reasons that a hook may give for a refusal.
const REASONS: [(&str, Wrong); 6] = [
    ("wrong", Wrong::NameOrPassword),
    ("password", Wrong::Password),
    ("locked", Wrong::Locked),
    ("expired", Wrong::AccountExpired),
    ("password_expired", Wrong::PasswordExpired),
    ("not_allowed", Wrong::NotAllowed),
];

/// Every member that an answer may have, with any status.
const MEMBERS: [&str; 6] = ["subject", "claims", "groups", "refused", "unknown", PROBE];
/// Marks the answer to our probe.
pub(super) const PROBE: &str = "probe";

impl Webhook {
    pub(super) fn read(&self, answer: &Answer) -> Result<ExternalIdentity, NotAccepted> {
        let said = match answer.status() {
            StatusCode::OK => return self.identity(self.object(answer)?).map_err(NotAccepted::from),
            StatusCode::FORBIDDEN => self.refusal(self.object(answer)?),
            StatusCode::NOT_FOUND => self.unknown(self.object(answer)?),
            StatusCode::TOO_MANY_REQUESTS => Ok(NotAccepted::Busy),
            _ => Err(self.other(answer)),
        };
        Err(said.unwrap_or_else(NotAccepted::from))
    }

    /// A status that is no answer.
    pub(super) fn other(&self, answer: &Answer) -> NotAvailable {
        let mend = match answer.status() {
            StatusCode::UNAUTHORIZED => {
                let why = format!("status 401: it does not take our secret, from {}", self.settings.secret_place);
                return self.not_available("secret", format!("{why}; let both hold the same"));
            }
            status if status.is_redirection() => "no redirect is followed with a password; set `url` to where it leads",
            status if status.is_server_error() => "look into the hook's own log",
            _ => "see that `url` leads to the hook, and that it answers as examples/webhook/README.md says",
        };
        self.not_available("answer", format!("status {}; {mend}", answer.status().as_u16()))
    }

    /// The known members. A null counts as absent (security rules C15, C16).
    pub(super) fn object(&self, answer: &Answer) -> Result<Map<String, Value>, NotAvailable> {
        let status = answer.status().as_u16();
        let members = Members::read(answer.body()).map_err(|why| {
            self.unclear(format!("status {status} without a JSON object ({why}){}", encoding_in_words(answer)))
        })?;
        let mut read = Map::new();
        for name in members.names() {
            if !MEMBERS.contains(&name) {
                self.ignore(name);
                continue;
            }
            let value = members
                .get(name)
                .map_err(|why| self.unclear(format!("status {status} with {name:?} that can't be read ({why})")))?;
            read.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(read)
    }

    /// An unknown member is ignored (security rule C15). The log names the first, which may be misspelt.
    fn ignore(&self, name: &str) {
        if !self.warned_of_member.swap(true, Ordering::Relaxed) {
            let name: String = name.chars().take(40).collect();
            tracing::warn!(
                provider = %self.id, cause = "member_ignored",
                "the hook's answer has a member {name:?}, which is not read; examples/webhook/README.md lists those that are"
            );
        }
    }

    pub(super) fn unclear(&self, why: impl std::fmt::Display) -> NotAvailable {
        self.not_available("answer", format!("{why}; have the hook answer as examples/webhook/README.md says"))
    }

    /// `{"subject": "4711", "claims": {…}, "groups": […]}`
    fn identity(&self, mut said: Map<String, Value>) -> Result<ExternalIdentity, NotAvailable> {
        let subject = self.subject(said.remove("subject"))?;
        let mut claims = match said.remove("claims") {
            None => Map::new(),
            Some(Value::Object(claims)) => claims,
            Some(_) => return Err(self.unclear("`claims` is no object")),
        };
        if let Some(groups) = said.remove("groups") {
            self.join(&mut claims, &self.groups_claim, groups)?;
        }
        self.nothing_else(&said)?;
        self.join(&mut claims, "sub", subject.as_str().into())?;
        // The sign-in reads the claims. One person's odd claim refuses that sign-in, and the hook does not count as
        // away.
        let key = IdentityKey { provider: self.id.clone(), issuer: self.issuer.clone(), subject };
        Ok(ExternalIdentity { key, claims, auth_time: None, password: None })
    }

    /// C15
    fn subject(&self, said: Option<Value>) -> Result<Subject, NotAvailable> {
        let broken = |got: String| self.unclear(Broken::new("C15", "`subject`", "text of 1 to 255 bytes", got));
        match said {
            Some(Value::String(text)) if (1..=LONGEST_SUBJECT).contains(&text.len()) => Ok(Subject::from(text)),
            Some(Value::String(text)) => Err(broken(format!("{} bytes", text.len()))),
            Some(_) => Err(broken("another type".into())),
            None => Err(broken("none".into())),
        }
    }

    /// A value in two places must be the same in both.
    fn join(&self, claims: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), NotAvailable> {
        match claims.get(name) {
            Some(other) if *other != value => Err(self.unclear(format!("`claims` say another {name:?} than the rest"))),
            Some(_) | None => {
                claims.insert(name.to_owned(), value);
                Ok(())
            }
        }
    }

    /// `{"refused": "locked", "subject": "4711"}`. A refusal with an unknown reason is still a refusal: an error would
    /// show that the account exists (security rule C42).
    fn refusal(&self, mut said: Map<String, Value>) -> Result<NotAccepted, NotAvailable> {
        let words = || REASONS.map(|(word, _)| format!("{word:?}")).join(", ");
        let Some(Value::String(reason)) = said.remove("refused") else {
            return Err(self.unclear(format!("status 403 without a `refused` of {}", words())));
        };
        let why = REASONS.into_iter().find_map(|(word, why)| (word == reason).then_some(why));
        if why.is_none() {
            self.warn(format_args!("the hook refuses with a `refused` that is none of {}", words()));
        }
        let who = said.remove("subject");
        let who = who.and_then(|subject| {
            let who = self.subject(Some(subject));
            who.inspect_err(|why| self.warn(format_args!("a refusal counts for nobody in particular: {}", why.why)))
                .ok()
        });
        if said.contains_key("unknown") {
            return Err(self.unclear("\"unknown\" contradicts the status"));
        }
        if let Some(name) = said.keys().next() {
            self.warn(format_args!("the hook refuses somebody and sends {name:?}, which is not read"));
        }
        Ok(NotAccepted::Refused { why: why.unwrap_or(Wrong::NameOrPassword), who })
    }

    fn warn(&self, what: std::fmt::Arguments<'_>) {
        tracing::warn!(provider = %self.id, "{what}; have the hook answer as examples/webhook/README.md says");
    }

    /// `{"unknown": true}`. The status alone is not enough, since a wrong address answers 404, too.
    fn unknown(&self, mut said: Map<String, Value>) -> Result<NotAccepted, NotAvailable> {
        match said.remove("unknown") {
            Some(Value::Bool(true)) => self.nothing_else(&said).map(|()| NotAccepted::Unknown),
            Some(_) | None => Err(self.unclear("status 404 without `\"unknown\": true`")),
        }
    }

    /// Refuses a known member that contradicts the status.
    fn nothing_else(&self, said: &Map<String, Value>) -> Result<(), NotAvailable> {
        match said.keys().find(|name| *name != PROBE) {
            Some(name) => Err(self.unclear(format!("{name:?} contradicts the status"))),
            None => Ok(()),
        }
    }
}
