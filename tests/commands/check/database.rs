//! Findings about the master key and the database. `check` changes neither.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule::base::clock::Clock;
use vestibule::base::secret::MasterKey;
use vestibule::signer::rotation::Schedule;
use vestibule::signer::{Signer, master_key};
use vestibule::signin::identify::IdentityKey;
use vestibule::signin::link::LinkProof;
use vestibule::store::{Database, NewLink, Store};

use super::{check_async, config, provider, provider_and_installation};
use crate::installation::Installation;

/// Every file of a folder, with its contents.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

/// Creates the master key and the database, as the first start does.
pub async fn started(folder: &Path) {
    let master = master_key::load(None, &folder.join("vestibule.key")).unwrap();
    let store = Store::open(&Database::file(folder.join("vestibule.db")), Clock::system()).await.unwrap();
    let schedule = Schedule::for_tokens_of(std::time::Duration::from_mins(1));
    Signer::open(&store, &master, &schedule, Clock::system()).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_start_check_finds_nothing_wrong_and_creates_no_file() {
    let (_provider, installation) = provider_and_installation().await;
    let output = check_async(installation.folder()).await;
    assert!(output.succeeded, "{}", output.text);
    assert!(output.line("ok   master key:").contains("the first start makes it"));
    assert!(output.line("ok   database:").contains("the first start makes it"));
    let silent = output.line("WARN public_url:");
    assert!(silent.contains("http://localhost:1 does not answer from here (connect: "), "{silent}");
    assert_eq!(silent.matches("localhost:1").count(), 1, "the line names the address once: {silent}");
    assert_eq!(output.line("ok   listen:"), "ok   listen: 127.0.0.1:0 is free");
    assert_eq!(
        output.line("ok   app notes: not tried:"),
        "ok   app notes: not tried: whether the app is there and accepts a token; a sign-in shows it"
    );
    assert_eq!(
        output.line("ok   provider uni: not tried:"),
        "ok   provider uni: not tried: a whole sign-in and its claims; that takes a person"
    );
    assert_eq!(files(installation.folder()).into_keys().collect::<Vec<_>>(), ["vestibule.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_first_start_check_reads_schema_and_keys_and_changes_no_file() {
    let (_provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    let before = files(installation.folder());
    let output = check_async(installation.folder()).await;
    assert!(output.succeeded, "{}", output.text);
    assert!(output.line("ok   database:").ends_with("its schema is up to date"));
    assert_eq!(output.line("ok   signing keys:"), "ok   signing keys: 1 opened by the master key");
    assert_eq!(files(installation.folder()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_file_that_cannot_be_made_is_wrong_before_the_first_start() {
    let (_provider, installation) = provider_and_installation().await;
    let (file, folder) = (installation.folder().join("vestibule.db"), installation.folder().join("data"));
    std::os::unix::fs::symlink("data/vestibule.db", &file).unwrap();
    let target = folder.join("vestibule.db");
    let what =
        format!("cannot be reached: it is a link to {}, and the folder of that file does not exist", target.display());
    let output = check_async(installation.folder()).await;
    assert!(output.line("BAD  database:").contains(&format!("{what} → ")), "{}", output.text);
    assert!(installation.failure(&["serve"]).contains(&what));
    // If the folder is there, the first start makes the file in it.
    std::fs::create_dir(&folder).unwrap();
    let output = check_async(installation.folder()).await;
    assert!(output.line("ok   database:").contains("the first start makes it"), "{}", output.text);
    started(installation.folder()).await;
    assert!(target.is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_is_reported_and_not_migrated() {
    let (_provider, installation) = provider_and_installation().await;
    std::fs::write(installation.folder().join("vestibule.db"), "").unwrap();
    let output = check_async(installation.folder()).await;
    assert!(output.line("ok   database:").ends_with("the next start brings its schema up to date"), "{}", output.text);
    assert_eq!(files(installation.folder())["vestibule.db"], b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_and_a_file_that_is_not_a_database_are_wrong() {
    let (_provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    let database = installation.folder().join("vestibule.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_later', 0)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let output = check_async(installation.folder()).await;
    assert!(!output.succeeded);
    assert!(output.line("BAD  database:").contains("newer schema than this binary knows (m20991231_000001_later)"));

    std::fs::write(&database, "no database, however long it is looked at").unwrap();
    let output = check_async(installation.folder()).await;
    assert!(output.line("BAD  database:").contains(" → "), "{}", output.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_another_program_are_reported_by_check_serve_and_other_commands() {
    let (_provider, installation) = provider_and_installation().await;
    let file = installation.folder().join("vestibule.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("CREATE TABLE account (x)").execute(&pool).await.unwrap();
    pool.close().await;
    let output = check_async(installation.folder()).await;
    assert!(!output.succeeded);
    let file = file.display();
    let what = format!("the database {file} holds tables of another program (account)");
    let fix = "name another file in `url` under [database]";
    assert_eq!(output.line("BAD  database:"), format!("BAD  database: {what} → {fix}"));
    for command in [&["serve"][..], &["user", "list"], &["user", "add", "dee"]] {
        let refused = installation.failure(command);
        assert!(refused.contains(&format!("{what}; {fix}")), "{command:?}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_master_key_is_reported_if_keys_are_sealed() {
    let (_provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    let file = installation.folder().join("vestibule.key");
    std::fs::write(&file, MasterKey::fresh().write().expose()).unwrap();
    let output = check_async(installation.folder()).await;
    assert!(!output.succeeded);
    assert!(output.line("BAD  signing keys:").contains("sealed under another master key"));
    assert!(output.line("BAD  signing keys:").contains("→ put back the master key"), "{}", output.text);

    std::fs::remove_file(&file).unwrap();
    let output = check_async(installation.folder()).await;
    assert!(output.line("BAD  signing keys:").contains("→ put back the backup of the master key"), "{}", output.text);
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_names_an_unknown_account_causes_a_warning() {
    let provider = provider().await;
    let installation =
        Installation::with_config(&(config(provider.issuer()) + "accounts = [\"Ada\", \"it's me\", \"\u{430}da\"]\n"));
    let output = check_async(installation.folder()).await;
    assert_eq!(output.lines_with("WARN app notes: notes.allow[1] names the account ").len(), 3, "{}", output.text);

    started(installation.folder()).await;
    let store =
        Store::open(&Database::file(installation.folder().join("vestibule.db")), Clock::system()).await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    let key =
        IdentityKey { provider: "uni".parse().unwrap(), issuer: "i".to_owned().into(), subject: "1".to_owned().into() };
    transaction.provision(&key, &"ada".parse().unwrap(), NewLink::of(LinkProof::Founding)).await.unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    let output = check_async(installation.folder()).await;
    let warned = output.lines_with("WARN app notes: notes.allow[1] names the account ");
    let [warned, lookalike] = warned.as_slice() else { panic!("{}", output.text) };
    assert!(lookalike.contains("it only looks like the account ada") && lookalike.ends_with("→ write \"ada\""));
    assert!(warned.contains("the account it's me, which does not exist"), "{}", output.text);
    let fix = r"→ vestibule identity link --new PROVIDER ISSUER SUBJECT 'it'\''s me'";
    assert!(warned.ends_with(fix), "{}", output.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn fixes_for_unknown_accounts_fit_the_kind_of_the_provider() {
    let rules = "accounts = [\"-grase\"]\n[[app.allow]]\nemail_domains = [\"example.org\"]\n";
    let uni = "kind = \"oidc\"\nname = \"Example University\"\nallow_private = true\nissuer = \"http://127.0.0.1:1\"\n\
               client_id = \"vestibule\"\nclient_secret = \"s3cret-of-uni\"\n";
    let own = config("http://127.0.0.1:1").replace(uni, "kind = \"password\"\nname = \"Local account\"\n") + rules;
    let installation = Installation::with_config(&own);
    let output = check_async(installation.folder()).await;
    assert!(
        output
            .line("WARN app notes: notes.allow[1] names the account")
            .ends_with("-grase, which does not exist: nobody can enter by it → vestibule user add -- '-grase'"),
        "{}",
        output.text
    );
    let fix = output.line("WARN app notes: notes.allow[2] can never be met");
    assert!(fix.contains("→ use `groups` or `accounts` in the rule instead") && !fix.contains("scopes"), "{fix}");
}

/// Gives the account `username` an identity under this issuer.
pub async fn known_under(folder: &Path, issuer: &str, username: &str) {
    known_through(folder, issuer, username, None).await;
}

/// As [`known_under`], through a client id.
pub async fn known_through(folder: &Path, issuer: &str, username: &str, client_id: Option<&str>) {
    let store = Store::open(&Database::file(folder.join("vestibule.db")), Clock::system()).await.unwrap();
    let mut login = store.begin().await.unwrap();
    let key = IdentityKey { provider: "uni".parse().unwrap(), issuer: issuer.into(), subject: username.into() };
    login
        .provision(&key, &username.parse().unwrap(), NewLink { client_id, ..NewLink::of(LinkProof::Founding) })
        .await
        .unwrap();
    login.commit().await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_under_another_issuer_are_counted_and_reported_with_a_fix() {
    let (provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    known_under(installation.folder(), provider.issuer(), "ada").await;
    assert!(!check_async(installation.folder()).await.text.contains("Identities under another one"));
    for username in ["ben", "cleo"] {
        known_under(installation.folder(), "https://old.example.edu", username).await;
    }
    let output = check_async(installation.folder()).await;
    assert!(output.succeeded, "{}", output.text);
    assert_eq!(
        output.line("WARN provider uni: its issuer is"),
        format!(
            "WARN provider uni: its issuer is {}. Identities under another one, https://old.example.edu: 2. \
             No sign-in leads to these any more → put back issuer = 'https://old.example.edu' if the provider still \
             has this issuer; else tie each person's new identity to their account: `vestibule identity link uni \
             ISSUER SUBJECT ACCOUNT`",
            provider.issuer()
        )
    );
    // The same happens if the kind of the provider changed, or the base of its directory.
    let keys = r#"kind = "ldap"
servers = ["ldaps://127.0.0.1:1"]
bind_dn = "uid={username},dc=example,dc=org"
"#;
    let text = config(provider.issuer());
    let (begin, _) = text.split_once("kind = \"oidc\"").unwrap();
    let (_, end) = text.split_once("client_secret = \"s3cret-of-uni\"").unwrap();
    std::fs::write(installation.folder().join("vestibule.toml"), [begin, keys, "name = \"Uni\"", end].concat())
        .unwrap();
    let output = check_async(installation.folder()).await;
    let warned = output.lines_with("WARN provider uni: its issuer is ldap:dc=example,dc=org. ");
    assert_eq!(warned.len(), 2, "{}", output.text);
    let fix = "→ to keep them, write issuer = 'https://old.example.edu' under this provider; else ";
    assert!(warned.iter().any(|line| line.contains(fix)), "{}", output.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_that_others_can_read_is_wrong() {
    let (_provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    let file = installation.folder().join("vestibule.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = check_async(installation.folder()).await;
    assert!(!output.succeeded);
    assert!(output.line("BAD  master key:").contains("(mode 644, owner "), "{}", output.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_database_folder_is_reported_before_the_first_start() {
    let (provider, installation) = provider_and_installation().await;
    let elsewhere = "[database]\nurl = \"sqlite:none/vestibule.db\"\n[[provider]]";
    let text = config(provider.issuer()).replace("[[provider]]", elsewhere);
    std::fs::write(installation.folder().join("vestibule.toml"), text).unwrap();
    let output = check_async(installation.folder()).await;
    assert!(output.line("BAD  database:").ends_with("its folder does not exist → make the folder"), "{}", output.text);
}

/// The config of this installation, with this database.
fn set_database(installation: &Installation, issuer: &str, url: &str) {
    let text = config(issuer).replace("[[provider]]", &format!("[database]\nurl = \"{url}\"\n[[provider]]"));
    std::fs::write(installation.folder().join("vestibule.toml"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_at_the_address_of_postgresql_is_named_and_so_is_a_missing_user() {
    let (provider, installation) = provider_and_installation().await;
    let web = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = format!("{}/v", web.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = web.accept().await {
            _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    set_database(&installation, provider.issuer(), &format!("postgres://dee@{place}"));
    let output = check_async(installation.folder()).await;
    let line = output.line("BAD  database:");
    assert!(line.contains(&format!("the database {place} does not answer as PostgreSQL does: ")), "{line}");
    assert!(line.ends_with(" → let `url` under [database] name the host and the port of PostgreSQL"), "{line}");
    set_database(&installation, provider.issuer(), &format!("postgres://{place}"));
    let line = check_async(installation.folder()).await.line("BAD  database:").to_owned();
    let what =
        format!("the database {place} has an address that can't be used: it names no user → write postgres://USER");
    assert!(line.contains(&what), "{line}");
}

/// A PostgreSQL server without TLS that asks for this login method (protocol 3.0, `AuthenticationRequest`).
async fn server_with_login_method(request: &'static [u8]) -> std::net::SocketAddr {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = server.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = server.accept().await {
            let mut sent = [0; 512];
            _ = stream.read_exact(&mut sent[..8]).await;
            _ = stream.write_all(b"N").await;
            _ = stream.read(&mut sent).await;
            _ = stream.write_all(request).await;
        }
    });
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_method_of_postgresql_that_we_do_not_speak_is_named() {
    let (provider, installation) = provider_and_installation().await;
    for (request, method) in [
        (&b"R\0\0\0\x08\0\0\0\x07"[..], "unknown authentication method: 7"),
        (b"R\0\0\0\x15\0\0\0\x0aOAUTHBEARER\0\0", "unsupported SASL authentication mechanisms: OAUTHBEARER"),
    ] {
        let place = server_with_login_method(request).await;
        set_database(&installation, provider.issuer(), &format!("postgres://dee@{place}/v"));
        let line = check_async(installation.folder()).await.line("BAD  database:").to_owned();
        let what = format!("the database {place}/v asks for a login method that we do not speak: ");
        assert!(line.contains(&what) && line.contains(method), "{line}");
        assert!(line.ends_with(" → let its pg_hba.conf ask for scram-sha-256 of this user"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_open_files_are_not_reported_as_a_missing_folder() {
    let (_provider, installation) = provider_and_installation().await;
    let program = env!("CARGO_BIN_EXE_vestibule");
    let errors = [12, 14, 16].map(|limit| {
        let mut shell = std::process::Command::new("sh");
        let shell = shell.current_dir(installation.folder()).env_remove(master_key::VARIABLE);
        let limited = format!("ulimit -n {limit}; exec \"$0\" serve");
        let output = shell.args(["-c", &limited, program]).output().unwrap();
        assert!(!output.status.success(), "{limit}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    });
    // This process may pass on more open files than the standard ones, so the limit at which SQLite fails is not known.
    let what = "can't be opened, since too many files are open: unable to open database file, code 14; raise the \
                limit of open files: of this process (LimitNOFILE, ulimit -n)";
    assert!(errors.iter().any(|error| error.contains(what)), "{errors:?}");
}

// C56
#[tokio::test(flavor = "multi_thread")]
async fn a_config_with_secrets_that_every_user_can_read_causes_a_warning() {
    let provider = provider().await;
    // Every user may enter this folder and its parents.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let file = folder.path().join("vestibule.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    write(&config(provider.issuer()));
    mode(folder.path(), 0o755);
    mode(&file, 0o644);
    let output = check_async(folder.path()).await;
    assert_eq!(
        output.line("WARN config:"),
        "WARN config: vestibule.toml can be read by every user of this machine (mode 644), and these keys hold \
         secrets: provider.uni.client_secret → chmod 640 vestibule.toml, or put each into a file of its own, and name \
         that file in the key that ends in _file"
    );
    assert!(!output.text.contains("s3cret-of-uni"), "{}", output.text);

    for (of_folder, of_file) in [(0o755, 0o640), (0o700, 0o644)] {
        mode(folder.path(), of_folder);
        mode(&file, of_file);
        assert!(check_async(folder.path()).await.lines_with("WARN config:").is_empty(), "{of_folder:o} {of_file:o}");
    }
    mode(folder.path(), 0o755);
    mode(&file, 0o644);
    std::fs::write(folder.path().join("uni.secret"), "s3cret-of-uni").unwrap();
    write(
        &config(provider.issuer()).replace("client_secret = \"s3cret-of-uni\"", "client_secret_file = \"uni.secret\""),
    );
    assert!(check_async(folder.path()).await.lines_with("WARN config:").is_empty());
}
