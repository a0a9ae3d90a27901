//! Mistakes in a provider of `kind = "password"`: local accounts.

use vestibule::passwords::{Cost, HashingSettings};
use vestibule::signin::link::FirstLogin;

use super::{APP, PROVIDER, SERVER, good, mistakes, settings_of};

const LOCAL: &str = "[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Local account\"\n";

fn settings(more: &str) -> HashingSettings {
    let config = good(&[SERVER, LOCAL, more, "\n", APP].concat());
    assert!(matches!(config.providers[0].first_login, FirstLogin::Refuse), "no login makes an account");
    let settings = settings_of::<HashingSettings>(&config.providers[0]);
    settings.as_ref().clone()
}

fn mistakes_with_keys(more: &str) -> String {
    mistakes(&[SERVER, LOCAL, more, "\n", APP].concat())
}

#[test]
fn every_hashing_key_has_a_default() {
    let own = settings("");
    assert_eq!(Some(own.cost), Cost::new(19, 2, 1));
    assert!(own.at_once >= 1 && own.queue == 32 && own.pepper.is_none() && own.former_pepper.is_none());
    let own = settings("memory_mib = 46\npasses = 1\nlanes = 2\nat_once = 3\nqueue = 0");
    assert_eq!((Some(own.cost), own.at_once, own.queue), (Cost::new(46, 1, 2), 3, 0));
}

#[test]
fn hashes_that_are_cheap_to_guess_are_refused() {
    let fix = "the least are 46 MiB with 1 pass, 19 with 2, 12 with 3, 9 with 4, 7 with 5";
    for (keys, key, expected) in [
        ("passes = 1", "passes", "19 MiB, 1 passes"),
        ("memory_mib = 18", "memory_mib", "18 MiB, 2 passes"),
        ("passes = 4\nmemory_mib = 8", "memory_mib", "8 MiB, 4 passes"),
    ] {
        let message = mistakes_with_keys(keys);
        assert!(
            message.ends_with(&format!(
                "[provider.local] `{key}` makes hashes that are too cheap to guess: {expected}; {fix}"
            )),
            "{message}"
        );
    }
    for good in [
        "memory_mib = 12\npasses = 3",
        "memory_mib = 9\npasses = 4",
        "memory_mib = 7\npasses = 5",
        "memory_mib = 64\npasses = 1",
    ] {
        settings(good);
    }
}

#[test]
fn numbers_are_whole_and_within_bounds() {
    assert_eq!(
        mistakes_with_keys("memory_mib = \"19\"\npasses = 0\nlanes = 1.5\nat_once = 0\nqueue = -1"),
        "\
vestibule.toml:7: [provider.local] `memory_mib` must be a whole number, found a string; leave out the quotation marks
vestibule.toml:8: [provider.local] `passes` must be a whole number from 1 to 64
vestibule.toml:9: [provider.local] `lanes` must be a whole number, found a number
vestibule.toml:10: [provider.local] `at_once` must be a whole number from 1 to 256
vestibule.toml:11: [provider.local] `queue` must be a whole number from 0 to 10000"
    );
    assert_eq!(
        mistakes_with_keys("memory_mib = 99999999999999999999"),
        "vestibule.toml:7: [provider.local] `memory_mib` must be a whole number, found a number that is too large"
    );
    let text = [SERVER, LOCAL, APP].concat();
    let variable = "VESTIBULE_PROVIDER__LOCAL__QUEUE";
    let message = super::mistakes_with(&text, &[(variable, "many")]);
    assert_eq!(message, format!("{variable}: [provider.local] `queue` must be a whole number from 0 to 10000"));
}

#[test]
fn a_pepper_has_32_characters_and_a_former_pepper_needs_a_current_one() {
    let long = "p".repeat(32);
    assert!(settings(&format!("pepper = \"{long}\"")).pepper.is_some());
    let both = settings(&format!("pepper = \"{long}\"\nformer_pepper = \"{long}q\""));
    assert!(both.former_pepper.is_some() && !format!("{both:?}").contains(&long));
    assert_eq!(
        mistakes_with_keys("pepper = \"short\""),
        "vestibule.toml:7: [provider.local] `pepper` holds fewer than 32 characters, which could be guessed; make one: \
         openssl rand -base64 32"
    );
    assert_eq!(
        mistakes_with_keys(&format!("former_pepper = \"{long}\"")),
        "vestibule.toml:7: [provider.local] `former_pepper` names a former pepper, but there is no current one; add \
         pepper_file: a pepper can be changed, but not removed"
    );
}

#[test]
fn keys_for_other_providers_are_refused_for_local_accounts() {
    assert_eq!(
        mistakes_with_keys("first_login = \"provision\"\nusername = \"{{ name }}\"\nallow_private = true"),
        "\
vestibule.toml:7: [provider.local] `first_login` is for providers with accounts of their own; this one checks only \
    local accounts; leave it out: `vestibule user add` makes its accounts
vestibule.toml:8: [provider.local] `username` is for providers with accounts of their own; this one checks only local \
    accounts; leave it out: `vestibule user add` makes its accounts
vestibule.toml:9: [provider.local] `allow_private` has no meaning for our own accounts; leave it out; `vestibule user \
    group add` puts them into groups"
    );
}

#[test]
fn there_is_at_most_one_provider_of_local_accounts() {
    let other = LOCAL.replace("local", "another");
    assert_eq!(
        mistakes(&[SERVER, LOCAL, &other, APP].concat()),
        "vestibule.toml:9: [provider.another] `kind` = \"password\" is used by another provider already, but there is \
         one set of accounts; leave one of the two out"
    );
    assert_eq!(good(&[SERVER, LOCAL, PROVIDER, APP].concat()).providers.len(), 2);
}
