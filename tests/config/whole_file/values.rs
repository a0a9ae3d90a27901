//! Unknown sections and wrong values.

use crate::{APP, PROVIDER, SERVER, good, mistakes};

#[test]
fn a_config_with_five_mistakes_names_all_five() {
    let text = r#"[server]
public_url = "https://auth.example.org/"
[session]
idle = 8
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
issuer = "https://sso.example.edu"
clientid = "vestibule"
client_secret = "s3cret"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
providers = ["uno"]
[[app.allow]]
permissions = ["admin"]
"#;
    assert_eq!(
        mistakes(text),
        "\
vestibule.toml:2: [server] `public_url` must be an origin such as https://auth.example.org: only scheme, host and \
    port, without a path and without a slash at the end
vestibule.toml:4: [session] `idle` must be a string with a unit, found a number; write a number and s, m, h or d, such \
    as \"8h\"
vestibule.toml:10: [provider.uni] unknown key `clientid`; did you mean `client_id`?
vestibule.toml:17: [app.notes] `providers` names \"uno\", which is not a provider; did you mean \"uni\"?
vestibule.toml:19: [app.notes.allow[1]] `permissions` holds \"admin\", which no rule can give; leave it out"
    );
}

#[test]
fn an_empty_file_is_reported_with_the_sections_it_needs() {
    assert_eq!(
        mistakes(""),
        "\
vestibule.toml: [server] `public_url` is missing; add public_url = \"https://auth.example.org\"
vestibule.toml: `provider` is missing; add [[provider]]: without one nobody can sign in
vestibule.toml: `app` is missing; add [[app]]: without one nobody can sign in"
    );
}

#[test]
fn an_empty_list_of_providers_is_a_mistake() {
    assert_eq!(
        mistakes(
            &["provider = []\n", SERVER, &APP.replace("[[app.allow]]", "providers = [\"uni\"]\n[[app.allow]]")]
                .concat()
        ),
        "\
vestibule.toml:1: `provider` is empty; add [[provider]]: without one nobody can sign in
vestibule.toml:9: [app.notes] `providers` names \"uni\", which is not a provider; there is none"
    );
}

#[test]
fn the_suggested_key_is_the_one_with_the_fewest_changes() {
    let text = [SERVER, "[database]\nuri = \"sqlite:vestibule.db\"\n", PROVIDER, APP].concat();
    let message = mistakes(&text);
    assert!(message.ends_with("[database] unknown key `uri`; did you mean `url`?"), "{message}");
}

#[test]
fn an_unknown_section_is_reported_with_the_nearest_name() {
    let text = [&SERVER.replace("server", "servr"), PROVIDER, APP, "[metrics]\n"].concat();
    assert_eq!(
        mistakes(&text),
        "\
vestibule.toml:1: unknown section `servr`; did you mean `server`?
vestibule.toml:16: unknown section `metrics`; known here: access_requests, accounts, admin, app, audit, \
    brand, database, log, provider, server, session"
    );
}

#[test]
fn a_key_of_another_table_is_reported_with_its_place() {
    let whole = [SERVER, PROVIDER, APP].concat();
    assert_eq!(
        mistakes(&format!("{whole}claims = [\"name\"]\n")),
        "vestibule.toml:16: [app.notes.allow[1]] unknown key `claims`; it is a key of [[app]]: move it above \
         [[app.allow]]"
    );
    // Keys that are there in the wrong table are not reported as missing, too.
    let app = APP.replace("name = \"Notes\"\n", "");
    assert_eq!(
        mistakes(&[SERVER, PROVIDER, &app, "name = \"Notes\"\n"].concat()),
        "vestibule.toml:15: [app.notes.allow[1]] unknown key `name`; it is a key of [[app]]: move it above \
         [[app.allow]]"
    );
    assert_eq!(
        mistakes(&["public_url = \"https://auth.example.org\"\n", PROVIDER, APP].concat()),
        "vestibule.toml:1: `public_url` is in no section; it belongs under [server]"
    );
    assert_eq!(
        mistakes(&["name = \"x\"\n", &whole].concat()),
        "vestibule.toml:1: `name` is in no section; it belongs under [[app]] or [[provider]] or [brand]"
    );
    assert_eq!(
        mistakes(&[SERVER, "absolute = \"8d\"\n", PROVIDER, APP].concat()),
        "vestibule.toml:3: [server] unknown key `absolute`; it belongs under [session]"
    );
    let local = "[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Local\"\nscopes = [\"openid\"]\n";
    let message = mistakes(&[SERVER, PROVIDER, local, APP].concat());
    assert!(
        message.contains("unknown key `scopes`; only a [[provider]] of another kind has it; known here: "),
        "{message}"
    );
}

