//! Mistakes in an XMPP provider.

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::upstream::xmpp::settings::XmppSettings;

const CHAT: &str = "[[provider]]\nid = \"chat\"\nkind = \"xmpp\"\nname = \"Our chat\"\n";

#[test]
fn the_keys_of_an_xmpp_provider_are_checked() {
    let chat = |keys: &str| mistakes(&[SERVER, CHAT, keys, APP].concat());
    assert_eq!(
        chat("timeout = \"2m\"\nserver = \"xmpp.example.org\"\ntls = \"none\"\nbans_after = 10\n"),
        "\
vestibule.toml:3: [provider.chat] `domains` is missing; add domains = [\"example.org\"]
vestibule.toml:7: [provider.chat] `timeout` is longer than 30s, and a person waits for it; write at most \"30s\"
vestibule.toml:8: [provider.chat] `server` must be host and port, and names no port; write \"xmpp.example.org:5222\"
vestibule.toml:9: [provider.chat] `tls` does not know \"none\"; use \"direct\" or \"starttls\""
    );
    assert_eq!(
        chat("domains = [\"example.org\"]\nfree_tries = 0\n"),
        "vestibule.toml:8: [provider.chat] `free_tries` must be a whole number from 1 to 5"
    );
    for wrong in ["1", "0", "true", "\"20\""] {
        assert_eq!(
            chat(&format!("domains = [\"example.org\"]\nbans_after = {wrong}\n")),
            "vestibule.toml:8: [provider.chat] `bans_after` must be a whole number from 2 to 1000, or false; write \
             after how many failures in a row the server bans an address, or false if it never bans Vestibule's"
        );
    }
    for (line, expected) in [("", Some(20)), ("bans_after = 10\n", Some(10)), ("bans_after = false\n", None)] {
        let config = good(&[SERVER, CHAT, "domains = [\"example.org\"]\n", line, APP].concat());
        let settings = settings_of::<XmppSettings>(&config.providers[0]);
        assert_eq!(settings.bans_after, expected, "{line}");
    }
    assert_eq!(
        chat("domains = [\"ada@example.org\"]\n"),
        "vestibule.toml:7: [provider.chat] `domains` holds a text that is not a domain; write only the part after the \
         @ of a JID"
    );
    for (domain, why) in [
        ("xn--mnchen-3ya.example", ", which must be written in Unicode, not as xn--"),
        ("192.0.2.1", ", which is an address and not a domain"),
    ] {
        let message = chat(&format!("domains = [\"{domain}\"]\n"));
        assert_eq!(message, format!("vestibule.toml:7: [provider.chat] `domains` holds \"{domain}\"{why}"));
    }
    assert!(mistakes(&[SERVER, CHAT, "domains = []\n", APP].concat()).contains("`domains` is an empty list"));
    let all = [
        SERVER,
        CHAT,
        "domains = [\"example.org\", \"münchen.example\"]\non_refused = \"next\"\nfree_tries = 2\n",
        APP,
    ]
    .concat();
    let config = good(&all);
    assert_eq!(config.providers[0].free_tries, 2);
    let settings = settings_of::<XmppSettings>(&config.providers[0]);
    let named: Vec<_> = settings.domains.iter().map(ToString::to_string).collect();
    assert_eq!(named, ["example.org", "münchen.example"]);
    assert_eq!((settings.tls, settings.timeout.as_secs()), (None, 5));
}
