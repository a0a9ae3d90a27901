//! `first_login = "ask"`, and what its page offers.

use vestibule::signin::link::FirstLogin;

use super::good;
use super::provider::{config, mistakes_with_lines};

#[test]
fn a_provider_that_asks_at_a_first_login_offers_a_proof_and_a_new_account() {
    let asked = |lines: &str| match &good(&config(lines)).providers[0].first_login {
        FirstLogin::Ask(ask) => (ask.prove, ask.new.is_some()),
        other => panic!("{other:?}"),
    };
    let ask = "first_login = \"ask\"\n";
    assert_eq!(asked(ask), (true, true));
    for (choices, offered) in [("[\"prove\"]", (true, false)), ("[\"new\"]", (false, true))] {
        assert_eq!(asked(&format!("{ask}ask = {choices}")), offered);
    }
    assert!(mistakes_with_lines(&format!("{ask}ask = []")).starts_with("vestibule.toml:11: [provider.uni] `ask` "));
    for policy in ["", "first_login = \"refuse\"\n"] {
        let message = mistakes_with_lines(&format!("{policy}ask = [\"prove\"]"));
        let end = "`ask` says what the page offers that asks at a first login; leave it out, or set first_login = \
                   \"ask\"";
        assert!(message.ends_with(end), "{message}");
    }
}
