//! What `vestibule check` finds in a provider's JWK Set.

use super::Oidc;
use super::metadata::Known;
use super::probe::{Published, names, quoted};
use crate::signin::identify::Algorithm;
use crate::upstream::probe::Speaker;

/// How many keys that verify nothing are named.
const MOST_NAMED: usize = 10;

impl Oidc {
    pub(super) fn check_keys(&self, known: &Known, published: &Published, to: &mut Speaker<'_>) {
        let allowed = &self.settings.algorithms;
        for skipped in known.keys.skipped.iter().filter(|skipped| skipped.why.is_a_fault()) {
            to.warn(format!("keys: skipped {skipped}"), "have the provider publish it as RFC 7517 says");
        }
        let usable = known.keys.iter().filter(|key| allowed.iter().any(|algorithm| key.verifies(*algorithm))).count();
        if usable == 0 {
            let others = Algorithm::ALL.into_iter().filter(|other| known.keys.iter().any(|key| key.verifies(*other)));
            let others: Vec<_> = others.map(|other| format!("\"{}\"", other.as_str())).collect();
            let fix = match others.as_slice() {
                [] => "have the provider publish a key that signs".to_owned(),
                others => format!("set algorithms to one of {}", others.join(", ")),
            };
            to.wrong(format!("keys: none of {} verifies {}", known.keys.len(), names(allowed)), fix);
            check_idle_keys(known, to);
        } else {
            to.good(format!("keys: {usable} of {} can verify {}", known.keys.len(), names(allowed)));
        }
        if let Some(signs) = published.list("id_token_signing_alg_values_supported")
            && !signs.iter().any(|name| Algorithm::named(name).is_some_and(|one| allowed.contains(&one)))
        {
            let what = format!("algorithms: it signs with {}, and {} is allowed", quoted(&signs), names(allowed));
            to.wrong(what, "let the two meet: in `algorithms`, or with the provider");
        }
    }
}

/// Names the keys that verify no signature.
fn check_idle_keys(known: &Known, to: &mut Speaker<'_>) {
    let idle = known.keys.iter().filter(|key| !Algorithm::ALL.into_iter().any(|one| key.verifies(one)));
    for key in idle.take(MOST_NAMED) {
        let kid = key.kid().map_or_else(String::new, |kid| format!(" {kid:?}"));
        let what = format!("keys: the key{kid} verifies nothing, by its `use`, `alg` or `key_ops`, or by its numbers");
        to.warn(what, "have the provider publish a key for signatures as RFC 7517 says");
    }
}
