//! Environment variables that override keys of the file.

use std::path::Path;

use vestibule::config::{DatabaseUrl, Environment, KNOWN_VARIABLES, read};
use vestibule::upstream::KINDS;
use vestibule::upstream::oidc::settings::OidcSettings;

use super::{COMPLETE, folder, in_folder};
use crate::{APP, PROVIDER, SERVER, mistakes, mistakes_with, settings_of};

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
    assert_eq!(oidc.client.secret.as_ref().unwrap().expose(), "from the environment");
    assert_eq!(oidc.client.secret_place, "VESTIBULE_PROVIDER__UNI__CLIENT_SECRET");
    assert_eq!(config.apps[1].name, "Notebook");
}

#[test]
fn a_hyphen_of_an_id_is_an_underscore_in_a_variable() {
    let folder = folder();
    let text = [SERVER, &PROVIDER.replace("\"uni\"", "\"old-uni\""), APP].concat();
    let config = in_folder(&folder, &text, &[("VESTIBULE_PROVIDER__OLD_UNI__CLIENT_ID", "other")]);
    let oidc = settings_of::<OidcSettings>(&config.providers[0]);
    assert_eq!(oidc.client.client_id, "other");
}

#[test]
fn an_unknown_variable_causes_a_warning_with_the_nearest_name() {
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
        let message = format!(
            "VESTIBULE_{name}: is not a variable of Vestibule, and is not read; did you mean VESTIBULE_{near}?"
        );
        assert_eq!(warnings(&[&format!("VESTIBULE_{name}")]), [message]);
    }
    // Variables of other programs may begin with the name of a section.
    for other in
        ["DATABASE_PASSWORD", "SERVER_IMAGE", "LOG_FILE", "APP_VERSION", "PROVIDER_REGION", "APP_NOTES_VERSION"]
    {
        let [message] = warnings(&[&format!("VESTIBULE_{other}")]).try_into().unwrap();
        assert!(message.starts_with(&format!("VESTIBULE_{other}: is not a variable of Vestibule")), "{message}");
    }
    let [message] = warnings(&["VESTIBULE_HOME"]).try_into().unwrap();
    assert!(message.ends_with("docs/config.md lists the variables"), "{message}");
    // `VESTIBULE_MASTER_KEY` is ours. Kubernetes sets the others for a Service named vestibule or vestibule-server.
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
fn a_single_underscore_before_a_key_of_a_provider_or_an_app_is_a_mistake() {
    let hook = "[[provider]]\nid = \"hook\"\nkind = \"webhook\"\nname = \"Hook\"\n\
                url = \"https://hook.example.org/\"\nsecret = \"a-secret-of-the-hook\"\n";
    let longer = PROVIDER.replace("\"uni\"", "\"uni-staff\"");
    let app = [APP, "[app.galene_api]\nurl = \"https://galene.example.org/\"\n"].concat();
    for (name, meant) in [
        ("APP_NOTES_NAME", "APP__NOTES__NAME"),
        ("PROVIDER_UNI_CLIENT_SECRT", "PROVIDER__UNI__CLIENT_SECRET"),
        ("PROVIDER_UNI_CLIENT_SECRET_FILE", "PROVIDER__UNI__CLIENT_SECRET_FILE"),
        // Each kind has its own keys.
        ("PROVIDER_UNI_SECRET", "PROVIDER__UNI__CLIENT_SECRET"),
        ("PROVIDER_HOOK_SECRET", "PROVIDER__HOOK__SECRET"),
        ("PROVIDER_HOOK_CLIENT_SECRET", "PROVIDER__HOOK__SECRET"),
        ("PROVIDER_UNI_STAFF_CLIENT_ID", "PROVIDER__UNI_STAFF__CLIENT_ID"),
        ("APP_NOTES_GALENE_API_PASSWORD", "APP__NOTES__GALENE_API__PASSWORD"),
    ] {
        let variable = format!("VESTIBULE_{name}");
        let message = mistakes_with(&[SERVER, PROVIDER, &longer, hook, &app].concat(), &[(&variable, "sesame")]);
        let words = format!(
            "{variable}: overrides nothing; did you mean VESTIBULE_{meant}? rename it, or unset it if it belongs to \
             another program"
        );
        assert!(message.contains(&words) && !message.contains("sesame"), "{message}");
    }
}

