//! The file as a whole: what reads, how mistakes are told, what overrides what.

use std::net::SocketAddr;
use std::path::Path;

use super::{APP, PROVIDER, SERVER, good, mistakes, mistakes_with, settings_of};
use vestibule::config::{Config, DatabaseUrl, Environment, KNOWN_VARIABLES, load, read};
use vestibule::signin::app::ResponseMode;
use vestibule::upstream::oidc::settings::OidcSettings;
use vestibule::upstream::{KINDS, ProviderSettings};

/// Every key that the contract names, with the kinds that there are.
const COMPLETE: &str = include_str!("complete.toml");

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("uni.secret"), "s3cret-of-uni\n").unwrap();
    std::fs::write(folder.path().join("logo.svg"), "<svg/>").unwrap();
    folder
}

fn in_folder(folder: &tempfile::TempDir, text: &str, variables: &[(&str, &str)]) -> Config<ProviderSettings> {
    let environment: Environment = variables.iter().copied().collect();
    read(text, &folder.path().join("vestibule.toml"), &environment, &KINDS).unwrap()
}

#[test]
fn the_complete_example_reads() {
    let folder = folder();
    let config = in_folder(&folder, COMPLETE, &[]);
    assert_eq!(config.server.public_url.as_str(), "https://auth.example.org");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.server.languages.first().unwrap().to_string(), "en");
    let DatabaseUrl::Sqlite { path, .. } = &config.database else { panic!("SQLite") };
    assert_eq!(*path, folder.path().join("vestibule.db"));

    let [uni] = config.providers.as_slice() else { panic!("one provider") };
    let oidc = settings_of::<OidcSettings>(uni);
    assert_eq!(oidc.client_secret.as_ref().unwrap().expose(), "s3cret-of-uni");
    assert_eq!(oidc.secret_place, "provider.uni.client_secret_file (uni.secret)");
    assert_eq!(uni.groups["urn:uni:staff"].as_str(), "staff");

    let [galene, notes] = config.apps.as_slice() else { panic!("two apps") };
    assert_eq!(galene.response_mode, ResponseMode::Query);
    assert_eq!(galene.addresses.rooms.as_ref().unwrap().text(), "https://galene.example.org:8443/group/{room}/");
    let [rule] = galene.rules.as_slice() else { panic!("one rule") };
    assert_eq!(rule.name.to_string(), "galene.allow[1]");
    assert!(rule.permissions.contains("present"), "op is written out: {:?}", rule.permissions);
    assert_eq!(notes.addresses.listed, ["https://notes.example.org/signed-in"]);
    assert!(notes.require_state);
}

#[test]
fn the_shortest_config_has_sound_defaults() {
    let config = good(&[SERVER, PROVIDER, APP].concat());
    assert_eq!(config.server.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(config.server.languages.len(), 3);
    assert_eq!((config.session.idle.as_secs(), config.session.absolute.as_secs()), (8 * 3600, 7 * 24 * 3600));
    assert_eq!(config.audit.keep.as_secs(), 365 * 24 * 3600);
    let [app] = config.apps.as_slice() else { panic!("one app") };
    assert_eq!((app.response_mode, app.lifetime.as_secs()), (ResponseMode::Fragment, 60));
    assert_eq!(app.addresses.listed, ["https://notes.example.org/"]);
}

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
vestibule.toml:2: [server] `public_url` must be an origin such as https://auth.example.org: only scheme, host and port, without a path and without a slash at the end
vestibule.toml:4: [session] `idle` must be a string with a unit, found a number; write a number and s, m, h or d, such as \"8h\"
vestibule.toml:10: [provider.uni] unknown key `clientid`; did you mean `client_id`?
vestibule.toml:17: [app.notes] `providers` names \"uno\", which is no provider; did you mean \"uni\"?
vestibule.toml:19: [app.notes.allow[1]] `permissions` holds \"admin\", which no rule can give; leave it out"
    );
}

#[test]
fn an_empty_file_is_told_what_it_needs() {
    assert_eq!(
        mistakes(""),
        "\
vestibule.toml: [server] `public_url` is missing; add public_url = \"https://auth.example.org\"
vestibule.toml: `provider` is missing; add [[provider]]: without one nobody can sign in
vestibule.toml: `app` is missing; add [[app]]: without one there is nothing to sign in to"
    );
}

