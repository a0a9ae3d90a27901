//! Reads a hook's answer. Status and content must agree, so that an unrelated web page never counts as a success, a
//! refusal or an unknown name.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::StatusCode;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Webhook;
use super::returned_password::{SUBJECT_IS_PASSWORD, SUBJECT_IS_PASSWORD_FIX};
use crate::base::ids::Subject;
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::strict_json::{JsonError, Members};
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
use crate::signin::identify::{ExternalIdentity, IdentityKey, RuleViolation, subject_fault};
use crate::upstream::attempt::Attempt;
use crate::upstream::claims::readable_claims;
use crate::upstream::peer_info::encoding_in_words;

type Answer = http::Response<Vec<u8>>;

/// The reasons that a hook may give for a refusal.
const REASONS: [(&str, RefusalReason); 6] = [
    ("wrong", RefusalReason::NameOrPassword),
    ("password", RefusalReason::Password),
    ("locked", RefusalReason::Locked),
    ("expired", RefusalReason::AccountExpired),
    ("password_expired", RefusalReason::PasswordExpired),
    ("not_allowed", RefusalReason::NotAllowed),
];

/// Every member that an answer may have, with any status.
const MEMBERS: [&str; 6] = ["subject", "claims", "groups", "refused", "unknown", PROBE];
/// The log message for status 429.
pub(super) const HOOK_BUSY: &str = "the hook is too busy to answer (status 429); see its own log";
/// Marks the answer to our probe.
pub(super) const PROBE: &str = "probe";

impl Webhook {
    /// `attempt` finds what the person typed, which must not be logged: a hook may repeat it anywhere (security rule
    /// C56).
    pub(super) fn read(&self, answer: &Answer, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let typed = || attempt.redaction();
        let body = readable(answer.body());
        let refusal = match answer.status() {
            StatusCode::OK => {
                return self.identity(&self.members(answer, &body, typed)?, attempt).map_err(NotAccepted::from);
            }
            StatusCode::FORBIDDEN => self.refusal(&self.members(answer, &body, typed)?, attempt),
            StatusCode::NOT_FOUND => self.unknown(&self.members(answer, &body, typed)?),
            StatusCode::TOO_MANY_REQUESTS => Ok(NotAccepted::Busy(HOOK_BUSY)),
            _ => Err(self.unexpected_status(answer)),
        };
        Err(refusal.unwrap_or_else(NotAccepted::from))
    }

    /// The error for a status that a hook's answer to a name never has.
    fn unexpected_status(&self, answer: &Answer) -> NotAvailable {
        // A server error may come from anywhere in the hook, whatever its body says.
        let body = readable(answer.body());
        let members = Members::read(&body).ok().filter(|_| !answer.status().is_server_error());
        if let Some(why) = members.and_then(|members| self.wrong_status(answer.status(), &members)) {
            return why;
        }
        self.status_error(answer.status())
    }

    /// The error for a status that is wrong whatever the body says.
    pub(super) fn status_error(&self, status: StatusCode) -> NotAvailable {
        let fix = match status {
            StatusCode::UNAUTHORIZED => {
                let why = format!("status 401: it does not accept our secret, from {}", self.settings.secret_place);
                return self.not_available("secret", format!("{why}; give both the same secret"));
            }
            status if status.is_redirection() => "no redirect is followed with a password; set `url` to its target",
            status if status.is_server_error() => "look into the hook's own log",
            _ => "check that `url` leads to the hook, and that it answers as examples/webhook/README.md says",
        };
        self.not_available("answer", format!("status {}; {fix}", status.as_u16()))
    }

