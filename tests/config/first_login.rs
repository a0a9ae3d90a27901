//! `first_login = "ask"`, and what its page offers.

use vestibule::signin::link::FirstLogin;

use super::provider::{config, mistakes_with_lines};
use super::{good, mistakes};

#[test]
fn a_provider_that_asks_at_a_first_login_offers_a_proof_and_a_new_account() {
    let asked = |lines: &str| match &good(&config(lines)).providers[0].first_login {
        FirstLogin::Ask(ask) => (ask.prove, ask.new.is_some(), ask.request.is_some()),
        other => panic!("{other:?}"),
    };
    let ask = "first_login = \"ask\"\n";
    assert_eq!(asked(ask), (true, true, false));
    for (choices, offered) in [
        ("[\"prove\"]", (true, false, false)),
        ("[\"new\"]", (false, true, false)),
        ("[\"request\"]", (false, false, true)),
        ("[\"prove\", \"new\", \"request\"]", (true, true, true)),
    ] {
        assert_eq!(asked(&format!("{ask}ask = {choices}")), offered);
    }
    assert_eq!(
        mistakes_with_lines(&format!("{ask}ask = [\"requests\"]")),
        "vestibule.toml:11: [provider.uni] `ask` does not know \"requests\"; did you mean \"request\"?"
    );
    assert!(mistakes_with_lines(&format!("{ask}ask = []")).starts_with("vestibule.toml:11: [provider.uni] `ask` "));
    for policy in ["", "first_login = \"refuse\"\n"] {
        let message = mistakes_with_lines(&format!("{policy}ask = [\"prove\"]"));
        let end = "`ask` says what the page offers that asks at a first login; leave it out, or set first_login = \
                   \"ask\"";
        assert!(message.ends_with(end), "{message}");
    }
}

#[test]
fn access_requests_are_kept_for_thirty_days_and_a_thousand_may_wait() {
    let read = |section: &str| {
        let requests = good(&format!("{section}{}", config(""))).access_requests;
        (requests.keep.as_secs() / 86_400, requests.most)
    };
    assert_eq!(read(""), (30, 1_000));
    assert_eq!(read("[access_requests]\nkeep = \"7d\"\nmost = 20\n"), (7, 20));
    let refused = |line: &str| mistakes(&format!("[access_requests]\n{line}\n{}", config("")));
    assert_eq!(
        refused("keep = \"30m\""),
        "vestibule.toml:2: [access_requests] `keep` is less than a day; write days, such as \"30d\""
    );
    assert!(refused("most = 0").starts_with("vestibule.toml:2: [access_requests] `most` "), "{}", refused("most = 0"));
    assert!(refused("msot = 5").contains("`msot`"));
    assert!(
        refused("most = many").contains("the value of `most` must be a whole number"),
        "{}",
        refused("most = many")
    );
}
