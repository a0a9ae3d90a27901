//! What `vestibule check` finds in a provider's JWK Set.

use std::collections::BTreeSet;

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::probe::{algorithm_names, quoted};
use super::published_metadata::PublishedMetadata;
use crate::signin::identify::Algorithm;
use crate::upstream::probe::Reporter;

/// How many of the keys that verify nothing are named.
const MOST_NAMED: usize = 10;

impl Oidc {
    pub(super) fn check_keys(
        &self,
        current: &ProviderMetadata,
        published: &PublishedMetadata,
        reporter: &mut Reporter<'_>,
    ) {
        let allowed = &self.settings.algorithms;
        let usable = current.keys.iter().filter(|key| allowed.iter().any(|algorithm| key.verifies(*algorithm))).count();
        // A key of a type that we don't support is reported only if no other key can be used.
        for skipped in current.keys.skipped.iter().filter(|skipped| usable == 0 || skipped.why.is_malformed()) {
            reporter.warn(format!("keys: skipped {skipped}"), "have the provider publish it as RFC 7517 says");
        }
        if usable == 0 {
            let others = Algorithm::ALL.into_iter().filter(|other| current.keys.iter().any(|key| key.verifies(*other)));
            let others: Vec<_> = others.map(|other| format!("\"{}\"", other.as_str())).collect();
            let fix = match others.as_slice() {
                [] => "have the provider publish a key that signs".to_owned(),
                others => format!("set algorithms to one of {}", others.join(", ")),
            };
            reporter.wrong(format!("keys: none of {} verifies {}", current.keys.len(), algorithm_names(allowed)), fix);
            check_idle_keys(current, reporter);
        } else {
            reporter.good(format!("keys: {usable} of {} can verify {}", current.keys.len(), algorithm_names(allowed)));
        }
        if let Some(signs) = published.list("id_token_signing_alg_values_supported")
            && !signs.iter().any(|name| Algorithm::from_name(name).is_some_and(|one| allowed.contains(&one)))
        {
            let what = format!(
                "algorithms: it signs with {}, and `algorithms` allows {}",
                quoted(&signs),
                algorithm_names(allowed)
            );
            let supported: BTreeSet<&str> =
                signs.iter().copied().filter(|name| Algorithm::from_name(name).is_some()).collect();
            let fix = if supported.is_empty() {
                "have the provider sign this client's ID tokens with another algorithm, such as RS256".to_owned()
            } else {
                format!("set algorithms to one of {}, or change the provider's for this client", quoted(&supported))
            };
            reporter.wrong(what, fix);
        }
    }
}

/// Names the keys that verify no signature.
fn check_idle_keys(current: &ProviderMetadata, reporter: &mut Reporter<'_>) {
    let idle = current.keys.iter().filter(|key| !Algorithm::ALL.into_iter().any(|one| key.verifies(one)));
    for key in idle.take(MOST_NAMED) {
        let kid = key.kid().map_or_else(String::new, |kid| format!(" {kid:?}"));
        let why = key.idle_because().map_or_else(
            || "its `use`, `alg` or `key_ops` says that it signs nothing".to_owned(),
            |why| why.to_string(),
        );
        let what = format!("keys: the key{kid} verifies nothing: {why}");
        reporter.warn(what, "have the provider publish a key for signatures as RFC 7517 says");
    }
}
