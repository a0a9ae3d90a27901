//! A PostgreSQL server that accepts no connection at first.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::installation::Installation;
use super::serving::CONFIG;

/// A PostgreSQL server that refuses all connections: because it has none left, and after two seconds for a wrong
/// password. Returns its port.
fn start_full_server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let begun = Instant::now();
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _startup_message = connection.read(&mut [0; 1024]).unwrap();
            let (code, message) = if begun.elapsed() < Duration::from_secs(2) {
                ("53300", "sorry, too many clients already")
            } else {
                ("28P01", "password authentication failed")
            };
            // `ErrorResponse`: its length without the first byte, and fields that end with a NUL byte.
            let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            connection.write_all(&[b"E", &length[..], fields.as_bytes()].concat()).unwrap();
        }
    });
    port
}

#[test]
fn a_command_that_waits_for_a_server_says_so() {
    let place = format!("127.0.0.1:{}/vestibule", start_full_server());
    let url = format!("postgres://vestibule:secret@{place}?sslmode=disable");
    let installation = Installation::with_config(&CONFIG.replace("sqlite:vestibule.db", &url));
    let output = installation.failure(&["user", "add", "grace", "--generate"]);
    let (note, error) = output.split_once('\n').unwrap();
    assert_eq!(note, "Still waiting for the database postgres://127.0.0.1/vestibule to become ready");
    assert!(error.contains(&format!("the database {place} refuses our login: password authentication")), "{error}");
}