#[test]
fn an_empty_list_of_providers_is_no_provider() {
    assert_eq!(
        mistakes(
            &["provider = []\n", SERVER, &APP.replace("[[app.allow]]", "providers = [\"uni\"]\n[[app.allow]]")]
                .concat()
        ),
        "\
vestibule.toml:1: `provider` is empty; add [[provider]]: without one nobody can sign in
vestibule.toml:9: [app.notes] `providers` names \"uni\", which is no provider; there is none"
    );
}

#[test]
fn a_config_cut_off_anywhere_is_told_what_is_wrong() {
    let folder = folder();
    let file = folder.path().join("vestibule.toml");
    for end in (0..COMPLETE.len()).step_by(3) {
        if let Err(found) = read(&COMPLETE[..end], &file, &Environment::default(), &KINDS) {
            assert!(found.iter().count() > 0, "{end}");
        }
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_line_beside_every_other_mistake() {
    let text = [SERVER, "listn = \"x\"\n", PROVIDER, "client_id = \"again\"\nname \"x\"\n", APP].concat();
    assert_eq!(
        mistakes(&text),
        "\
vestibule.toml:3: [server] unknown key `listn`; did you mean `listen`?
vestibule.toml:11: not TOML: duplicate key `client_id`: it stands further up already
vestibule.toml:12: not TOML: key with no value, expected `=`"
    );
}

#[test]
fn of_several_keys_alike_the_one_with_the_fewest_letters_to_change_is_told() {
    let text = [SERVER, "[database]\nuri = \"sqlite:vestibule.db\"\n", PROVIDER, APP].concat();
    let said = mistakes(&text);
    assert!(said.ends_with("[database] unknown key `uri`; did you mean `url`?"), "{said}");
}

#[test]
fn a_section_that_nobody_knows_is_told_with_the_nearest() {
    let text = [&SERVER.replace("server", "servr"), PROVIDER, APP, "[metrics]\n"].concat();
    assert_eq!(
        mistakes(&text),
        "\
vestibule.toml:1: unknown section `servr`; did you mean `server`?
vestibule.toml:16: unknown section `metrics`; known here: accounts, app, audit, brand, database, log, provider, server, session"
    );
}

#[test]
fn a_list_of_tables_written_as_one_table_is_told_how_to_write_it() {
    let text = [SERVER, &PROVIDER.replace("[[provider]]", "[provider]"), APP].concat();
    assert_eq!(mistakes(&text), "vestibule.toml:3: `provider` must be a list of tables; write [[provider]]");
}

#[test]
fn a_section_of_another_shape_is_told_once_and_misses_nothing() {
    let text = [&SERVER.replace("[server]", "[[server]]"), PROVIDER, APP].concat();
    assert_eq!(mistakes(&text), "vestibule.toml:1: `server` must be a table; write [server], in single brackets");
}

#[test]
fn each_lifetime_is_told_beside_the_one_that_counts_where_the_other_is_left_out() {
    let of = |line: &str| mistakes(&[SERVER, "[session]\n", line, "\n", PROVIDER, APP].concat());
    let told = of("idle = \"8d\"");
    assert!(told.contains("`idle` is longer than `absolute`, which is 7d where it is left out; let"), "{told}");
    let told = of("absolute = \"1h\"");
    assert!(told.contains("`absolute` is shorter than `idle`, which is 8h where it is left out; let"), "{told}");
}

#[test]
fn a_word_in_capitals_is_told_as_it_is_written_and_a_product_by_its_protocol() {
    let of = |kind: &str| mistakes(&[SERVER, &PROVIDER.replace("\"oidc\"", kind), APP].concat());
    assert!(of("\"OIDC\"").contains("`kind` does not know \"OIDC\"; did you mean \"oidc\"?"), "{}", of("\"OIDC\""));
    let told = of("\"google\"");
    assert!(
        told.contains("`kind` = \"google\" is no kind of its own: it speaks OpenID Connect; write kind = \"oidc\""),
        "{told}"
    );
}

#[test]
fn values_of_server_session_log_and_brand_are_checked_each_in_its_line() {
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
vestibule.toml:5: [server] `trusted_proxies` must hold addresses or networks, found \"proxy\"; write \"127.0.0.1\" or \"10.0.0.0/8\"
vestibule.toml:6: [server] `trusted_proxies` must hold strings, found a whole number
vestibule.toml:7: [server] `languages` does not offer \"es\"; use \"en\", \"fr\" or \"de\"
vestibule.toml:9: [database] `url` must begin with sqlite: or postgres://; write \"sqlite:vestibule.db\" or \"postgres://user@host/database\"
vestibule.toml:11: [session] `idle` is longer than `absolute`; let `absolute` be the longer one
vestibule.toml:14: [log] `format` does not know \"jsn\"; did you mean \"json\"?
vestibule.toml:15: [log] `level` must be a string, found true or false
vestibule.toml:17: [brand] `logo` names /nowhere/logo.svg, which is no file; name an image; a path is relative to the config's folder
vestibule.toml:18: [brand] `help` must be an address that people can turn to; write \"mailto:help@example.org\" or an https address"
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
        ("0s", "is no time at all"),
        ("9999999999999999d", "is longer than ten years"),
    ] {
        let told = mistakes(&[SERVER, "[session]\nidle = \"", text, "\"\n", PROVIDER, APP].concat());
        assert!(told.starts_with(&format!("vestibule.toml:4: [session] `idle` {what}")), "{told}");
    }
}

#[test]
fn a_variable_overrides_the_file() {
    let folder = folder();
    let variables = [
        ("VESTIBULE_SERVER__LISTEN", "[::1]:9090"),
        ("VESTIBULE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET", "from the environment"),
        ("VESTIBULE_PROVIDER__UNI__ALLOW_PRIVATE", "true"),
        ("VESTIBULE_DATABASE__URL", "postgres://u:hush@h/d"),
        ("VESTIBULE_MASTER_KEY", "read elsewhere"),
        ("VESTIBULE_APP__NOTES__NAME", "Notebook"),
    ];
    let config = in_folder(&folder, COMPLETE, &variables);
    assert_eq!(config.server.listen.port(), 9090);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert!(matches!(config.database, DatabaseUrl::Postgres(_)));
    assert_eq!(config.database.to_string(), "postgres://h/d");
    let oidc = settings_of::<OidcSettings>(&config.providers[0]);
    assert_eq!(oidc.client_secret.as_ref().unwrap().expose(), "from the environment");
    assert_eq!(oidc.secret_place, "VESTIBULE_PROVIDER__UNI__CLIENT_SECRET");
    assert_eq!(config.apps[1].name, "Notebook");
}

#[test]
fn a_hyphen_of_an_id_is_an_underscore_in_a_variable() {
    let folder = folder();
    let text = [SERVER, &PROVIDER.replace("\"uni\"", "\"old-uni\""), APP].concat();
    let config = in_folder(&folder, &text, &[("VESTIBULE_PROVIDER__OLD_UNI__CLIENT_ID", "other")]);
    let oidc = settings_of::<OidcSettings>(&config.providers[0]);
    assert_eq!(oidc.client_id, "other");
}

#[test]
fn a_variable_that_nobody_knows_is_warned_of_with_the_nearest_name() {
    let warnings = |names: &[&str]| {
        let environment: Environment = names.iter().map(|name| (*name, "x")).collect();
        let text = [SERVER, PROVIDER, APP].concat();
        let config = read(&text, Path::new("vestibule.toml"), &environment, &KINDS).unwrap();
        config.unknown_variables.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (name, near) in [
        ("MASTERKEY", "MASTER_KEY"),
        ("MASTER_KEY_FILE", "SERVER__MASTER_KEY_FILE"),
        ("MASTER_KEYFILE", "SERVER__MASTER_KEY_FILE"),
        ("MASTER_KYE", "MASTER_KEY"),
        ("LISTEN", "SERVER__LISTEN"),
        ("PUBLIC_URL", "SERVER__PUBLIC_URL"),
        ("SEVER_LISTEN", "SERVER__LISTEN"),
    ] {
        let told =
            format!("VESTIBULE_{name}: is no variable of Vestibule, and is not read; did you mean VESTIBULE_{near}?");
        assert_eq!(warnings(&[&format!("VESTIBULE_{name}")]), [told]);
    }
    let [told] = warnings(&["VESTIBULE_HOME"]).try_into().unwrap();
    assert!(told.ends_with("docs/config.md says what variables are called"), "{told}");
    // `VESTIBULE_MASTER_KEY` is ours; Kubernetes sets the others for a Service that is called vestibule, or vestibule-server.
    let quiet = [
        "VESTIBULE_MASTER_KEY",
        "VESTIBULE_SERVICE_HOST",
        "VESTIBULE_SERVICE_PORT",
        "VESTIBULE_SERVICE_PORT_HTTP",
        "VESTIBULE_PORT",
        "VESTIBULE_PORT_8080_TCP",
        "VESTIBULE_PORT_8080_TCP_PROTO",
        "VESTIBULE_SERVER_SERVICE_HOST",
        "VESTIBULE_SERVER_PORT_8080_TCP_ADDR",
    ];
    assert_eq!(warnings(&quiet), [""; 0]);
}

#[test]
fn every_variable_that_a_warning_may_name_is_one() {
    for name in KNOWN_VARIABLES.iter().filter(|name| **name != "MASTER_KEY") {
        let environment: Environment = [(format!("VESTIBULE_{name}"), "x")].into_iter().collect();
        let text = [SERVER, PROVIDER, APP].concat();
        if let Err(mistakes) = read(&text, Path::new("vestibule.toml"), &environment, &KINDS) {
            assert!(!mistakes.to_string().contains("unknown"), "{name}: {mistakes}");
        }
    }
}

#[test]
fn a_variable_that_overrides_nothing_is_a_mistake() {
    let variables = [
        ("VESTIBULE_SERVER__LISTN", "x"),
        ("VESTIBULE_SEVER__LISTEN", "x"),
        ("VESTIBULE_PROVIDER__OTHER__CLIENT_ID", "x"),
        ("VESTIBULE_SESSION__IDLE", "long"),
        ("VESTIBULE_APP__NOTES__ALLOW", "all"),
    ];
    assert_eq!(
        mistakes_with(&[SERVER, PROVIDER, APP].concat(), &variables),
        "\
VESTIBULE_APP__NOTES__ALLOW: [app.notes] `allow` must be a list of tables; write [[app.allow]]
VESTIBULE_PROVIDER__OTHER__CLIENT_ID: names no provider of the file; known here: VESTIBULE_PROVIDER__UNI__…
VESTIBULE_SERVER__LISTN: [server] unknown key `listn`; did you mean `listen`?
VESTIBULE_SESSION__IDLE: [session] `idle` is not a duration; write a number and s, m, h or d, such as \"8h\"
VESTIBULE_SEVER__LISTEN: unknown section `sever`; did you mean `server`?"
    );
}

#[test]
fn a_config_that_cannot_be_opened_is_told_what_writes_one() {
    let told = load(Path::new("/nowhere/vestibule.toml"), &Environment::default(), &KINDS).unwrap_err().to_string();
    assert_eq!(
        told,
        "/nowhere/vestibule.toml: is not there; `vestibule init --config /nowhere/vestibule.toml` writes one"
    );
}

#[test]
fn a_config_that_is_no_text_file_is_told_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.toml");
    let said = |path: &Path| load(path, &Environment::default(), &KINDS).unwrap_err().to_string();
    let told = said(folder.path());
    assert!(
        told.contains(": is a folder, and no file; name the file in it: --config ") && !told.contains("init"),
        "{told}"
    );
    for (bytes, what) in [
        (&b"[server]\n# Z\xfcrich\n"[..], "vestibule.toml: is no UTF-8 in line 2; save it in UTF-8"),
        (b"\xff\xfe[\0s\0", "vestibule.toml: is in UTF-16, and has to be in UTF-8; save it in UTF-8"),
        (
            b"\x7fELF\0",
            "vestibule.toml: is no text: line 1 holds bytes that no text has; name a config file: --config FILE",
        ),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let told = said(&file);
        assert!(told.ends_with(what), "{told}");
    }
    // What editors on Windows add changes nothing.
    let text = ["\u{feff}", SERVER, PROVIDER, APP].concat().replace('\n', "\r\n");
    std::fs::write(&file, text).unwrap();
    load(&file, &Environment::default(), &KINDS).unwrap();
}

#[test]
fn a_secret_file_is_told_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (file, secret) = (folder.path().join("vestibule.toml"), folder.path().join("uni.secret"));
    let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", "client_secret_file = \"uni.secret\"");
    std::fs::write(&file, [SERVER, &text, APP].concat()).unwrap();
    let said = || load(&file, &Environment::default(), &KINDS).unwrap_err().to_string();
    assert!(said().ends_with(
        "`client_secret_file` names a file that is not there; write the path of a file that is there, relative to the config's folder"
    ));
    for (bytes, what) in [
        (&b""[..], "which is empty"),
        (b"\n", "which is empty"),
        (b"\x00\x9f\x92", "which is no text: line 1 holds bytes that no text has; write a secret as text"),
        (b"\xe9t\xe9", "which is no UTF-8 in line 1"),
    ] {
        std::fs::write(&secret, bytes).unwrap();
        let told = said();
        assert!(
            told.contains("vestibule.toml:9: [provider.uni] `client_secret_file` names") && told.contains(what),
            "{told}"
        );
    }
    std::fs::remove_file(&secret).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &secret).unwrap();
    assert!(
        said()
            .ends_with("which is a pipe, a socket or a device, and no regular file; name a file that holds this alone")
    );
    std::fs::remove_file(&secret).unwrap();
    std::fs::create_dir(&secret).unwrap();
    assert!(said().ends_with("which is a folder, and no file; name a file in it"));
}

