//! Mistakes in `[database]` and `[audit]`.

use super::{APP, PROVIDER, SERVER, good, mistakes};
use vestibule::config::{DatabaseUrl, Synchronous};

#[test]
fn synchronous_is_only_for_sqlite() {
    let with = |database: &str| [SERVER, "[database]\n", database, "\n", PROVIDER, APP].concat();
    for (written, read) in [("", Synchronous::Normal), ("synchronous = \"full\"", Synchronous::Full)] {
        let config = good(&with(written));
        assert!(matches!(config.database, DatabaseUrl::Sqlite { synchronous, .. } if synchronous == read));
    }
    let message = mistakes(&with("synchronous = \"off\""));
    assert_eq!(message, "vestibule.toml:4: [database] `synchronous` does not know \"off\"; use \"normal\" or \"full\"");
    let message = mistakes(&with("url = \"postgres://u@h/d\"\nsynchronous = \"full\""));
    assert!(
        message.contains("toml:5: [database] `synchronous` is for SQLite") && message.contains("synchronous_commit"),
        "{message}"
    );
}

#[test]
fn an_audit_kept_for_less_than_a_day_is_a_mistake() {
    let message = mistakes(&[SERVER, "[audit]\nkeep = \"12m\"\n", PROVIDER, APP].concat());
    assert_eq!(message, "vestibule.toml:4: [audit] `keep` is less than a day; write days, such as \"365d\"");
    good(&[SERVER, "[audit]\nkeep = \"1d\"\n", PROVIDER, APP].concat());
}

#[test]
fn a_fresh_sign_in_may_be_a_minute_ago_at_least_and_an_hour_at_most() {
    let message = mistakes(&[SERVER, "[admin]\nfresh = \"61m\"\n", PROVIDER, APP].concat());
    assert_eq!(message, "vestibule.toml:4: [admin] `fresh` is longer than an hour; write at most \"1h\"");
    good(&[SERVER, "[admin]\nfresh = \"1h\"\n", PROVIDER, APP].concat());
    let message = mistakes(&[SERVER, "[admin]\nfresh = \"59s\"\n", PROVIDER, APP].concat());
    assert_eq!(message, "vestibule.toml:4: [admin] `fresh` is less than a minute; write minutes, such as \"5m\"");
    let config = good(&[SERVER, "[admin]\nfresh = \"1m\"\n", PROVIDER, APP].concat());
    assert_eq!(config.admin.fresh.as_secs(), 60);
}

fn of_url(url: &str) -> String {
    [SERVER, &format!("[database]\nurl = \"{url}\"\n"), PROVIDER, APP].concat()
}

// C56
#[test]
fn a_password_that_breaks_a_database_url_is_reported_with_a_fix_and_never_shown() {
    for (url, what) in [
        ("postgres://dee:ses#ame@db/notes", "holds a #, which ends an address"),
        ("postgres://dee:12#sesame@db/notes", "holds a #"),
        ("postgres://dee:12/sesame@db/notes", "holds an @ after the host"),
        ("postgres://dee:12?sesame@db/notes", "holds an @ after the host"),
        ("postgres://dee:/sesame@db/notes", "holds an @ after the host"),
        ("postgres://dee:ses/ame@db/notes", "is not an address: invalid port number"),
        ("postgres://dee:ses:ame%zz@db/notes", "holds a % that is not part of percent-encoded UTF-8"),
        ("postgres://dee:ses%ffame@db/notes", "holds a % that is not part of percent-encoded UTF-8"),
        ("postgres://dee:x@db/notes?sesame=1", "has a parameter after its ? that is not known"),
        ("postgres://dee:x@db/notes?sslmode=sesame", "has an sslmode that is not known"),
        (
            "postgres://dee:x@db/notes?sslrootcert=/none/sesame",
            "names a file by sslrootcert that does not exist; name a",
        ),
        (
            "postgres://dee:x@db/notes?sslcert=sesame",
            "names a file by sslcert that does not exist; write its absolute path",
        ),
        ("postgres://dee:x@db/notes?port=sesame", "has a port that is not a number from 0 to 65535; write port=5432"),
    ] {
        let message = mistakes(&of_url(url));
        assert!(message.starts_with(&format!("vestibule.toml:4: [database] `url` {what}")), "{url}: {message}");
        assert!(
            message.contains("write its absolute path")
                || message.contains("write %23 for #")
                || message.contains("write %3F for ?"),
            "{url}: {message}"
        );
        for part in ["ses", "ame", "dee", "12"] {
            assert!(!message.contains(&format!("{part}@")) && !message.contains("sesame"), "{url}: {message}");
        }
    }
}

