//! Only `accounts/` changes accounts, identities, groups, passwords and sessions. Each exception says why.

use std::collections::BTreeSet;
use std::path::Path;

use super::paths::module_of;
use super::source::Source;
use super::sources;

/// The files of the store whose functions this test knows.
const FILES: [&str; 25] = [
    "src/store/operations.rs",
    "src/store/access_ask.rs",
    "src/store/access_requests.rs",
    "src/store/account_lock.rs",
    "src/store/accounts.rs",
    "src/store/addresses.rs",
    "src/store/audit_erasure.rs",
    "src/store/future_times.rs",
    "src/store/groups.rs",
    "src/store/identities.rs",
    "src/store/identity_counts.rs",
    "src/store/identity_walk.rs",
    "src/store/link_proof.rs",
    "src/store/link_requests.rs",
    "src/store/login_throttle.rs",
    "src/store/names.rs",
    "src/store/own_methods.rs",
    "src/store/passwords.rs",
    "src/store/roles.rs",
    "src/store/search_terms/find.rs",
    "src/store/search_terms/missing.rs",
    "src/store/provider_counts.rs",
    "src/store/session_rows.rs",
    "src/store/sessions.rs",
    "src/store/suspensions.rs",
];
/// Functions that only `accounts/` calls. The store itself calls some of them in `Store::end_login`: a sign-in makes
/// its account, links its identity and opens its session in one statement, or in one transaction.
const ONLY_ACCOUNTS: [&str; 40] = [
    "move_to_account",
    "move_identity",
    "remove_merged_address",
    "keep_merge",
    "end_merge",
    "decide_access_request",
    "remove_access_requests_of",
    "settle_access_requests_of",
    "add_address",
    "add_to_group",
    "claim_account",
    "claim_account_of",
    "mark_unclaimed",
    "remove_address",
    "replace_session_id",
    "change_password",
    "disable",
    "enable",
    "end_other_sessions_of",
    "end_session",
    "end_session_of",
    "end_sessions_of",
    "erase_personal_values",
    "forgive_all",
    "forgive_counts",
    "give_role",
    "take_role",
    "keep_admin_invitation",
    "use_admin_invitation",
    "delete_link",
    "link",
    "make_account",
    "remove_account",
    "remove_from_group",
    "remove_password",
    "rename",
    "resume_provider",
    "set_password",
    "suspend_provider",
    "unlink",
];
/// Functions that write but are not operations, and the only other folder that calls each of them.
const ONLY_ANOTHER_FOLDER: [(&str, &str); 20] = [
    // A session that uses the admin pages.
    ("touch_admin_session", "admin"),
    ("prune_admin_invitations", "broker"),
    // A step of `Store::end_login`.
    ("open_session", "store"),
    ("provision", "store"),
    // The steps of a link request before its answer, which `Store::end_login` writes.
    ("prove_account", "broker"),
    ("prove_link_request", "store"),
    ("reopen_link_request", "broker"),
    ("finish_link_request", "broker"),
    // The answer by which a person asks to be let in.
    ("ask_for_access", "broker"),
    // A session in use is prolonged.
    ("touch", "broker"),
    // The login throttle counts each attempt.
    ("count_failure", "broker"),
    ("write_to_throttle", "broker"),
    ("forgive", "broker"),
    ("forgive_spelling", "broker"),
    // Times that lie in the future become now.
    ("correct_throttle_times", "broker"),
    // An account with more sessions than it may have loses the oldest.
    ("end_excess_sessions", "broker"),
    // Sessions of suspended providers, which no longer count, are removed.
    ("end_suspended_sessions", "broker"),
    // Expired rows are removed.
    ("prune_throttle", "broker"),
    // Search terms come from the accounts, and change nothing in them.
    ("write_missing_search_terms", "cli"),
    // The same password gets another hash.
    ("rehash", "passwords"),
];
/// Functions that only read, or lock what they read.
const READS: [&str; 62] = [
    "lock_merge",
    "merged_items",
    "merge_of",
    "has_local_password",
    "merges",
    "final_merges",
    "walk_identities",
    "access_request",
    "access_request_of",
    "access_requests",
    "access_requests_of",
    "count_waiting_access_requests",
    "lock_access_request",
    "lock_access_request_of",
    "waiting_access_requests",
    "account",
    "account_by_name",
    "accounts",
    "accounts_by_subject",
    "accounts_by_term",
    "found_account",
    "has_all_search_terms",
    "count_by_issuer",
    "count_by_other_client",
    "subjects_of",
    "count_passwords",
    "groups",
    "admin_used_at",
    "is_admin_invitation",
    "lock_admins",
    "role_of",
    "role_holders",
    "has_any_password",
    "has_password",
    "lock_identities_of",
    "signed_in_with",
    "lock_account",
    "lock_session",
    "holder",
    "identities",
    "subject_source",
    "identities_at",
    "identities_of",
    "password_of",
    "password_by_name",
    "live_session",
    "link_request",
    "lock_link_request",
    "sessions_of",
    "account_by_identity",
    "counts_at_servers",
    "counts_of",
    "failures",
    "addresses_of",
    "is_suspended",
    "suspension",
    "suspended_providers",
    "refresh_suspensions",
    "refresh_suspensions_if_due",
    "provider_uses",
    "count_provider_use",
    "count_accounts_only_at",
];

