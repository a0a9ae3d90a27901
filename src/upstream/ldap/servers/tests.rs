//! The error of a bind when the server repeats the password that it was sent.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::base::redaction::REDACTED_WHOLE;
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
    assert_eq!(why, format!("it answers 80 error: {REDACTED_WHOLE}; look at its log"));
}
