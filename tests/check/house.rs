//! What is said about the master key and the database, and that looking changes neither.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use vestibule::base::clock::Clock;
use vestibule::base::secret::MasterKey;
use vestibule::signer::rotation::Schedule;
use vestibule::signer::{Signer, master_key};
use vestibule::signin::identify::IdentityKey;
use vestibule::store::{Database, Store};

use super::provider::Provider;
use super::{Said, check, config, folder};

/// Every file of a folder, and what is in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

/// As the first start leaves it.
async fn started(folder: &Path) {
    let master = master_key::load(None, &folder.join("vestibule.key")).unwrap();
    let store = Store::open(&Database::file(folder.join("vestibule.db")), Clock::system()).await.unwrap();
    let schedule = Schedule::for_tokens_of(std::time::Duration::from_mins(1));
    Signer::open(&store, &master, &schedule, Clock::system()).await.unwrap();
    store.close().await;
}

async fn look(folder: &Path) -> Said {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || check(&folder, &[])).await.unwrap()
}

async fn house() -> (Provider, tempfile::TempDir) {
    let provider = Provider::start(|_| {}).await;
    let folder = folder(&config(&provider.issuer));
    (provider, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_start_nothing_is_wrong_and_looking_makes_nothing() {
    let (_provider, folder) = house().await;
    let said = look(folder.path()).await;
    assert!(said.content, "{}", said.text);
    assert!(said.line("ok   master key:").contains("the first start makes it"));
    assert!(said.line("ok   database:").contains("the first start makes it"));
    let silent = said.line("WARN public_url:");
    assert!(silent.contains("http://localhost:1 does not answer from here (connect: "), "{silent}");
    assert_eq!(silent.matches("localhost:1").count(), 1, "the address stands there once: {silent}");
    assert_eq!(said.line("ok   listen:"), "ok   listen: 127.0.0.1:0 is free");
    assert_eq!(
        said.line("ok   app notes: not tried:"),
        "ok   app notes: not tried: whether the app is there and takes a token; a sign-in tells"
    );
    assert_eq!(
        said.line("ok   provider uni: not tried:"),
        "ok   provider uni: not tried: a whole sign-in, with the claims that come then; that takes a person"
    );
    assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), ["vestibule.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_it_the_schema_is_up_to_date_and_the_keys_open_and_looking_leaves_no_trace() {
    let (_provider, folder) = house().await;
    started(folder.path()).await;
    let before = files(folder.path());
    let said = look(folder.path()).await;
    assert!(said.content, "{}", said.text);
    assert!(said.line("ok   database:").ends_with("its schema is up to date"));
    assert_eq!(said.line("ok   signing keys:"), "ok   signing keys: 1 opened by the master key");
    assert_eq!(files(folder.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_is_told_and_left_as_it_is() {
    let (_provider, folder) = house().await;
    std::fs::write(folder.path().join("vestibule.db"), "").unwrap();
    let said = look(folder.path()).await;
    assert!(said.line("ok   database:").ends_with("the next start brings its schema up to date"), "{}", said.text);
    assert_eq!(files(folder.path())["vestibule.db"], b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_and_a_file_that_is_no_database_are_wrong() {
    let (_provider, folder) = house().await;
    started(folder.path()).await;
    let database = folder.path().join("vestibule.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_later', 0)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let said = look(folder.path()).await;
    assert!(!said.content);
    assert!(said.line("BAD  database:").contains("newer schema than this binary knows (m20991231_000001_later)"));

    std::fs::write(&database, "no database, however long it is looked at").unwrap();
    let said = look(folder.path()).await;
    assert!(said.line("BAD  database:").contains(" → "), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_or_none_is_wrong_where_keys_are_sealed() {
    let (_provider, folder) = house().await;
    started(folder.path()).await;
    let file = folder.path().join("vestibule.key");
    std::fs::write(&file, MasterKey::fresh().write().expose()).unwrap();
    let said = look(folder.path()).await;
    assert!(!said.content);
    assert!(said.line("BAD  signing keys:").contains("sealed under another master key"));
    assert!(said.line("BAD  signing keys:").contains("→ put back the master key"), "{}", said.text);

    std::fs::remove_file(&file).unwrap();
    let said = look(folder.path()).await;
    assert!(said.line("BAD  signing keys:").contains("→ put back the backup of the master key"), "{}", said.text);
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_a_rule_names_and_nobody_has_is_warned_of() {
    let provider = Provider::start(|_| {}).await;
    let folder = folder(&(config(&provider.issuer) + "accounts = [\"Ada\", \"dee\"]\n"));
    let said = look(folder.path()).await;
    assert_eq!(said.all("WARN app notes: notes.allow[1] names the account ").len(), 2, "{}", said.text);

    started(folder.path()).await;
    let store = Store::open(&Database::file(folder.path().join("vestibule.db")), Clock::system()).await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let key =
        IdentityKey { provider: "uni".parse().unwrap(), issuer: "i".to_owned().into(), subject: "1".to_owned().into() };
    transaction.provision(&key, &"ada".parse().unwrap(), None).await.unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    let said = look(folder.path()).await;
    let warned = said.line("WARN app notes: notes.allow[1] names the account ");
    assert!(warned.contains("the account dee, which is not there"), "{}", said.text);
    assert!(warned.ends_with("→ vestibule identity link PROVIDER ISSUER SUBJECT dee --new"), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_new_gets_an_account_the_mends_are_those_of_the_kind() {
    let rules = "accounts = [\"grase\"]\n[[app.allow]]\nemail_domains = [\"example.org\"]\n";
    let uni = "kind = \"oidc\"\nname = \"Example University\"\nallow_private = true\nissuer = \"http://127.0.0.1:1\"\n\
               client_id = \"vestibule\"\nclient_secret = \"s3cret-of-uni\"\n";
    let own = config("http://127.0.0.1:1").replace(uni, "kind = \"password\"\nname = \"Local account\"\n") + rules;
    let folder = folder(&own);
    let said = look(folder.path()).await;
    assert!(
        said.line("WARN app notes: notes.allow[1] names the account")
            .ends_with("grase, which is not there: nobody enters by it → vestibule user add grase"),
        "{}",
        said.text
    );
    let mend = said.line("WARN app notes: notes.allow[2] can't hold");
    assert!(mend.contains("→ use `groups` or `accounts` in the rule instead") && !mend.contains("scopes"), "{mend}");
}

/// Gives the account `username` an identity under this issuer.
async fn known_under(folder: &Path, issuer: &str, username: &str) {
    let store = Store::open(&Database::file(folder.join("vestibule.db")), Clock::system()).await.unwrap();
    let mut login = store.begin().await.unwrap();
    let key = IdentityKey { provider: "uni".parse().unwrap(), issuer: issuer.into(), subject: username.into() };
    login.provision(&key, &username.parse().unwrap(), None).await.unwrap();
    login.commit().await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_whom_another_issuer_makes_strangers_are_counted_with_what_keeps_them() {
    let (provider, folder) = house().await;
    started(folder.path()).await;
    known_under(folder.path(), &provider.issuer, "ada").await;
    assert!(!look(folder.path()).await.text.contains("strangers"));
    for username in ["ben", "cleo"] {
        known_under(folder.path(), "https://old.example.edu", username).await;
    }
    let said = look(folder.path()).await;
    assert!(said.content, "{}", said.text);
    assert_eq!(
        said.line("WARN provider uni: its issuer is"),
        format!(
            "WARN provider uni: its issuer is {}. Identities under another one, https://old.example.edu: 2. \
             No sign-in leads to these any more → put back issuer = 'https://old.example.edu' if the provider still calls itself so; \
             else tie each person's new identity to their account: `vestibule identity link uni ISSUER SUBJECT ACCOUNT`",
            provider.issuer
        )
    );
    // As when the kind of the provider changed, or the base of its directory.
    let keys = r#"kind = "ldap"
servers = ["ldaps://127.0.0.1:1"]
bind_dn = "uid={username},dc=example,dc=org"
"#;
    let text = config(&provider.issuer);
    let (begin, _) = text.split_once("kind = \"oidc\"").unwrap();
    let (_, end) = text.split_once("client_secret = \"s3cret-of-uni\"").unwrap();
    std::fs::write(folder.path().join("vestibule.toml"), [begin, keys, "name = \"Uni\"", end].concat()).unwrap();
    let said = look(folder.path()).await;
    let warned = said.all("WARN provider uni: its issuer is ldap:dc=example,dc=org. ");
    assert_eq!(warned.len(), 2, "{}", said.text);
    let mend = "→ to keep them, write issuer = 'https://old.example.edu' under this provider; else ";
    assert!(warned.iter().any(|line| line.contains(mend)), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_that_others_can_read_is_wrong() {
    let (_provider, folder) = house().await;
    started(folder.path()).await;
    let file = folder.path().join("vestibule.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = look(folder.path()).await;
    assert!(!said.content);
    assert!(said.line("BAD  master key:").contains("(mode 644, owner "), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_told_before_the_first_start_fails_on_it() {
    let (provider, folder) = house().await;
    let elsewhere = "[database]\nurl = \"sqlite:none/vestibule.db\"\n[[provider]]";
    let text = config(&provider.issuer).replace("[[provider]]", elsewhere);
    std::fs::write(folder.path().join("vestibule.toml"), text).unwrap();
    let said = look(folder.path()).await;
    assert!(said.line("BAD  database:").ends_with("its folder is not there → make the folder"), "{}", said.text);
}

/// The config with other lines under `[server]`.
fn at(folder: &Path, issuer: &str, public_url: &str, listen: &str, more: &str) {
    let text = config(issuer).replace("http://localhost:1\"", &format!("{public_url}\""));
    let text = text.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{listen}\"\n{more}"));
    std::fs::write(folder.join("vestibule.toml"), text).unwrap();
}

/// A program on a port of this machine, which answers every request with this status, and with a way on.
async fn proxy(status: u16) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let router =
        axum::Router::new().fallback(move || async move { (status, [("location", "https://www.example.org/")]) });
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_in_which_our_own_address_fails_is_told_with_its_own_mend() {
    let (provider, folder) = house().await;
    let told = async |public_url: &str| {
        at(folder.path(), &provider.issuer, public_url, "127.0.0.1:0", "");
        look(folder.path()).await.line("WARN public_url:").to_owned()
    };
    for (status, what) in [
        (
            502,
            "a proxy answers at {} with status 502: it does not reach Vestibule → while Vestibule does not run, this is",
        ),
        (
            503,
            "a proxy answers at {} with status 503: it does not reach Vestibule → while Vestibule does not run, this is",
        ),
        (
            403,
            "a proxy or another program refuses {} with status 403 → let the proxy pass the whole of public_url to 127.0.0.1:0",
        ),
        (302, "{} is redirected, with status 302, to https://www.example.org/ → write the address in public_url"),
        (
            404,
            "another program answers at {}, with status 404 → let the proxy pass the whole of public_url to 127.0.0.1:0",
        ),
    ] {
        let url = format!("http://{}", proxy(status).await);
        let line = told(&url).await;
        let what = what.replace("{}", &format!("{url}/healthz"));
        assert!(line.starts_with(&format!("WARN public_url: {what}")), "{line}");
    }
    let silent = told("http://localhost:1").await;
    assert!(
        silent.contains("(connect: ") && silent.contains("→ before `vestibule serve` runs, this is expected"),
        "{silent}"
    );
    let no_proxy = told("https://localhost:1").await;
    assert!(no_proxy.contains("(connect: ") && no_proxy.contains("→ start the proxy that does TLS"), "{no_proxy}");
    let nowhere = told("https://vestibule.invalid").await;
    assert!(
        nowhere.contains("(resolve: ") && nowhere.contains("→ see that `public_url` names the right host"),
        "{nowhere}"
    );
    let no_tls = told(&format!("https://{}", proxy(404).await).replace("127.0.0.1", "localhost")).await;
    assert!(no_tls.contains("(TLS: it does not speak TLS there) → let the proxy offer TLS at localhost"), "{no_tls}");
}

// C56
#[tokio::test(flavor = "multi_thread")]
async fn a_config_with_secrets_that_every_user_can_read_is_warned_of() {
    let provider = Provider::start(|_| {}).await;
    // Every user may enter this folder, and those around it.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let file = folder.path().join("vestibule.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    write(&config(&provider.issuer));
    mode(folder.path(), 0o755);
    mode(&file, 0o644);
    let said = look(folder.path()).await;
    assert_eq!(
        said.line("WARN config:"),
        "WARN config: vestibule.toml can be read by every user of this machine (mode 644), and these keys hold secrets: \
         provider.uni.client_secret → chmod 640 vestibule.toml, or put each into a file of its own, named by the key with \
         _file behind it"
    );
    assert!(!said.text.contains("s3cret-of-uni"), "{}", said.text);

    for (of_folder, of_file) in [(0o755, 0o640), (0o700, 0o644)] {
        mode(folder.path(), of_folder);
        mode(&file, of_file);
        assert!(look(folder.path()).await.all("WARN config:").is_empty(), "{of_folder:o} {of_file:o}");
    }
    mode(folder.path(), 0o755);
    mode(&file, 0o644);
    std::fs::write(folder.path().join("uni.secret"), "s3cret-of-uni").unwrap();
    write(
        &config(&provider.issuer).replace("client_secret = \"s3cret-of-uni\"", "client_secret_file = \"uni.secret\""),
    );
    assert!(look(folder.path()).await.all("WARN config:").is_empty());
}

/// A program on a port of this machine, which answers every request so.
async fn another_program(answer: &'static str) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(move || async move {
        if answer.is_empty() { (axum::http::StatusCode::NOT_FOUND, "no") } else { (axum::http::StatusCode::OK, answer) }
    });
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_another_program_uses_is_told_as_that() {
    let (provider, folder) = house().await;
    for answer in ["", "ok\n"] {
        let taken = another_program(answer).await;
        at(folder.path(), &provider.issuer, &format!("http://{taken}"), &taken.to_string(), "");
        let said = look(folder.path()).await;
        assert!(!said.content);
        let line = said.line("BAD  listen:");
        assert!(line.contains(&format!("another program uses {taken}: address in use → stop that program")), "{line}");
        let line = said.line("WARN public_url:");
        assert!(line.contains(&format!("another program answers at http://{taken}/healthz")), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_trusted_is_warned_of_with_the_line_to_write() {
    let (provider, folder) = house().await;
    let proxy = "WARN trusted_proxies: public_url is https, so a proxy";
    let https = "https://auth.example.org";
    for (listen, mend) in [
        ("127.0.0.1:0", "→ write trusted_proxies = [\"127.0.0.1\"] under [server]"),
        ("[::1]:0", "→ write trusted_proxies = [\"::1\"] under [server]"),
        ("0.0.0.0:0", "→ write its address under [server], such as trusted_proxies = [\"10.0.0.2\"]"),
    ] {
        at(folder.path(), &provider.issuer, https, listen, "");
        let path = folder.path().to_owned();
        let said = tokio::task::spawn_blocking(move || check(&path, &["--offline"])).await.unwrap();
        assert!(said.line(proxy).ends_with(mend), "{}", said.text);
    }
    at(folder.path(), &provider.issuer, https, "127.0.0.1:0", "trusted_proxies = [\"10.0.0.0/8\", \"0.0.0.0/0\"]");
    let path = folder.path().to_owned();
    let said = tokio::task::spawn_blocking(move || check(&path, &["--offline"])).await.unwrap();
    let wide =
        "WARN trusted_proxies: 0.0.0.0/0 holds more than proxies: a visitor who comes from there chooses the network";
    assert!(
        said.line(wide)
            .ends_with("→ write only the addresses of your proxies, such as trusted_proxies = [\"127.0.0.1\"]")
    );
    assert_eq!(said.all("WARN trusted_proxies").len(), 1, "{}", said.text);
    for (public_url, more) in [(https, "trusted_proxies = [\"127.0.0.1\"]"), ("http://localhost:1", "")] {
        at(folder.path(), &provider.issuer, public_url, "127.0.0.1:0", more);
        let path = folder.path().to_owned();
        let said = tokio::task::spawn_blocking(move || check(&path, &["--offline"])).await.unwrap();
        assert!(said.all("WARN trusted_proxies").is_empty(), "{}", said.text);
    }
}
