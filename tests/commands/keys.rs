//! The master key and the signing keys that it seals: which commands create one, and what a running server does.

use vestibule::base::secret::MasterKey;
use vestibule::signer::master_key::VARIABLE;

use super::installation::Installation;
use super::serving::{CONFIG, Server};

fn key() -> String {
    MasterKey::fresh().write().expose().clone()
}

/// The ids in a server's JWKS.
fn kids(jwks: &str) -> Vec<&str> {
    jwks.split("\"kid\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

const JWKS: &str = "/.well-known/jwks.json";
const MISSING: &str = "there is no master key: ";
const FIXES: [&str; 3] = [
    "put back the backup of the master key",
    "set VESTIBULE_MASTER_KEY to the value that the service uses",
    "key rotate --now",
];

#[test]
fn without_the_right_master_key_commands_rotate_release_and_create_nothing() {
    let (installation, key) = (Installation::with_config(CONFIG), key());
    let variable = [(VARIABLE, key.as_str())];
    let server = Server::start_with(&installation, &variable);
    installation.stdout(&["user", "add", "grace", "--generate"]);
    let before = installation.json(&["key", "list"]);
    for command in [&["key", "rotate"][..], &["user", "release", "grace"], &["user", "release", "--name", "grace"]] {
        let refused = installation.failure(command);
        assert!(refused.contains(MISSING), "{refused}");
        assert!(FIXES.iter().all(|fix| refused.contains(fix)), "{refused}");
        assert!(!installation.path("vestibule.key").exists(), "{command:?}");

        let other = self::key();
        let (success, refused) = installation.run_with_variables(&[(VARIABLE, other.as_str())], command);
        assert!(!success && refused.contains("was sealed under another master key; put back"), "{refused}");
    }
    assert_eq!(installation.json(&["key", "list"]), before);
    drop(server);
    // With the right key, the server starts as before.
    let server = Server::start_with(&installation, &variable);
    let (success, output) = installation.run_with_variables(&variable, &["key", "rotate"]);
    assert!(
        success && output.contains("A running server with this master key loads the new key within 60 s."),
        "{output}"
    );
    server.reload_config();
    let followed = server.get_until(JWKS, |jwks| kids(jwks).len() == 2);
    assert_eq!(kids(&followed).len(), 2, "{followed}");
    assert!(server.get("/readyz").contains("ready"));
    assert!(
        installation.run_with_variables(&variable, &["user", "release", "grace"]).1.starts_with("Nothing was counted")
    );
}

#[test]
fn a_start_without_the_master_key_of_its_database_is_refused_and_creates_none() {
    let installation = Installation::with_config(CONFIG);
    drop(Server::start(&installation));
    let (file, away) = (installation.path("vestibule.key"), installation.path("backup.key"));
    std::fs::rename(&file, &away).unwrap();
    for _ in 0..2 {
        let refused = installation.failure(&["serve"]);
        assert!(refused.contains(MISSING) && refused.contains("(1)"), "{refused}");
        assert!(FIXES.iter().all(|fix| refused.contains(fix)), "{refused}");
        assert!(!file.exists());
        let checked = installation.check();
        assert!(checked.contains("BAD  signing keys: 1 are sealed under a master key that is missing"), "{checked}");
        assert!(!checked.contains("the first start makes it"), "{checked}");
    }
    std::fs::rename(&away, &file).unwrap();
    drop(Server::start(&installation));
}

// C30
#[test]
fn after_a_change_of_the_master_key_a_server_drops_the_old_keys_and_works_after_a_restart() {
    let installation = Installation::with_config(CONFIG);
    let mut server = Server::start(&installation);
    let stolen = server.get(JWKS);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    std::fs::rename(installation.path("vestibule.key"), installation.path("stolen.key")).unwrap();
    let output = installation.stdout(&["key", "rotate", "--now"]);
    assert!(output.contains("New master key in ") && output.contains("Restart every running server"), "{output}");
    assert!(!output.contains("loads the new key"), "{output}");
    // Reloads the keys now, instead of within 60 s.
    server.reload_config();
    let later = server.get_until(JWKS, |jwks| kids(jwks) != kids(&stolen));
    let listed = installation.json(&["key", "list"]);
    assert_eq!(kids(&later), [listed[0]["kid"].as_str().unwrap()], "the stolen key is no longer published");
    let ready = server.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("no signing key can be used"), "{ready}");
    let log = server.log_until("a signing key can't be used");
    assert!(log.contains("this server started with another master key"), "{log}");
    assert!(log.contains("restart it with the master key that belongs to this database"), "{log}");
    drop(server);
    let server = Server::start(&installation);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(kids(&server.get(JWKS)), kids(&later));
    // The master key stays this time, so running servers follow.
    let output = installation.stdout(&["key", "rotate", "--now"]);
    assert!(
        output.contains("A running server with this master key loads the new key within 60 s. Restart a server that"),
        "{output}"
    );
}

#[test]
fn a_master_key_variable_that_is_not_text_does_not_count_as_missing() {
    use std::os::unix::ffi::OsStrExt as _;
    let installation = Installation::with_config(CONFIG);
    let ran =
        installation.process(&["serve"]).env(VARIABLE, std::ffi::OsStr::from_bytes(b"\xff\xfe")).output().unwrap();
    let shown = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success() && shown.contains("VESTIBULE_MASTER_KEY holds no master key"), "{shown}");
    assert!(shown.contains("`openssl rand -base64 32` prints one"), "{shown}");
    assert!(shown.contains("unset it only if no server ever started on this database"), "{shown}");
    assert!(!installation.path("vestibule.key").exists());
}