#[test]
fn every_variable_that_a_warning_suggests_exists() {
    for name in KNOWN_VARIABLES.iter().filter(|name| **name != "MASTER_KEY") {
        let environment: Environment = [(format!("VESTIBULE_{name}"), "x")].into_iter().collect();
        let text = [SERVER, PROVIDER, APP].concat();
        if let Err(mistakes) = read(&text, Path::new("vestibule.toml"), &environment, &KINDS) {
            assert!(!mistakes.to_string().contains("unknown"), "{name}: {mistakes}");
        }
    }
}

#[test]
fn a_variable_that_fits_two_ids_is_for_the_longer_one() {
    let longer = PROVIDER.replace("\"uni\"", "\"uni--groups\"");
    for providers in [[PROVIDER, &longer], [&longer, PROVIDER]] {
        let text = [SERVER, &providers.concat(), APP].concat();
        let variables = [("VESTIBULE_PROVIDER__UNI__GROUPS__CLIENT_ID", "other")];
        let environment: Environment = variables.into_iter().collect();
        let config = read(&text, Path::new("vestibule.toml"), &environment, &KINDS).unwrap();
        let client_id = |id: &str| {
            let provider = config.providers.iter().find(|provider| provider.id.as_str() == id).unwrap();
            settings_of::<OidcSettings>(provider).client.client_id.clone()
        };
        assert_eq!(client_id("uni--groups"), "other");
        assert_ne!(client_id("uni"), "other");
    }
}

#[test]
fn a_variable_that_overrides_nothing_is_a_mistake() {
    let variables = [
        ("VESTIBULE_SERVER__LISTN", "x"),
        ("VESTIBULE_SEVER__LISTEN", "x"),
        ("VESTIBULE_MASTER__KEY", "x"),
        ("VESTIBULE_SERVER__MASTER__KEY_FILE", "x"),
        ("VESTIBULE_PROVIDER__OTHER__CLIENT_ID", "x"),
        ("VESTIBULE_SESSION__IDLE", "long"),
        ("VESTIBULE_DATABASE_URL", "x"),
        ("VESTIBULE_SERVER_LISTN", "x"),
        ("VESTIBULE_PROVIDER_UNI_CLIENT_SECRET", "x"),
        ("VESTIBULE_APP__NOTES__ALLOW", "all"),
    ];
    assert_eq!(
        mistakes_with(&[SERVER, PROVIDER, APP].concat(), &variables),
        "\
VESTIBULE_APP__NOTES__ALLOW: [app.notes] `allow` is a list of tables, which no variable can hold; remove the \
    variable, and write [[app.allow]] in the file
VESTIBULE_DATABASE_URL: overrides nothing; did you mean VESTIBULE_DATABASE__URL? rename it, or \
    unset it if it belongs to another program
VESTIBULE_MASTER__KEY: overrides nothing; did you mean VESTIBULE_MASTER_KEY? rename it, or unset it if it \
    belongs to another program
VESTIBULE_PROVIDER_UNI_CLIENT_SECRET: overrides nothing; did you mean \
    VESTIBULE_PROVIDER__UNI__CLIENT_SECRET? rename it, or unset it if it belongs to another program
VESTIBULE_PROVIDER__OTHER__CLIENT_ID: names no provider of the file; known here: VESTIBULE_PROVIDER__UNI__…
VESTIBULE_SERVER_LISTN: overrides nothing; did you mean VESTIBULE_SERVER__LISTEN? rename it, or unset it if \
    it belongs to another program
VESTIBULE_SERVER__LISTN: [server] unknown key `listn`; did you mean `listen`?
VESTIBULE_SERVER__MASTER__KEY_FILE: overrides nothing; did you mean VESTIBULE_SERVER__MASTER_KEY_FILE? rename \
    it, or unset it if it belongs to another program
VESTIBULE_SESSION__IDLE: [session] `idle` is not a duration; write a number and s, m, h or d, such as \"8h\"
VESTIBULE_SEVER__LISTEN: unknown section `sever`; did you mean `server`?"
    );
}