    /// The members of the object. `body` is the answer's, made readable. `typed`: what was typed, for the log.
    pub(super) fn members<'b, R: Borrow<Redaction>>(
        &self,
        answer: &Answer,
        body: &'b [u8],
        typed: impl Fn() -> R,
    ) -> Result<Members<'b>, NotAvailable> {
        let members = Members::read(body).map_err(|why| {
            let status = answer.status().as_u16();
            let encoding = encoding_in_words(answer, typed().borrow());
            self.invalid_answer(format!("status {status} without a JSON object ({why}){encoding}"))
        })?;
        for name in members.names().filter(|name| !MEMBERS.contains(name)) {
            self.warn_unknown_member(name, &typed);
        }
        Ok(members)
    }

    /// An unknown member is ignored (security rule C15). The log names the first, which may be misspelt.
    fn warn_unknown_member<R: Borrow<Redaction>>(&self, name: &str, typed: impl FnOnce() -> R) {
        if !self.warned_of_member.swap(true, Ordering::Relaxed) {
            let warning = unknown_member(name, typed().borrow());
            tracing::warn!(provider = %self.id, cause = "member_ignored", "{warning}");
        }
    }

    pub(super) fn invalid_answer(&self, why: impl Display) -> NotAvailable {
        self.not_available("answer", format!("{why}; have the hook answer as examples/webhook/README.md says"))
    }

    /// `{"subject": "4711", "claims": {…}, "groups": […]}`
    fn identity(&self, members: &Members<'_>, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAvailable> {
        if !members.has("subject")
            && let Some(why) = self.wrong_status(StatusCode::OK, members)
        {
            return Err(why);
        }
        let subject = self.subject(members.get("subject"))?;
        // C56: the database and the log show a subject.
        if attempt.is_password(subject.as_str()) {
            return Err(self.not_available("answer", format!("{SUBJECT_IS_PASSWORD}; {SUBJECT_IS_PASSWORD_FIX}")));
        }
        // The sign-in reads the claims. An invalid claim refuses at most this sign-in, and the hook does not count as
        // unavailable.
        let mut claims = self.claims(members, attempt)?;
        match members.get("groups") {
            Ok(Some(groups)) => self.insert_claim(&mut claims, &self.groups_claim, groups)?,
            Ok(None) => {}
            Err(why) => self.warn(format_args!("`groups` can't be read and is left out ({why})")),
        }
        self.refuse_contradictions(members, &["refused", "unknown"])?;
        self.insert_claim(&mut claims, "sub", subject.as_str().into())?;
        let left_out = self.leave_out_password(&mut claims, attempt);
        let key = IdentityKey { provider: self.id.clone(), issuer: self.issuer.clone(), subject };
        let secrets = Arc::clone(attempt.shared_redaction());
        Ok(ExternalIdentity { secrets, left_out, ..ExternalIdentity::new(key, claims) })
    }

    fn claims(&self, members: &Members<'_>, attempt: &Attempt<'_>) -> Result<Map<String, Value>, NotAvailable> {
        let claims =
            members.raw("claims").map_err(|why| self.invalid_answer(format!("`claims` can't be read ({why})")))?;
        match claims.map(RawValue::get) {
            // What programs write for "nothing". PHP writes an empty map as an empty list.
            None | Some("null" | "false" | "\"\"") => Ok(Map::new()),
            Some(claims) if serde_json::from_str::<[(); 0]>(claims).is_ok() => Ok(Map::new()),
            Some(claims) => {
                let claims =
                    Members::read(claims.as_bytes()).map_err(|_| self.invalid_answer("`claims` is not an object"))?;
                readable_claims(&claims, (&self.id, "the hook's answer"), || attempt.redaction())
                    .map_err(|why| self.invalid_answer(format!("`sub` in `claims` can't be read ({why})")))
            }
        }
    }

    /// C15
    fn subject(&self, member: Result<Option<Value>, JsonError>) -> Result<Subject, NotAvailable> {
        subject(member).map_err(|broken| self.invalid_answer(broken))
    }

    /// A value in two places must be the same in both.
    fn insert_claim(&self, claims: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), NotAvailable> {
        match claims.get(name) {
            Some(other) if !is_same(other, &value) => {
                Err(self.invalid_answer(format!("`claims` holds another {name:?} than the answer itself")))
            }
            Some(_) | None => {
                claims.insert(name.to_owned(), value);
                Ok(())
            }
        }
    }

    /// `{"refused": "locked", "subject": "4711"}`. A refusal with an unknown reason is still a refusal: an error would
    /// show that the account exists (security rule C42).
    fn refusal(&self, members: &Members<'_>, attempt: &Attempt<'_>) -> Result<NotAccepted, NotAvailable> {
        let words = || REASONS.map(|(word, _)| format!("{word:?}")).join(", ");
        if !members.has("refused") {
            if let Some(why) = self.wrong_status(StatusCode::FORBIDDEN, members) {
                return Err(why);
            }
            return Err(self.invalid_answer(format!("status 403 without a `refused` of {}", words())));
        }
        if matches!(members.get("unknown"), Ok(Some(Value::Bool(true)))) {
            return Err(self.invalid_answer("\"unknown\" contradicts the status"));
        }
        let reason = members.lossy_text("refused").unwrap_or_default();
        let why = REASONS.into_iter().find_map(|(word, why)| (word == reason).then_some(why));
        if why.is_none() {
            self.warn(format_args!("the hook refuses with a `refused` that is none of {}", words()));
        }
        let not_counted = |why: &dyn Display| self.warn(format_args!("a refusal is counted for no account: {why}"));
        let who = members.has("subject").then(|| subject(members.get("subject")));
        let who = who.and_then(|who| who.inspect_err(|why| not_counted(why)).ok());
        let who = who.filter(|who| {
            let is_password = attempt.is_password(who.as_str());
            is_password.then(|| not_counted(&SUBJECT_IS_PASSWORD));
            !is_password
        });
        if let Some(name) = ["claims", "groups", PROBE].into_iter().find(|name| members.has(name)) {
            self.warn(format_args!("the hook sends {name:?} with a refusal, which is not read"));
        }
        Ok(NotAccepted::Refused { why: why.unwrap_or(RefusalReason::NameOrPassword), subject: who })
    }

    fn warn(&self, what: std::fmt::Arguments<'_>) {
        tracing::warn!(provider = %self.id, "{what}; have the hook answer as examples/webhook/README.md says");
    }

    /// `{"unknown": true}`. The status alone is not enough, since a wrong address answers 404, too.
    fn unknown(&self, members: &Members<'_>) -> Result<NotAccepted, NotAvailable> {
        if !members.has("unknown")
            && let Some(why) = self.wrong_status(StatusCode::NOT_FOUND, members)
        {
            return Err(why);
        }
        match members.get("unknown") {
            Ok(Some(Value::Bool(true))) => self
                .refuse_contradictions(members, &["subject", "claims", "groups", "refused"])
                .map(|()| NotAccepted::Unknown),
            Ok(_) => Err(self.invalid_answer("status 404 without `\"unknown\": true`")),
            Err(why) => Err(self.invalid_answer(format!("status 404, and `unknown` can't be read ({why})"))),
        }
    }

    /// The error for an answer whose members say what its status does not. `None`: they say nothing that decides.
    fn wrong_status(&self, status: StatusCode, members: &Members<'_>) -> Option<NotAvailable> {
        let says_unknown = matches!(members.get("unknown"), Ok(Some(Value::Bool(true))));
        let (member, fix) = match (says_unknown, members.lossy_text("refused")) {
            (true, Some(_)) | (false, None) => return None,
            (true, None) => ("unknown", "have the hook answer 404 for a name that it does not know"),
            (false, Some(_)) => ("refused", "have the hook answer 403 for a name or a password that it refuses"),
        };
        let (phase, meaning) = match status {
            StatusCode::UNAUTHORIZED => (
                "secret",
                format!(
                    ": 401 means that it does not accept our secret, from {}; if it does, {fix}; otherwise give both \
                     the same secret",
                    self.settings.secret_place
                ),
            ),
            _ => ("answer", format!(", which belongs to another status; {fix}")),
        };
        Some(self.not_available(phase, format!("status {} with `{member}`{meaning}", status.as_u16())))
    }

    /// Refuses a member that contradicts the status. False and what is empty contradict nothing.
    fn refuse_contradictions(&self, members: &Members<'_>, names: &[&str]) -> Result<(), NotAvailable> {
        let harmless = |name: &str| match members.get(name) {
            Ok(None | Some(Value::Bool(false))) => true,
            Ok(Some(Value::String(text))) => text.is_empty(),
            Ok(Some(Value::Array(list))) => list.is_empty(),
            Ok(Some(Value::Object(members))) => members.is_empty(),
            Ok(Some(Value::Null | Value::Bool(true) | Value::Number(_))) | Err(_) => false,
        };
        match names.iter().find(|name| !harmless(name)) {
            Some(name) => Err(self.invalid_answer(format!("{name:?} contradicts the status"))),
            None => Ok(()),
        }
    }
}

/// The warning about a member that is not read. Its name may be what the person typed (security rule C56).
pub(super) fn unknown_member(name: &str, typed: &Redaction) -> String {
    let name = typed.quote_name(name, 40);
    format!("the hook's answer has a member {name}, which is not read; examples/webhook/README.md lists those that are")
}

/// Whether two values are the same. The order of a list does not matter, since only groups are a list here.
fn is_same(one: &Value, other: &Value) -> bool {
    let set = |list: &[Value]| list.iter().map(Value::to_string).collect::<BTreeSet<_>>();
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => set(one) == set(other),
        (one, other) => one == other,
    }
}

/// C15
fn subject(member: Result<Option<Value>, JsonError>) -> Result<Subject, RuleViolation> {
    let got = match member {
        Ok(Some(Value::String(text))) => match subject_fault(&text) {
            None => return Ok(Subject::from(text)),
            Some(got) => got,
        },
        Ok(Some(_)) => "another type".to_owned(),
        Ok(None) => "none".to_owned(),
        Err(why) => why.to_string(),
    };
    Err(RuleViolation::new("C15", "`subject`", "text of 1 to 255 bytes", got))
}
