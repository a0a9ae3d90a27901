//! The key `groups_required`: what happens if a provider does not say in which groups a person is.

use std::time::Duration;

use tokio::time::timeout;

use crate::base::ids::ProviderId;
use crate::config::reader::{Section, boolean};
use crate::upstream::UpstreamError;

/// Whether a sign-in needs the groups that the config maps. They come by requests of their own, and one may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupsRequired {
    /// Without its groups, a sign-in is refused. The person would lack rights, and nothing on the page would say so.
    Yes,
    /// The sign-in goes on without them, and the log warns.
    No,
}

/// The longest that a list may take, with all its pages: a person waits. A login asks for its lists at the same time.
const LONGEST: Duration = Duration::from_secs(10);

/// The groups of a list, or none and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled<G> {
    pub groups: G,
    /// Why they did not come. The sign-in can do without them.
    pub missing: Option<MissingGroups>,
}

/// Why groups did not come that a sign-in can do without.
#[derive(Debug, PartialEq, Eq)]
pub struct MissingGroups(UpstreamError);

impl GroupsRequired {
    /// Reads the key.
    pub fn read(section: &mut Section) -> Self {
        if section.optional("groups_required", boolean).unwrap_or(true) { Self::Yes } else { Self::No }
    }

    /// The groups that are asked for, or none. An answer that is known to lack some is an error, too. `what`: the
    /// list's name in errors.
    ///
    /// # Errors
    /// When they do not come in time, and are required.
    pub async fn settle<G: Default>(
        self,
        what: &str,
        listed: impl Future<Output = Result<G, UpstreamError>>,
    ) -> Result<Settled<G>, UpstreamError> {
        self.settle_within(LONGEST, what, listed).await
    }

    async fn settle_within<G: Default>(
        self,
        longest: Duration,
        what: &str,
        listed: impl Future<Output = Result<G, UpstreamError>>,
    ) -> Result<Settled<G>, UpstreamError> {
        let late = || UpstreamError::Busy(format!("{what} takes longer than {} s", longest.as_secs()));
        match (timeout(longest, listed).await.unwrap_or_else(|_| Err(late())), self) {
            (Ok(groups), _) => Ok(Settled { groups, missing: None }),
            (Err(why), Self::Yes) => Err(UpstreamError::GroupsUnknown(why.to_string())),
            (Err(why), Self::No) => Ok(Settled { groups: G::default(), missing: Some(MissingGroups(why)) }),
        }
    }
}

impl MissingGroups {
    /// Warns that the person signs in all the same.
    pub fn warn(&self, provider: &ProviderId) {
        let Self(why) = self;
        tracing::warn!(
            %provider, error = %why, cause = "groups_unknown", "a person signs in without some of their groups"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use support::Log;

    use super::GroupsRequired::{No, Yes};
    use super::{GroupsRequired, Settled};
    use crate::upstream::UpstreamError;

    #[tokio::test]
    async fn groups_that_did_not_come_are_a_refusal_or_a_warning_and_never_silent() {
        let log = Log::open();
        let failed = || ready(Err::<Vec<String>, _>(UpstreamError::Busy("teams: status 503".to_owned())));
        let why = Yes.settle("teams", failed()).await.unwrap_err();
        let words = "teams: status 503; with groups_required = true, nobody signs in without their groups";
        assert_eq!((why.to_string(), log.text()), (words.to_owned(), String::new()));
        let Settled { groups, missing } = No.settle("teams", failed()).await.unwrap();
        assert_eq!(groups, Vec::<String>::new());
        missing.unwrap().warn(&"uni".parse().unwrap());
        let text = log.text();
        assert!(text.contains("groups_unknown") && text.contains("teams: status 503"), "{text}");
        let settled = Yes.settle("teams", ready(Ok(vec!["a"]))).await;
        assert_eq!(settled, Ok(Settled { groups: vec!["a"], missing: None }));
    }

    #[tokio::test]
    async fn a_list_that_takes_too_long_did_not_come() {
        let late = |required: GroupsRequired| {
            required.settle_within(Duration::ZERO, "the list of teams", pending::<Result<Vec<String>, _>>())
        };
        let why = late(Yes).await.unwrap_err().to_string();
        assert!(why.starts_with("the list of teams takes longer than 0 s; with groups_required = true"), "{why}");
        let settled = late(No).await.unwrap();
        assert!(settled.groups.is_empty() && settled.missing.is_some());
    }
}
