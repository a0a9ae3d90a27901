//! The table of provider kinds. A new kind is a folder next to this file and one row here.

use super::{
    ProviderSettings, apple, facebook, github, google, ldap, microsoft, oauth2, oidc, pam, password, presets, webhook,
    xmpp,
};
use crate::config::ProviderKinds;

/// Every kind that the config may name.
pub const KINDS: ProviderKinds<ProviderSettings> = ProviderKinds {
    offered: &[
        &apple::kind::Kind,
        &facebook::kind::Kind,
        &github::kind::Kind,
        &google::kind::Kind,
        &ldap::kind::Kind,
        &microsoft::kind::Kind,
        &oauth2::kind::Kind,
        &oidc::kind::Kind,
        &pam::kind::Kind,
        &password::kind::Kind,
        &webhook::kind::Kind,
        &xmpp::kind::Kind,
    ],
    planned: &["saml"],
    presets: presets::all,
    why_unverified: |settings, id| settings.why_unverified(id),
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::KINDS;

    #[test]
    fn kind_names_are_unique_and_no_kind_is_both_offered_and_planned() {
        let offered = KINDS.offered.iter().map(|kind| kind.name());
        let all: Vec<&str> = offered.chain(KINDS.planned.iter().copied()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
