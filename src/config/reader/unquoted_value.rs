//! Explains a value without quotation marks. Messages quote only known keys: in a broken line, any other word may be a
//! piece of a secret (security rule C56).

use super::nearest;

/// The TOML type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueType {
    Text,
    Boolean,
    Number,
    List,
}

const FLAGS: &str = "allow_private anonymous email_verified enabled groups_required pkce require_state userinfo \
                     verified_strings";
const NUMBERS: &str = "at_once bans_after free_tries lanes memory_mib most passes queue";
const LISTS: &str = "accounts acr_values algorithms ask authoritative_domains authserver claims domains \
                     email_domains hosted_domain issuer_aliases languages locations onward_origins permissions \
                     providers remember rooms scopes servers subject_claims tenants trusted_proxies";
const TEXTS: &str = "absolute api_version application audience auth_url authserver_unknown base bind bind_dn ca_file \
                     client_assertion_audience client_auth client_id client_key client_key_id client_secret compare \
                     confdir delivery discovery_url display_name domain email encryption filter first_login format \
                     former_pepper fresh graph_url group_attribute group_base group_filter groups_claim help host icon \
                     id idle iss_parameter issuer keep kind level lifetime listen logo master_key_file max_age \
                     member_of member_of_as name nonce on_refused password pepper preferred_username preset provider \
                     public_url realm reauth region response_mode role room_location scope scope_separator secret \
                     server service service_dn service_password subject subject_attribute synchronous team_id tenant \
                     timeout tls token_parameter token_url url user_pool userinfo_url username usernames";

fn value_type(key: &str) -> Option<ValueType> {
    let plain = key.strip_suffix("_file").unwrap_or(key);
    let holds = |words: &str| words.split(' ').any(|word| word == key || word == plain);
    let types =
        [(FLAGS, ValueType::Boolean), (NUMBERS, ValueType::Number), (LISTS, ValueType::List), (TEXTS, ValueType::Text)];
    types.into_iter().find(|(words, _)| holds(words)).map(|(_, of)| of)
}

/// Whether the config has such a key. Keys of the operator's own, such as the names of a provider's groups, are not
/// among them.
pub(super) fn is_key(word: &str) -> bool {
    value_type(word).is_some()
}

/// The key that `word` is, or nearly.
pub(in crate::config) fn nearest_key(word: &str) -> Option<String> {
    if is_key(word) {
        return Some(word.to_owned());
    }
    let (plain, suffix) = word.strip_suffix("_file").map_or((word, ""), |plain| (plain, "_file"));
    let keys = [FLAGS, NUMBERS, LISTS, TEXTS].into_iter().flat_map(|words| words.split(' '));
    nearest(plain, keys).map(|key| format!("{key}{suffix}"))
}

/// What is wrong with `value`, which stands after `key =` and is not TOML, and how to write it. `None` if the key is
/// unknown.
pub(super) fn explain(key: &str, value: &str) -> Option<String> {
    let plain = value.split('#').next().unwrap_or_default().trim().trim_end_matches([';', ',']).to_lowercase();
    Some(match value_type(key)? {
        ValueType::Text => format!(
            "the value of `{key}` is not a number, true or false, and a text needs quotation marks; \
             write {key} = \"…\""
        ),
        ValueType::Boolean => {
            let fix = match plain.as_str() {
                "true" | "yes" | "on" | "1" => format!("{key} = true"),
                "false" | "no" | "off" | "0" => format!("{key} = false"),
                _ => format!("{key} = true or {key} = false"),
            };
            format!("the value of `{key}` must be true or false, in lower case and with nothing after it; write {fix}")
        }
        ValueType::Number => {
            let digits = plain.trim_start_matches('0');
            // A longer number than any of ours may be a piece of a secret.
            let number = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let digits = if digits.is_empty() && plain.starts_with('0') { "0" } else { digits };
            let fix = if number && !digits.is_empty() { digits } else { "…" };
            format!(
                "the value of `{key}` must be a whole number: digits alone, without a 0 before them; write {key} = \
                 {fix}"
            )
        }
        ValueType::List => format!("the value of `{key}` must be a list of texts; write {key} = [\"…\"]"),
    })
}
