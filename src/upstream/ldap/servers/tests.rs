//! The errors of binds: those of a person when the server repeats the password, and those of the service account.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::super::server::{Encryption, parse_address};
use super::super::tls::trust;
use super::*;
use crate::base::redaction::{REDACTED_WHOLE, TYPED_REDACTED_WHOLE};
use crate::signin::identify::password::Credentials;
use crate::upstream::attempt::recording_gate::RecordingGate;

// C56
#[tokio::test]
async fn no_message_shows_a_prepared_password_that_the_server_repeats() {
    let (client_end, mut server_end) = tokio::io::duplex(1024);
    tokio::spawn(async move {
        _ = server_end.read(&mut [0; 512]).await;
        // The code for any other error, with the prepared form of the password.
        let answer = b"\x30\x11\x02\x01\x01\x61\x0c\x0a\x01\x50\x04\x00\x04\x05caf\xc3\xa9";
        server_end.write_all(answer).await.unwrap();
        _ = server_end.read_to_end(&mut Vec::new()).await;
    });
    let connection = Connection::open("ldap.example:636".to_owned(), client_end).await.unwrap();
    let typed = Credentials::parse("ada".to_owned(), Secret::new("cafe\u{301}".to_owned())).unwrap();
    let gate = RecordingGate::open();
    let attempt = Attempt::new(&typed, &gate);
    let password = attempt.password_for("ada").await.unwrap();
    let counted_by = CountedBy::Account("ada");
    let bind_attempt = BindAttempt { attempt: &attempt, counted_by, password, wrong: RefusalReason::Password };
    let deadline = Instant::now() + Duration::from_secs(20);
    let refused = BindOutcome::Refused(RefusalReason::Password);
    let outcome = retry_prepared(&connection, refused, "uid=ada", &bind_attempt, deadline).await;
    let BindOutcome::Inconclusive(why) = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, format!("it answers 80 error: {TYPED_REDACTED_WHOLE}; look at its log"));
}

#[tokio::test]
async fn a_form_of_the_password_that_the_throttle_holds_back_is_named_in_the_log() {
    let (client_end, _server_end) = tokio::io::duplex(1024);
    let connection = Connection::open("ldap.example:636".to_owned(), client_end).await.unwrap();
    let gate = RecordingGate::shut(1);
    for (password, expected) in
        [("cafe\u{301}", RefusalReason::OneFormTried), ("only one form", RefusalReason::NameOrPassword)]
    {
        let typed = Credentials::parse("ada".to_owned(), Secret::new(password.to_owned())).unwrap();
        let attempt = Attempt::new(&typed, &gate);
        let (counted_by, wrong) = (CountedBy::Account("ada"), RefusalReason::NameOrPassword);
        let bind_attempt = BindAttempt { attempt: &attempt, counted_by, password: typed.password(), wrong };
        let deadline = Instant::now() + Duration::from_secs(20);
        let outcome =
            retry_prepared(&connection, BindOutcome::Refused(wrong), "uid=ada", &bind_attempt, deadline).await;
        assert_eq!(outcome, BindOutcome::Refused(expected));
    }
}

/// A server without TLS that answers a bind with this code and these words.
async fn answering_bind(code: u8, words: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = parse_address(&format!("ldap://{}", listener.local_addr().unwrap()), Encryption::NoneOnLoopback);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        _ = stream.read(&mut [0; 512]).await;
        let length = u8::try_from(words.len()).unwrap();
        let head = [0x30, length + 12, 2, 1, 1, 0x61, length + 7, 10, 1, code, 4, 0, 4, length];
        stream.write_all(&[&head, words.as_bytes()].concat()).await.unwrap();
        _ = stream.read_to_end(&mut Vec::new()).await;
    });
    server.unwrap_or_else(|_| panic!("an address"))
}

// No person typed the password of the service account, and a DN that the server can't read is no wrong password.
#[tokio::test]
async fn the_refusal_of_the_service_account_says_what_is_wrong_with_it() {
    let service = ServiceAccount {
        dn: "cn=vestibule".to_owned(),
        password: Secret::new("of the service".to_owned()),
        place: "provider.uni.service_password".to_owned(),
    };
    let wrong = format!("name or password is wrong (49 invalidCredentials: {REDACTED_WHOLE}); look at provider.uni");
    for (code, words, expected) in [
        (49, "bad: of the service", wrong.as_str()),
        (34, "", "service_dn is not the DN of an account there (34 invalidDNSyntax); correct it"),
        (32, "", "service_dn is not the DN of an account there (32 noSuchObject); correct it"),
    ] {
        let server = answering_bind(code, words).await;
        let tls = trust(None).unwrap();
        let servers = Servers::new("uni".parse().unwrap(), vec![server], Some(service.clone()), tls, Clock::system());
        let why = servers.for_service(0, Instant::now() + Duration::from_secs(20)).await.unwrap_err().cause;
        assert!(why.why.contains(expected), "{why}");
    }
}
