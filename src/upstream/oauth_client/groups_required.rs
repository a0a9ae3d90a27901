//! The key `groups_required`: what happens if a provider does not say in which groups a person is.

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

impl GroupsRequired {
    /// Reads the key.
    pub fn read(section: &mut Section) -> Self {
        if section.optional("groups_required", boolean).unwrap_or(true) { Self::Yes } else { Self::No }
    }

    /// The groups that were asked for, or none, with a warning. An answer that is known to lack some is an error, too.
    ///
    /// # Errors
    /// When they did not come, and are required.
    pub fn settle<G: Default>(
        self,
        provider: &ProviderId,
        groups: Result<G, UpstreamError>,
    ) -> Result<G, UpstreamError> {
        match (groups, self) {
            (Ok(groups), _) => Ok(groups),
            (Err(why), Self::Yes) => Err(UpstreamError::GroupsUnknown(why.to_string())),
            (Err(why), Self::No) => {
                tracing::warn!(
                    %provider, error = %why, cause = "groups_unknown", "a person signs in without some of their groups"
                );
                Ok(G::default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use support::Log;

    use super::GroupsRequired::{No, Yes};
    use crate::upstream::UpstreamError;

    #[test]
    fn groups_that_did_not_come_are_a_refusal_or_a_warning_and_never_silent() {
        let (log, provider) = (Log::open(), "uni".parse().unwrap());
        let failed = || Err::<Vec<String>, _>(UpstreamError::Busy("teams: status 503".to_owned()));
        let why = Yes.settle(&provider, failed()).unwrap_err();
        let words = "teams: status 503; with groups_required = true, nobody signs in without their groups";
        assert_eq!((why.to_string(), log.text()), (words.to_owned(), String::new()));
        assert_eq!(No.settle(&provider, failed()), Ok(Vec::new()));
        let text = log.text();
        assert!(text.contains("groups_unknown") && text.contains("teams: status 503"), "{text}");
        assert_eq!(Yes.settle(&provider, Ok(vec!["a"])), Ok(vec!["a"]));
    }
}
