//! The findings of `vestibule check`: one a line, each with its fix.

use std::fmt;

use serde::Serialize;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Good,
    /// It works, and the operator should know something.
    Warning,
    /// Sign-ins fail because of it.
    Wrong,
}

/// One finding. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub verdict: Verdict,
    /// `provider uni`, `database`.
    pub about: String,
    pub what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// `WARN provider uni: its certificate expires in 9 days → renew it`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Good => "ok  ",
            Verdict::Warning => "WARN",
            Verdict::Wrong => "BAD ",
        };
        write!(f, "{verdict} {}: {}", self.about, self.what)?;
        self.fix.as_ref().map_or(Ok(()), |fix| write!(f, " → {fix}"))
    }
}

/// Receives each finding as soon as it is known.
pub type Tell<'t> = &'t mut (dyn FnMut(Finding) + Send);

/// Reports findings about one thing.
pub struct Speaker<'t> {
    about: String,
    tell: Tell<'t>,
}

impl<'t> Speaker<'t> {
    pub fn new(about: impl Into<String>, tell: Tell<'t>) -> Self {
        Self { about: about.into(), tell }
    }

    pub fn good(&mut self, what: impl Into<String>) {
        self.say(Verdict::Good, what, None);
    }

    pub fn warn(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.say(Verdict::Warning, what, Some(fix.into()));
    }

    pub fn wrong(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.say(Verdict::Wrong, what, Some(fix.into()));
    }

    /// An error whose text names its fix, after the last `;`.
    pub fn wrong_as_told(&mut self, why: &impl fmt::Display) {
        self.say_as_told(Verdict::Wrong, why);
    }

    /// As [`Self::wrong_as_told`], when it still works.
    pub fn warn_as_told(&mut self, why: &impl fmt::Display) {
        self.say_as_told(Verdict::Warning, why);
    }

    fn say_as_told(&mut self, verdict: Verdict, why: &impl fmt::Display) {
        let told = why.to_string();
        match told.rsplit_once("; ") {
            Some((what, fix)) => self.say(verdict, what, Some(fix.to_owned())),
            None => self.say(verdict, told, None),
        }
    }

    pub fn say(&mut self, verdict: Verdict, what: impl Into<String>, fix: Option<String>) {
        (self.tell)(Finding { verdict, about: self.about.clone(), what: what.into(), fix });
    }
}

impl fmt::Debug for Speaker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speaker").field("about", &self.about).finish_non_exhaustive()
    }
}