#[test]
fn a_lifetime_is_compared_with_the_default_of_the_other() {
    let of = |line: &str| mistakes(&[SERVER, "[session]\n", line, "\n", PROVIDER, APP].concat());
    let message = of("idle = \"8d\"");
    assert!(message.contains("`idle` is longer than `absolute`, which is 7d where it is left out; let"), "{message}");
    let message = of("absolute = \"1h\"");
    assert!(message.contains("`absolute` is shorter than `idle`, which is 8h where it is left out; let"), "{message}");
    // A wrong value is compared with nothing.
    for lines in ["idle = 8\nabsolute = \"1h\"", "idle = \"8d\"\nabsolute = 9"] {
        assert_eq!(of(lines).lines().count(), 1, "{}", of(lines));
    }
}

#[test]
fn a_kind_in_capitals_or_named_after_a_product_is_corrected() {
    let of = |kind: &str| mistakes(&[SERVER, &PROVIDER.replace("\"oidc\"", kind), APP].concat());
    assert!(of("\"OIDC\"").contains("`kind` does not know \"OIDC\"; did you mean \"oidc\"?"), "{}", of("\"OIDC\""));
    let message = of("\"dex\"");
    assert!(
        message.contains("`kind` = \"dex\" is not a kind: it speaks OpenID Connect; write kind = \"oidc\""),
        "{message}"
    );
}

#[test]
fn values_of_server_session_log_and_brand_are_reported_with_their_lines() {
    let text = [
        SERVER,
        "listen = \"localhost:80\"\ntrusted_proxies = [\n \"proxy\",\n 1 ]\nlanguages = [\"en\", \"es\"]\n",
        "[database]\nurl = \"mysql://u:hush@h/d\"\n",
        "[session]\nidle = \"2d\"\nabsolute = \"1d\"\n",
        "[log]\nformat = \"jsn\"\nlevel = true\n",
        "[brand]\nlogo = \"/nowhere/logo.svg\"\nhelp = \"ask dee\"\n",
        PROVIDER,
        APP,
    ];
    assert_eq!(
        mistakes(&text.concat()),
        "\
vestibule.toml:3: [server] `listen` must be a numeric address and a port; write \"127.0.0.1:80\"
vestibule.toml:5: [server] `trusted_proxies` must hold addresses or networks, found \"proxy\"; write \"127.0.0.1\" \
    or \"10.0.0.0/8\"
vestibule.toml:6: [server] `trusted_proxies` must hold strings, found a whole number
vestibule.toml:7: [server] `languages` does not offer \"es\"; use \"en\", \"fr\" or \"de\"
vestibule.toml:9: [database] `url` must begin with sqlite: or postgres://; write \"sqlite:vestibule.db\" \
    or \"postgres://user@host/database\"
vestibule.toml:11: [session] `idle` is longer than `absolute`; let `absolute` be the longer one
vestibule.toml:14: [log] `format` does not know \"jsn\"; did you mean \"json\"?
vestibule.toml:15: [log] `level` must be a string, found true or false
vestibule.toml:17: [brand] `logo` names /nowhere/logo.svg, which is not a file; name an image; a path is relative to \
    the config's folder
vestibule.toml:18: [brand] `help` must be an address where people get help; write \"mailto:help@example.org\" or an \
    https address"
    );
}