/// These have functions of the same names that are not functions of the store.
const NOT_THE_STORE: [&str; 3] = ["accounts", "broker", "passwords"];

/// Calls of the store's writing functions from folders that may not call them.
fn faults(source: &Source) -> Vec<String> {
    let home = module_of(&source.path).first().copied().unwrap_or_default();
    if ["store", "accounts"].contains(&home) || module_of(&source.path).contains(&"tests") {
        return Vec::new();
    }
    let allowed = |name: &str| match ONLY_ANOTHER_FOLDER.iter().find(|(listed, _)| *listed == name) {
        Some((_, folder)) => *folder == home,
        None => !ONLY_ACCOUNTS.contains(&name),
    };
    let mut faults = Vec::new();
    for [on, sign, name, bracket] in source.tokens.array_windows::<4>() {
        let call = match sign.text.as_str() {
            "." => !NOT_THE_STORE.contains(&on.text.as_str()) && bracket.text == "(",
            "::" => ["Store", "Transaction"].contains(&on.text.as_str()),
            _ => false,
        };
        if call && !allowed(&name.text) {
            let (path, line, name) = (&source.path, name.line, &name.text);
            faults
                .push(format!("{path}:{line}: calls the store's {name}: add an operation to accounts/, and call that"));
        }
    }
    faults
}

#[test]
fn only_operations_change_accounts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let faults: Vec<String> = sources(root, "src").iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_store_function_is_listed_as_an_operation_an_exception_or_a_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known: BTreeSet<&str> =
        ONLY_ACCOUNTS.into_iter().chain(READS).chain(ONLY_ANOTHER_FOLDER.map(|(name, _)| name)).collect();
    let mut found = BTreeSet::new();
    for path in FILES {
        let source = Source::read(path, &std::fs::read_to_string(root.join(path)).unwrap());
        for [public, waits, function, name] in source.tokens.array_windows::<4>() {
            if [public, waits, function].map(|word| word.text.as_str()) == ["pub", "async", "fn"] {
                found.insert(name.text.clone());
            }
        }
    }
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, known);
}

#[test]
fn a_direct_write_is_found_and_an_operation_is_not() {
    let found = |path: &str, code: &str| faults(&Source::read(path, code));
    for code in [
        "fn a() { transaction.rename(id, to) }",
        "fn a() { self.store.begin().await?\n.disable(id, by) }",
        "fn a() { Transaction::unlink(&mut transaction, key) }",
        "fn a() { map(Transaction::forgive_all) }",
        "fn a() { store.rehash(account, from, to) }",
    ] {
        assert_eq!(found("src/web/account.rs", code).len(), 1, "{code}");
        assert_eq!(found("src/accounts/account.rs", code), [""; 0], "{code}");
    }
    for code in ["fn a() { at.accounts.rename(actor, account, to) }", "fn a() { store.account(id) }"] {
        assert_eq!(found("src/cli/user.rs", code), [""; 0], "{code}");
    }
}