#[test]
fn a_postgresql_url_without_slashes_or_without_a_host_and_a_database_gets_the_form_to_write() {
    let form = "write \"postgres://USER:PASSWORD@HOST/DATABASE\"";
    for (url, what) in [
        ("postgres:dee:x@db/notes", "must begin with postgres://"),
        ("postgresql:db/notes", "must begin with postgres://"),
        ("postgres://", "names neither a host nor a database"),
        ("postgres:///?sslmode=require", "names neither a host nor a database"),
    ] {
        assert_eq!(mistakes(&of_url(url)), format!("vestibule.toml:4: [database] `url` {what}; {form}"), "{url}");
    }
}

#[test]
fn a_file_that_can_be_no_certificate_is_refused_before_a_connection_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "hello").unwrap();
    for (path, what) in [
        (file.as_path(), "holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----; name another"),
        (folder.path(), "is a folder, not a file; name the file in it"),
    ] {
        let message = mistakes(&of_url(&format!("postgres://db/notes?sslrootcert={}", path.display())));
        assert!(message.contains(&format!("`url` names a file by sslrootcert that {what}")), "{message}");
    }
    std::fs::write(&file, include_str!("uni-ca.pem")).unwrap();
    good(&of_url(&format!("postgres://db/notes?sslrootcert={}", file.display())));
}

#[test]
fn a_socket_url_works_with_and_without_a_user() {
    for url in [
        "postgres://dee@/notes?host=/run/postgresql",
        "postgres://dee:a%23b@/notes?host=/run/postgresql",
        "postgres:///notes?host=/run/postgresql",
        "postgresql://dee@localhost/notes?host=/run/postgresql",
    ] {
        let config = good(&of_url(url));
        assert_eq!(config.database.to_string(), "postgres:///notes?host=/run/postgresql", "{url}");
    }
    for (url, shown) in [
        (
            "postgres://dee:a%40b%3A%2F%23%3F%25@db.example.org:5433/notes?sslmode=verify-full",
            "postgres://db.example.org:5433/notes",
        ),
        ("postgres://dee:p@ss:word@db/notes", "postgres://db/notes"),
        ("postgres://dee@[::1]:1/notes?port=5433", "postgres://[::1]:5433/notes"),
        ("postgres://dee@/notes?host=/run/postgresql&port=5433", "postgres:///notes?host=/run/postgresql&port=5433"),
    ] {
        assert_eq!(good(&of_url(url)).database.to_string(), shown);
    }
}

#[test]
fn keys_with_a_secret_inside_the_config_file_are_listed() {
    let inline = |database: &str| good(&of_url(database)).secrets_inline;
    let of_provider = "provider.uni.client_secret";
    assert_eq!(inline("sqlite:vestibule.db"), [of_provider]);
    assert_eq!(inline("postgres://dee@db/notes"), [of_provider]);
    for url in ["postgres://dee:sesame@db/notes", "postgres://dee@db/notes?password=sesame"] {
        assert_eq!(inline(url), ["database.url", of_provider], "{url}");
    }
    let variable = [("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET", "from elsewhere")];
    let environment = variable.into_iter().collect();
    let file = std::path::Path::new("vestibule.toml");
    let text = of_url("sqlite:vestibule.db");
    let config = vestibule::config::read(&text, file, &environment, &vestibule::upstream::KINDS).unwrap();
    assert_eq!(config.secrets_inline, [""; 0]);
}

#[test]
fn an_address_with_another_user_password_or_parameter_is_another_address() {
    let address = |url: &str| good(&of_url(url)).database;
    let urls = [
        "postgres://dee:sesame@db/notes",
        "postgres://dee:other@db/notes",
        "postgres://eve:sesame@db/notes",
        "postgres://dee:sesame@db:5433/notes",
        "postgres://dee:sesame@db/notes?sslmode=require",
        "sqlite:vestibule.db",
        "sqlite:other.db",
    ];
    for one in urls {
        for other in urls {
            assert_eq!(address(one).has_same_address(&address(other)), one == other, "{one} {other}");
        }
    }
    assert!(address("sqlite:vestibule.db").has_same_address(&address("sqlite://vestibule.db")));
}

#[test]
fn a_space_or_an_invisible_character_around_a_files_name_is_a_mistake() {
    let spaced = "names a file whose name begins or ends with a space; leave the space out; if there is such a file, \
                  rename it";
    let hidden = "names a file whose name holds an invisible character; write the name again without it; if there is \
                  such a file, rename it";
    for (url, what) in [
        ("sqlite: vestibule.db", spaced),
        ("sqlite:// vestibule.db", spaced),
        ("sqlite:vestibule.db ", spaced),
        ("sqlite:vestibule.db\u{a0}", spaced),
        ("sqlite:vesti\u{200b}bule.db", hidden),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, url).unwrap();
        assert_eq!(mistakes(&of_url(url)), format!("vestibule.toml:4: [database] `url` {what}"), "{url:?}");
        let of_file = [SERVER, &format!("[database]\nurl_file = \"{}\"\n", file.display()), PROVIDER, APP].concat();
        assert_eq!(mistakes(&of_file), format!("vestibule.toml:4: [database] `url_file` {what}"), "{url:?}");
    }
    assert_eq!(good(&of_url("sqlite:data base/vestibule.db")).warnings, []);
}