#[test]
fn a_duration_is_a_number_and_a_unit_and_no_longer_than_ten_years() {
    for (text, what) in [
        ("8", "is not a duration"),
        ("h", "is not a duration"),
        ("1.5h", "is not a duration"),
        ("-1h", "is not a duration"),
        ("8 h", "is not a duration"),
        ("1w", "is not a duration"),
        ("8é", "is not a duration"),
        ("0s", "is zero"),
        ("9999999999999999d", "is longer than ten years"),
    ] {
        let message = mistakes(&[SERVER, "[session]\nidle = \"", text, "\"\n", PROVIDER, APP].concat());
        assert!(message.starts_with(&format!("vestibule.toml:4: [session] `idle` {what}")), "{message}");
    }
}

#[test]
fn the_public_url_is_written_as_browsers_write_it() {
    for (written, normal) in
        [("https://Auth.Example.ORG", "https://auth.example.org"), ("https://a.example:443", "https://a.example")]
    {
        let message = mistakes(&[&SERVER.replace("https://auth.example.org", written), PROVIDER, APP].concat());
        assert_eq!(
            message,
            format!(
                "vestibule.toml:2: [server] `public_url` must be written as browsers write it: it is the `iss` of \
                 every token; write \"{normal}\""
            )
        );
    }
}

#[test]
fn the_scheme_of_the_public_url_is_written_in_small_letters() {
    let told = mistakes(&[&SERVER.replace("https://", "HTTPS://"), PROVIDER, APP].concat());
    let what = "`public_url` must be an origin such as https://auth.example.org: https:// in small letters";
    assert!(told.lines().count() == 1 && told.ends_with(what), "{told}");
}

#[test]
fn trusted_networks_may_be_mapped_and_a_wrong_one_gets_its_own_fix() {
    let of = |networks: &str| [SERVER, "trusted_proxies = [", networks, "]\n", PROVIDER, APP].concat();
    let config = good(&of("\"::ffff:127.0.0.1\", \"::ffff:10.0.0.0/104\", \"::ffff:0:0/96\", \"fd00::/8\""));
    let read: Vec<_> = config.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(read, ["127.0.0.1/32", "10.0.0.0/8", "0.0.0.0/0", "fd00::/8"]);
    for (wrong, fix) in [
        ("[::1]", "write \"::1\", without brackets"),
        (" 127.0.0.1", "write \"127.0.0.1\""),
        ("127.0.0.1:80", "write \"127.0.0.1\""),
        ("[::1]:80", "write \"::1\", without brackets"),
        ("127.0.0.1/33", "write a prefix of at most 32 for IPv4, and of at most 128 for IPv6, such as \"10.0.0.0/8\""),
        ("proxy", "write \"127.0.0.1\" or \"10.0.0.0/8\""),
    ] {
        let told = mistakes(&of(&format!("\"{wrong}\"")));
        assert!(told.ends_with(&format!("; {fix}")), "{told}");
    }
}

#[test]
fn overly_wide_public_networks_are_distinguished_from_private_ones() {
    let of = |networks: &str| {
        let config = good(&[SERVER, "trusted_proxies = [", networks, "]\n", PROVIDER, APP].concat());
        config.server.overly_wide_proxies().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        of("\"0.0.0.0/0\", \"::/0\", \"0.0.0.0/1\", \"8.0.0.0/8\", \"2000::/3\""),
        "0.0.0.0/0 ::/0 0.0.0.0/1 8.0.0.0/8 2000::/3"
    );
    assert_eq!(of("\"10.0.0.0/8\", \"127.0.0.0/8\", \"fc00::/7\", \"172.64.0.0/13\", \"2400:cb00::/32\", \"::1\""), "");
}

#[test]
fn a_domain_of_authoritative_domains_is_written_as_a_domain() {
    let of = |value: &str| mistakes(&[SERVER, PROVIDER, "authoritative_domains = ", value, "\n", APP].concat());
    for value in ["[]", "\"example.edu\"", "[1]", "[\"@example.edu\"]", "[\"*.example.edu\"]", "[\"\"]"] {
        let message = of(value);
        assert!(
            message.starts_with("vestibule.toml:10: [provider.uni] `authoritative_domains` "),
            "{value}: {message}"
        );
        assert_eq!(message.lines().count(), 1, "{value}: {message}");
    }
    let config = good(&[SERVER, PROVIDER, "authoritative_domains = [\"Example.EDU\"]\n", APP].concat());
    assert_eq!(config.providers[0].authoritative_domains, ["example.edu"]);
}
