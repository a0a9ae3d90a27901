//! The result of a trial login, as text.

use serde_json::Value;

use super::report::{Accepted, AccountReport, AppReport, Report, Verdict};
use crate::base::ids::Issuer;
use crate::base::invisible::escape_invisible;
use crate::base::shell;

impl Report {
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        let provider = format!("provider {} ({})", self.provider, self.kind);
        if !self.enabled {
            lines
                .push(format!("{provider} is disabled: nobody can sign in with it; set enabled = true to change that"));
        }
        match &self.verdict {
            Verdict::Accepted(accepted) => {
                lines.push(format!("{provider}: accepted"));
                accepted.to_text(&self.issuer, &mut lines);
            }
            Verdict::Unusable { why } => {
                lines.push(format!("{provider}: accepted, but a sign-in would refuse its answer: {why}"));
            }
            Verdict::Refused { why, subject } => {
                lines.push(format!("{provider}: refused: {why}"));
                lines.extend(subject.as_ref().map(|subject| fact("subject", &escape_invisible(subject.as_str()))));
            }
            Verdict::Unknown => lines.push(format!("{provider}: no such user")),
            Verdict::NotAvailable { server, phase, why, fix } => {
                lines.push(format!("{provider}: not available"));
                lines.extend([fact("server", server), fact("at", phase), fact("why", why)]);
                lines.extend(fix.as_ref().map(|fix| fact("fix", fix)));
            }
            Verdict::Busy { why } => lines.push(format!("{provider}: busy: {why}; try again in a moment")),
        }
        lines.push("Nothing was changed.".to_owned());
        lines.join("\n")
    }
}

impl Accepted {
    fn to_text(&self, issuer: &Issuer, lines: &mut Vec<String>) {
        lines.push(fact("issuer", &escape_invisible(issuer.as_str())));
        lines.push(fact("subject", &escape_invisible(self.subject.as_str())));
        lines.push("  claims".to_owned());
        let width = self.claims.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        lines.extend(
            self.claims.iter().map(|(name, value)| format!("    {:width$}  {}", escape_invisible(name), shown(value))),
        );
        lines.push(fact("groups there", &listed(self.groups_there.iter().map(|group| escape_invisible(group)))));
        lines.push(fact("groups here", &listed(self.groups_here.iter().map(ToString::to_string))));
        self.account.to_text(lines);
        if let Some(app) = &self.app {
            app.to_text(lines);
        }
    }
}

impl AccountReport {
    fn to_text(&self, lines: &mut Vec<String>) {
        match self {
            Self::Linked { id, username, groups, disabled } => {
                lines.push(format!("account \"{username}\" (id {id}), linked"));
                lines.push(fact("groups", &listed(groups.iter().map(ToString::to_string))));
                let enable = |off| format!("{off}; vestibule user enable {}", shell::operand(username.as_str()));
                lines.extend(disabled.as_ref().map(|off| fact("state", &enable(off))));
            }
            Self::WouldBeMade { username, wished: None, .. } => {
                lines.push(format!("account: none yet; a new one would be called \"{username}\""));
            }
            Self::WouldBeMade { username, wished: Some(wished), taken_by } => {
                let by = taken_by.as_ref().map_or_else(String::new, |by| format!(" by the account \"{by}\""));
                lines.push(format!(
                    "account: none yet; a new one would be called \"{username}\", because \"{wished}\" is taken{by}"
                ));
            }
            Self::WouldBeAsked { new } => {
                let new = new.as_ref().map(|name| format!("; a new one would be called \"{name}\""));
                let asked = "account: none yet; a page would ask the person whether they have one";
                lines.push(asked.to_owned() + &new.unwrap_or_default());
            }
            Self::Refused { why } => lines.push(format!("account: refused: {why}")),
        }
    }
}

impl AppReport {
    fn to_text(&self, lines: &mut Vec<String>) {
        let off = if self.enabled { "" } else { " is disabled: nobody gets in; enabled = true lets people in" };
        lines.push(format!("app {}{off}", self.id));
        lines.extend(self.places.iter().map(|it| match &it.why {
            None => {
                let permissions = listed(it.permissions.iter().cloned());
                format!("  {}: enters; permissions: {permissions}; by {}", it.at, it.rules.join(", "))
            }
            Some(why) => format!("  {}: may not enter: {why}", it.at),
        }));
    }
}

fn fact(name: &str, value: &str) -> String {
    format!("  {name:<12}  {value}")
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// A claim's value on one line. JSON escapes control characters; other invisible characters are escaped here.
fn shown(value: &Value) -> String {
    escape_invisible(&value.to_string())
}