#[test]
fn only_a_database_url_with_a_password_is_called_a_secret() {
    assert_eq!(good(&of_url("postgres://dee@db/notes ")).warnings, []);
    let [warning] = &good(&of_url("postgres://dee:sesame@db/notes ")).warnings[..] else { panic!("one warning") };
    assert!(warning.to_string().contains("`url` holds a space before or after the secret"), "{warning}");
}

#[test]
fn a_postgresql_url_with_several_hosts_is_a_mistake() {
    for url in ["postgres://u@one,two:5432/d", "postgres://u@/d?host=one,two", "postgres://u@h/d?hostaddr=::1,::2"] {
        let message = mistakes(&of_url(url));
        let wrong = "vestibule.toml:4: [database] `url` names several hosts; name one: the driver does not try others";
        assert_eq!(message, wrong, "{url}");
    }
    good(&of_url("postgres://u:a,b@one/d"));
}

#[test]
fn an_empty_or_unreadable_parameter_of_a_postgresql_url_is_a_mistake() {
    for name in ["host", "hostaddr", "user", "dbname", "password", "sslrootcert", "ssl-cert", "sslkey"] {
        for empty in ["", "%20", "&sslmode=require"] {
            let message = mistakes(&of_url(&format!("postgres://dee:sesame@db/notes?{name}={empty}")));
            let wrong = format!(
                "vestibule.toml:4: [database] `url` has an empty {name} after its ?; write a value after {name}=, or \
                 leave it out; in a password, write %3F for ?"
            );
            assert_eq!(message, wrong);
        }
    }
    for (name, words) in [("port", "has a port that is not a number"), ("sslmode", "has an sslmode that is not known")]
    {
        let message = mistakes(&of_url(&format!("postgres://dee@db/notes?{name}=")));
        assert!(message.starts_with(&format!("vestibule.toml:4: [database] `url` {words}")), "{message}");
    }
    for (parameter, words) in [
        ("hostaddr=db.example.org", "has a hostaddr that is not an IP address; write the name as host="),
        ("statement-cache-capacity=x", "has a statement-cache-capacity that is not a number; write 100"),
    ] {
        let message = mistakes(&of_url(&format!("postgres://dee@db/notes?{parameter}")));
        assert!(message.starts_with(&format!("vestibule.toml:4: [database] `url` {words}")), "{message}");
    }
    for (parameters, words) in [
        ("sslmode=require&sslmode=disable", "has several values for sslmode after its ?; keep one"),
        ("ssl-mode=require&sslmode=require", "has several values for sslmode after its ?; keep one"),
        ("host=one&hostaddr=::1", "has several values for host or hostaddr after its ?; keep one"),
        ("options[lock_timeout]=1&options[lock_timeout]=2", "has several values for the same options[…] after its ?"),
        ("options[search_path=x", "has a parameter that begins with options[ and does not end with the name of a"),
        ("options[]=x", "has a parameter that begins with options[ and does not end with the name of a"),
        ("options[a b]=x", "has a parameter that begins with options[ and does not end with the name of a"),
        ("user=%00", "holds %00, a byte that PostgreSQL accepts nowhere; leave it out"),
        ("options[a]=x%00", "holds %00, a byte that PostgreSQL accepts nowhere; leave it out"),
        ("sslrootcert=system", "has sslrootcert=system, which only libpq knows; write sslmode=verify-full, and name"),
    ] {
        let message = mistakes(&of_url(&format!("postgres://dee@db/notes?{parameters}")));
        assert!(message.starts_with(&format!("vestibule.toml:4: [database] `url` {words}")), "{message}");
    }
    for url in ["postgres://d%00e@db/notes", "postgres://dee:ses%00ame@db/notes", "postgres://dee@db/no%00tes"] {
        assert!(mistakes(&of_url(url)).contains("`url` holds %00"), "{url}");
    }
    good(&of_url("postgres://dee@db/notes?options=-c%20a=1&options=-c%20b=2&options[x.y]=1&options[lock_timeout]=2"));
    for harmless in
        ["hostaddr=::1", "statement-cache-capacity=0", "application_name=", "options=", "options[search_path]="]
    {
        good(&of_url(&format!("postgres://dee@db/notes?{harmless}")));
    }
}