#[test]
fn the_variable_accepts_a_key_as_openssl_prints_it() {
    let installation = Installation::with_config(CONFIG);
    let printed = "+/".repeat(21) + "8=";
    let server = Server::start_with(&installation, &[(VARIABLE, &printed)]);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(!installation.path("vestibule.key").exists());
    // Docker images often use `_FILE`; here it would lead to a second key.
    let (_, checked) =
        installation.run_with_variables(&[("VESTIBULE_MASTER_KEY_FILE", "/run/secrets/key")], &["check", "--offline"]);
    let warned = "WARN VESTIBULE_MASTER_KEY_FILE: is not a variable of Vestibule, and is not read → did you mean \
                  VESTIBULE_SERVER__MASTER_KEY_FILE?";
    assert!(checked.contains(warned), "{checked}");
}

// C30
#[test]
fn a_key_that_was_made_while_the_clock_was_ahead_is_named_with_its_fix() {
    let installation = Installation::new();
    installation.make_database();
    installation.make_master_key();
    installation.stdout(&["key", "rotate"]);
    assert_eq!(installation.stderr(&["key", "list"]), "");
    assert!(!installation.check().contains("WARN signing keys"));
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(installation.path("vestibule.db"));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let pool = sqlx::SqlitePool::connect_with(file).await.unwrap();
        let ahead = "UPDATE signing_key SET published_at = 4102444800000000, active_at = 4102444800000000";
        sqlx::query(ahead).execute(&pool).await.unwrap();
        pool.close().await;
    });
    let kid = installation.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    let found = format!(
        "key {kid} was made at 2100-01-01 00:00:00 UTC, which lies in the future: a clock was ahead, or this one is \
         behind. Until 2100-01-01 00:00:00 UTC, the key signs only if there is no other"
    );
    let fix = "see that the clocks of all instances are synchronised (NTP), and then run `vestibule key rotate`";
    assert_eq!(installation.stderr(&["key", "list"]), format!("Note: {found}; {fix}\n"));
    let checked = installation.check();
    assert!(checked.contains(&format!("WARN signing keys: {found} → {fix}\n")), "{checked}");
    installation.stdout(&["key", "rotate"]);
    assert_eq!(installation.stderr(&["key", "list"]), "");
}