#[test]
fn a_line_that_is_no_toml_is_told_alone_with_what_stands_before_it() {
    let heading = [&SERVER.replace("[server]", "[server"), PROVIDER, APP].concat();
    assert_eq!(mistakes(&heading), "vestibule.toml:1: not TOML: unclosed table, expected `]`");
    let variables = [("VESTIBULE_PROVIDER__UNI__CLIENT_ID", "x"), ("VESTIBULE_SEVER__LISTEN", "x")];
    assert_eq!(mistakes_with(&heading, &variables), mistakes(&heading));
    let quote = [SERVER, "[brand]\nname = \"Example\n", PROVIDER, APP, "[nobody]\nknows = 1\n"].concat();
    let told = mistakes(&quote);
    assert!(told.starts_with("vestibule.toml:4: not TOML: ") && !told.contains("nobody"), "{told}");
}

#[test]
fn nothing_is_said_of_what_is_missing_in_a_table_with_a_broken_line() {
    let local = "[[provider]]\nid = \"uni\"\nkind = \"oidc\"\nname = \"Uni\"\nissuer = \"http://127.0.0.1:9/\"\n\
                 client_id = \"x\"\nclient_secret = \"abc\nallow_private = true\n[provider.groups]\nstaff = \"staff\"\n";
    let broken = "not TOML: invalid basic string, expected `\"`";
    assert_eq!(mistakes(&[SERVER, local, APP].concat()), format!("vestibule.toml:9: {broken}"));
    let told = mistakes(&[SERVER, "listn = \"x\"\n", local, APP].concat());
    assert!(told.starts_with("vestibule.toml:3: [server] unknown key `listn`;") && told.ends_with(broken), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
    let in_a_part = local
        .replace("\"abc", "\"abc\"")
        .replace("staff = \"staff\"", "staff = \"staff")
        .replace("allow_private = true\n", "");
    assert_eq!(
        mistakes(&[SERVER, &in_a_part, APP].concat()),
        "vestibule.toml:11: not TOML: invalid basic string, expected `\"`"
    );
}

#[test]
fn a_character_that_nobody_sees_or_that_looks_like_another_is_named() {
    let space = "looks like a space and is none; write a space in its place, or leave it out";
    let mark = "is a typographic quotation mark, and TOML knows \" and ' alone; write \"…\"";
    let unseen = "a character that nobody sees; write the line anew without it";
    for (line, told) in [
        ("\u{a0}enabled = true", format!("U+00A0 {space}")),
        ("enabled\u{2003}= true", format!("U+2003 {space}")),
        ("\u{200b}enabled = true", format!("the line holds U+200B, {unseen}")),
        ("username = “TOPSECRET”", format!("“ (U+201C) {mark}")),
        ("username = ‘TOPSECRET’", format!("‘ (U+2018) {mark}")),
        ("\u{1a}", format!("the line holds U+001A, {unseen}")),
    ] {
        let text = format!("{SERVER}{PROVIDER}{line}\n{APP}");
        assert_eq!(mistakes(&text), format!("vestibule.toml:10: not TOML: {told}"), "{line:?}");
    }
}

// C56: the secret in place of a path to it
#[test]
fn a_secret_that_stands_in_place_of_its_file_is_not_repeated() {
    let long = "TOPSECRET".repeat(60);
    for secret in ["TOPSECRETVALUE==", "TOP/SECRET+VALUE.w", "/TOPSECRET", &long] {
        let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &format!("client_secret_file = \"{secret}\""));
        let variables =
            [("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET_FILE", secret), ("VESTIBULE_DATABASE__URL_FILE", secret)];
        for told in
            [mistakes(&[SERVER, &text, APP].concat()), mistakes_with(&[SERVER, PROVIDER, APP].concat(), &variables)]
        {
            assert!(
                told.contains("_file` names a file that ") && !told.contains("SECRET+") && !told.contains("TOPSECRET"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_text_without_quotation_marks_is_told_as_that_and_not_repeated() {
    for word in ["TOPSECRET", "s3cret", "true-secret", "9f8e7d6c", "abc def", "+secret"] {
        let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &format!("client_secret = {word}"));
        assert_eq!(
            mistakes(&[SERVER, &text, APP].concat()),
            "vestibule.toml:9: not TOML: the value of `client_secret` is no number, true or false, and a text needs quotation \
             marks; write client_secret = \"…\"",
            "{word}"
        );
    }
}

/// Every way to break one line with a secret: the message may name the key, and no six characters of the value.
fn never_repeats(secret: &str, breaks: &str) {
    let own = "[[provider]]\nid = \"own\"\nkind = \"password\"\nname = \"Own\"\n";
    let line = format!("client_secret = \"{secret}\"");
    let pepper = line.replace("client_secret", "pepper");
    let characters: Vec<char> = secret.chars().collect();
    for (whole, text) in
        [(&line, PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &line)), (&pepper, format!("{own}{pepper}\n"))]
    {
        for at in whole.char_indices().map(|(at, _)| at).skip_while(|at| *at < whole.find('=').unwrap()) {
            let (before, after) = whole.split_at(at);
            let broken = text.replace(whole.as_str(), &format!("{before}{breaks}{after}"));
            let read =
                read(&[SERVER, &broken, APP].concat(), Path::new("vestibule.toml"), &Environment::default(), &KINDS);
            let Err(told) = read else { continue };
            let told = told.to_string();
            for piece in characters.windows(6) {
                let piece: String = piece.iter().collect();
                assert!(!told.contains(&piece), "{piece:?} of {secret:?} broken at {at}: {told}");
            }
        }
    }
}

// C56
#[test]
fn a_secret_broken_over_lines_is_not_repeated() {
    for breaks in ["\n", "\r\n", "\n\n  ", "\"\n", "\n\"", "\n="] {
        never_repeats("Q2hhbmdlTWVQbGVhc2VTZWNyZXQxMjM0NTY3ODkwMTI==", breaks);
        never_repeats("Zm9v=YmFyYmF6cXV4.Zm9vMTIzNDU2 [Nzg5MGFi]=ZGVmZ2hp", breaks);
    }
    let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", "client_secret = \"Q2hhbmdl\nTWVQbGVhc2U==\"");
    assert_eq!(
        mistakes(&[SERVER, &text, APP].concat()),
        "vestibule.toml:9: not TOML: invalid basic string, expected `\"`\nvestibule.toml:10: not TOML: a value is no number, true \
         or false, and a text needs quotation marks, the second one in the same line"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    // C56. No `#`: it makes a comment of the rest of its line, and may leave a piece that is a whole key by itself. Its
    // name the operator has to read.
    #[test]
    fn no_piece_of_a_secret_is_in_a_message(secret in "[a-zA-Z0-9+/=_. \\[\\]{},'-]{12,40}", breaks in "\"?\n[ \"=]?") {
        never_repeats(&secret, &breaks);
    }
}

#[test]
fn a_bare_value_is_mended_by_the_type_of_its_key() {
    let flag = "the value of `enabled` must be true or false, in small letters and with nothing after it; write";
    let number = "the value of `free_tries` must be a whole number: digits alone, without a 0 before them; write";
    for (line, told) in [
        ("enabled = True", format!("{flag} enabled = true")),
        ("enabled = yes", format!("{flag} enabled = true")),
        ("enabled = true;", format!("{flag} enabled = true")),
        ("enabled = off # for now", format!("{flag} enabled = false")),
        ("enabled = perhaps", format!("{flag} enabled = true or enabled = false")),
        ("free_tries = 007", format!("{number} free_tries = 7")),
        ("free_tries = 5x", format!("{number} free_tries = …")),
        ("scopes = openid", "the value of `scopes` must be a list of texts; write scopes = [\"…\"]".to_owned()),
        (
            "issuer_ = word",
            "a value is no number, true or false, and a text needs quotation marks, the second one in the \
                           same line"
                .to_owned(),
        ),
    ] {
        let text = format!("{SERVER}{PROVIDER}{line}\n{APP}");
        assert_eq!(mistakes(&text), format!("vestibule.toml:10: not TOML: {told}"), "{line}");
    }
}

/// So that a broken line of it is told by its name.
#[test]
fn every_key_of_the_complete_example_is_known_where_its_value_is_bare() {
    for (line, text) in COMPLETE.lines().enumerate() {
        let key = text
            .split_once(" = ")
            .map(|(key, _)| key)
            .filter(|key| *key != "groups" && !key.starts_with(['"', '#', '[']));
        let Some(key) = key else { continue };
        let mut lines: Vec<String> = COMPLETE.lines().map(str::to_owned).collect();
        lines[line] = format!("{key} = word");
        let told = mistakes(&lines.join("\n"));
        assert!(told.contains(&format!("not TOML: the value of `{key}` ")), "{told}");
    }
}

#[test]
fn a_variable_that_is_neither_true_nor_false_is_told_what_to_be() {
    assert_eq!(
        mistakes_with(&[SERVER, PROVIDER, APP].concat(), &[("VESTIBULE_PROVIDER__UNI__USERINFO", "1")]),
        "VESTIBULE_PROVIDER__UNI__USERINFO: [provider.uni] `userinfo` must be true or false"
    );
}

#[test]
fn what_stands_around_a_value_of_the_environment_is_told_and_a_port_is_kept() {
    let told = |value: &str| {
        mistakes_with(&[SERVER, PROVIDER, APP].concat(), &[("VESTIBULE_SERVER__LISTEN", value)])
            .split_once("`listen` ")
            .map(|(_, told)| told.to_owned())
            .unwrap()
    };
    for quoted in ["\"0.0.0.0:80\"", "'0.0.0.0:80'"] {
        assert_eq!(told(quoted), "has quotation marks around it, and they count as a part of it; leave them out");
    }
    assert_eq!(told("0.0.0.0:80 "), "has a space before or after it, which counts as a part of it; leave it out");
    assert_eq!(told("localhost:8181"), "must be a numeric address and a port; write \"127.0.0.1:8181\"");
    assert_eq!(told("localhost"), "must be a numeric address and a port; write \"127.0.0.1:8080\"");
    let text = [SERVER, "listen = \" [::1]:80\"\n", PROVIDER, APP].concat();
    assert!(mistakes(&text).ends_with("`listen` has a space before or after it; write \"[::1]:80\""));
}

#[test]
fn our_own_address_is_written_as_browsers_write_it() {
    for (written, normal) in
        [("https://Auth.Example.ORG", "https://auth.example.org"), ("https://a.example:443", "https://a.example")]
    {
        let told = mistakes(&[&SERVER.replace("https://auth.example.org", written), PROVIDER, APP].concat());
        assert_eq!(
            told,
            format!(
                "vestibule.toml:2: [server] `public_url` must be written as browsers write it: it is the `iss` of every token; write \"{normal}\""
            )
        );
    }
}

#[test]
fn networks_wider_than_any_proxys_are_told_apart_from_private_ones() {
    let of = |networks: &str| {
        let config = good(&[SERVER, "trusted_proxies = [", networks, "]\n", PROVIDER, APP].concat());
        config.server.too_trusting().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        of("\"0.0.0.0/0\", \"::/0\", \"0.0.0.0/1\", \"8.0.0.0/8\", \"2000::/3\""),
        "0.0.0.0/0 ::/0 0.0.0.0/1 8.0.0.0/8 2000::/3"
    );
    assert_eq!(of("\"10.0.0.0/8\", \"127.0.0.0/8\", \"fc00::/7\", \"172.64.0.0/13\", \"2400:cb00::/32\", \"::1\""), "");
}

// C56
#[test]
fn a_secret_shows_neither_in_a_config_nor_in_a_mistake() {
    let folder = folder();
    let config = in_folder(&folder, COMPLETE, &[("VESTIBULE_DATABASE__URL", "postgres://u:hush@h/d")]);
    let shown = format!("{config:?} {}", config.database);
    assert!(!shown.contains("s3cret") && !shown.contains("hush"), "{shown}");

    let variables =
        [("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET", "hush"), ("VESTIBULE_DATABASE__URL", "postgres:/u:hush@")];
    let twice = [SERVER, PROVIDER, "client_secret_file = [\"hush\"]\nclient_secret = \"hush\"\n", APP].concat();
    for told in [mistakes(&twice), mistakes_with(&[SERVER, PROVIDER, APP, "x = 1"].concat(), &variables)] {
        assert!(!told.contains("s3cret") && !told.contains("hush"), "{told}");
    }
    let environment: Environment = variables.into_iter().collect();
    assert!(!format!("{environment:?}").contains("hush"));
}

#[test]
fn a_table_in_the_wrong_brackets_is_one_mistake() {
    let told = |from: &str, to: &str| mistakes(&[SERVER, PROVIDER, APP].concat().replace(from, to));
    assert_eq!(
        told("[server]", "[[server]]"),
        "vestibule.toml:1: `server` must be a table; write [server], in single brackets"
    );
    assert_eq!(
        told("[[provider]]", "[provider]"),
        "vestibule.toml:3: `provider` must be a list of tables; write [[provider]]"
    );
    // A table by a name has what it needs: the brackets are the one mistake.
    assert_eq!(
        told("[[provider]]\nid = \"uni\"", "[provider.uni]"),
        "vestibule.toml:3: `provider` must be a list of tables, found [provider.uni]; write [[provider]], and below it id = \"uni\""
    );
    let text = [SERVER, &PROVIDER.replace("[[provider]]", "[provider.uni]"), APP].concat();
    let text = text.replace("[[app.allow]]", "[[app.allow]]\nproviders = [\"uni\"]");
    assert_eq!(
        mistakes(&text),
        "vestibule.toml:3: `provider` must be a list of tables, found [provider.uni]; write [[provider]]"
    );
    let app = APP.replace("[[app]]\nid = \"notes\"", "[app.notes]").replace("[[app.allow]]", "[[app.notes.allow]]");
    assert_eq!(
        mistakes(&[SERVER, PROVIDER, &app].concat()),
        "vestibule.toml:10: `app` must be a list of tables, found [app.notes]; write [[app]], and below it id = \"notes\""
    );
    assert_eq!(told("[[app]]", "[app]"), "vestibule.toml:10: `app` must be a list of tables; write [[app]]");
    assert_eq!(told("[[app]]", "[[apps]]"), "vestibule.toml:10: unknown section `apps`; did you mean `app`?");
}
