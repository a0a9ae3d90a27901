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
pub type FindingSink<'t> = &'t mut (dyn FnMut(Finding) + Send);

/// Reports findings about one thing.
pub struct Reporter<'t> {
    about: String,
    sink: FindingSink<'t>,
}

impl<'t> Reporter<'t> {
    pub fn new(about: impl Into<String>, sink: FindingSink<'t>) -> Self {
        Self { about: about.into(), sink }
    }

    pub fn good(&mut self, what: impl Into<String>) {
        self.report(Verdict::Good, what, None);
    }

    pub fn warn(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.report(Verdict::Warning, what, Some(fix.into()));
    }

    pub fn wrong(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.report(Verdict::Wrong, what, Some(fix.into()));
    }

    /// An error whose text names its fix, after the last `;`.
    pub fn wrong_from_error(&mut self, why: &impl fmt::Display) {
        self.report_error(Verdict::Wrong, why);
    }

    /// As [`Self::wrong_from_error`], when it still works.
    pub fn warn_from_error(&mut self, why: &impl fmt::Display) {
        self.report_error(Verdict::Warning, why);
    }

    fn report_error(&mut self, verdict: Verdict, why: &impl fmt::Display) {
        let text = why.to_string();
        match text.rsplit_once("; ") {
            Some((what, fix)) => self.report(verdict, what, Some(fix.to_owned())),
            None => self.report(verdict, text, None),
        }
    }

    pub fn report(&mut self, verdict: Verdict, what: impl Into<String>, fix: Option<String>) {
        (self.sink)(Finding { verdict, about: self.about.clone(), what: what.into(), fix });
    }
}

impl fmt::Debug for Reporter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter").field("about", &self.about).finish_non_exhaustive()
    }
}
