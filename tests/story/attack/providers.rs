//! A provider whose issuer changes under the same id, and a provider that hangs while many people sign in.

use std::sync::atomic::{AtomicUsize, Ordering};

use support::{TestConfig, TestServer};
use time::Duration;
use tokio::io::AsyncWriteExt as _;

const NOTES: &str = "https://notes.example.org/signed-in";

/// Gives `uni` another issuer.
fn uni_moves_to(config: &mut TestConfig, issuer: &str) {
    config.provider("uni").set_text("issuer", issuer);
}

// C6: the new issuer must not learn a code that the former issuer may still accept.
#[tokio::test]
async fn a_code_of_the_former_issuer_is_not_sent_to_the_new_one() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    server.reconfigure(|config| uni_moves_to(config, server.lab.issuer()));
    let page = browser.go(&callback).await;
    assert!(server.lab.received().token.is_empty(), "the code was shown to the new issuer");
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This sign-in has to be started again.".into()));
    assert_eq!(browser.session(), None);
    assert_eq!(server.audit().await[0].entry.cause.as_deref(), Some("provider_changed"));
    browser.sign_in(&page.link("Start again")).await.token_at(NOTES);
}

// C27
#[tokio::test]
async fn a_session_from_the_former_issuer_is_not_valid() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    browser.go("/auth/notes").await.token_at(NOTES);
    server.reconfigure(|config| uni_moves_to(config, server.lab.issuer()));
    assert!(browser.go("/auth/notes").await.redirect_target().starts_with(server.lab.issuer()));
}

#[tokio::test]
async fn simultaneous_sign_ins_wait_together_for_a_provider_that_hangs() {
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", hanging.local_addr().unwrap());
    let server = TestServer::with(|config| uni_moves_to(config, &issuer)).await;
    let asked = AtomicUsize::new(0);
    let hang = async {
        let mut open = Vec::new();
        loop {
            let (mut connection, _) = hanging.accept().await.unwrap();
            asked.fetch_add(1, Ordering::SeqCst);
            // All requests have arrived.
            while server.requests() < 3 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            // By the server's clock, the timeout passes.
            server.advance_clock(Duration::seconds(10));
            // A connection that only closes would be opened once more for the same request.
            connection.write_all(b"HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            open.push(connection);
        }
    };
    let (ada, bob, eve) = (server.browser(), server.browser(), server.browser());
    let requests = async { tokio::join!(ada.go("/auth/notes"), bob.go("/auth/notes"), eve.go("/auth/notes")) };
    let (one, two, three) = tokio::select! { pages = requests => pages, () = hang => unreachable!() };
    assert_eq!([one.status, two.status, three.status].map(|status| status.as_u16()), [503; 3]);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
