//! `authoritative_domains` of `[[provider]]`.

use super::provider_kind::ProviderKinds;
use super::reader::{Fault, Section, non_empty_list, parsed};
use super::rules::domain;
use crate::base::ids::ProviderId;
use crate::base::urls::comparable_domain;

/// Refuses the key if this provider never says that it has verified an address (rule L3).
pub fn authoritative_domains<S>(
    section: &mut Section,
    provider: Option<(&ProviderId, &S)>,
    kinds: &ProviderKinds<S>,
) -> Vec<String> {
    const KEY: &str = "authoritative_domains";
    if let Some(fix) = provider.and_then(|(id, settings)| (kinds.why_unverified)(settings, id)) {
        let fault = Fault::new("needs addresses that the provider has verified, and none come from this one");
        section.reject_key(KEY, fault.fix(fix));
        return Vec::new();
    }
    let domains = section.optional(KEY, non_empty_list(parsed(domain))).unwrap_or_default();
    domains.iter().map(|domain| comparable_domain(domain)).collect()
}
