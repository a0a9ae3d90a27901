//! A PostgreSQL server that accepts no connection at first.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::installation::Installation;
use super::serving::CONFIG;

/// A PostgreSQL server that refuses all connections: because it has none left, and from two seconds after the first one
/// for a wrong password. Returns its port.
fn start_full_server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut first_at = None;
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let first_at: &mut Instant = first_at.get_or_insert_with(Instant::now);
            let _startup_message = connection.read(&mut [0; 1024]).unwrap();
            let (code, message) = if first_at.elapsed() < Duration::from_secs(2) {
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
    assert_eq!(note, format!("Still opening the database postgres://{place}"));
    assert!(error.contains(&format!("the database {place} refuses our login: password authentication")), "{error}");
}