#[test]
fn a_boolean_variable_must_be_true_or_false() {
    assert_eq!(
        mistakes_with(&[SERVER, PROVIDER, APP].concat(), &[("VESTIBULE_PROVIDER__UNI__USERINFO", "1")]),
        "VESTIBULE_PROVIDER__UNI__USERINFO: [provider.uni] `userinfo` must be true or false"
    );
}

#[test]
fn quotation_marks_and_spaces_around_a_variable_are_reported_and_the_fix_keeps_the_port() {
    let message_for = |value: &str| {
        mistakes_with(&[SERVER, PROVIDER, APP].concat(), &[("VESTIBULE_SERVER__LISTEN", value)])
            .split_once("`listen` ")
            .map(|(_, message)| message.to_owned())
            .unwrap()
    };
    for quoted in ["\"0.0.0.0:80\"", "'0.0.0.0:80'"] {
        assert_eq!(
            message_for(quoted),
            "has quotation marks around it, and they count as a part of it; leave them out"
        );
    }
    assert_eq!(
        message_for("0.0.0.0:80 "),
        "has a space before or after it, which counts as a part of it; leave it out"
    );
    assert_eq!(message_for("localhost:8181"), "must be a numeric address and a port; write \"127.0.0.1:8181\"");
    assert_eq!(message_for("localhost"), "must be a numeric address and a port; write \"127.0.0.1:8080\"");
    let text = [SERVER, "listen = \" [::1]:80\"\n", PROVIDER, APP].concat();
    assert!(mistakes(&text).ends_with("`listen` has a space before or after it; write \"[::1]:80\""));
}

#[test]
fn keys_that_only_the_file_can_have_are_refused_as_variables() {
    let whole = [SERVER, PROVIDER, APP].concat();
    assert_eq!(
        mistakes_with(&whole, &[("VESTIBULE_PROVIDER__UNI__ID", "uno")]),
        "VESTIBULE_PROVIDER__UNI__ID: gives another id, which only the file can; change `id` in the file"
    );
    let message = mistakes_with(&whole, &[("VESTIBULE_APP__NOTES__ALLOW", "x")]);
    assert_eq!(
        message,
        "VESTIBULE_APP__NOTES__ALLOW: [app.notes] `allow` is a list of tables, which no variable can hold; remove the \
         variable, and write [[app.allow]] in the file"
    );
    let message = mistakes_with(&whole, &[("VESTIBULE_PROVIDER__UNI__GROUPS", "a=b")]);
    assert_eq!(
        message,
        "VESTIBULE_PROVIDER__UNI__GROUPS: [provider.uni] `groups` is a table, which no variable can hold; remove the \
         variable, and write `groups` in the file"
    );
    for table in ["GROUPS", "AUTH_PARAMS", "TOKEN_PARAMS"] {
        let variable = format!("VESTIBULE_PROVIDER__UNI__{table}__STAFF");
        let key = table.to_lowercase();
        let words = format!(
            "{variable}: [provider.uni] `{key}` is a table whose rows only the file can hold; remove the variable, and \
             write the row below `{key}` in the file"
        );
        let rows = [format!("groups_claim = \"g\"\n{key} = {{ staff = \"x\" }}\n"), String::new()];
        for rows in rows {
            let message = mistakes_with(&[SERVER, PROVIDER, &rows, APP].concat(), &[(&variable, "boss")]);
            assert!(message.contains(&words) && !message.contains("boss"), "{message}");
        }
    }
    for empty in ["", " "] {
        let message = mistakes_with(&whole, &[("VESTIBULE_SERVER__LANGUAGES", empty)]);
        assert_eq!(message, "VESTIBULE_SERVER__LANGUAGES: [server] `languages` is empty; leave the variable out");
    }
    let message = mistakes_with(&whole, &[("VESTIBULE_SERVER__LANGUAGES", "en,de,")]);
    assert!(message.contains("`languages` holds an empty word; leave out one of the commas"), "{message}");
}
