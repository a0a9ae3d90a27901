//! An admin finds the people who have signed in, by what their providers said last.

use support::TestServer;
use support::provider::Person;
use vestibule::admin::{Admin, Matched, SearchPage};

async fn search(server: &TestServer, text: &str) -> SearchPage {
    let admin = Admin::new(server.broker.store().clone(), server.clock());
    admin.search(text, None, 50).await.unwrap()
}

/// How many accounts a text finds.
async fn count(server: &TestServer, text: &str) -> usize {
    search(server, text).await.accounts.len()
}

fn is(server: &TestServer, name: &str, address: &str) {
    let person = Person::new("248289761001").with("preferred_username", "mg").with("name", name);
    server.behave(|uni| uni.person = person.with("email", address).with("email_verified", true));
}

async fn sign_in(server: &TestServer) {
    let page = server.browser().sign_in("/auth/notes?provider=uni").await;
    assert_eq!(page.status, 303, "{page:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_found_by_the_name_and_the_address_that_the_provider_sent_last() {
    let server = TestServer::start().await;
    is(&server, "Maria Garcia", "maria@example.edu");
    sign_in(&server).await;
    for text in ["mg", "maria g", "GARCIA", "maria@example.edu", "@example.edu", "uni:248289761001"] {
        assert_eq!(count(&server, text).await, 1, "{text}");
    }
    // She marries, and moves. The second sign-in changes nothing more.
    is(&server, "Maria Meier", "m.meier@example.org");
    for _ in 0..2 {
        sign_in(&server).await;
        for (text, expected) in [("mg", 1), ("meier mar", 1), ("m.meier@", 1), ("garcia", 0), ("@example.edu", 0)] {
            assert_eq!(count(&server, text).await, expected, "{text}");
        }
    }
    // The config lets less be kept, so less finds her.
    server.reconfigure(|config| config.set_remember(&["name"]));
    assert_eq!(count(&server, "m.meier@").await, 1, "her next sign-in removes the address");
    sign_in(&server).await;
    assert_eq!((count(&server, "m.meier@").await, count(&server, "meier").await), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_code_leads_to_its_refusal_and_the_account() {
    let server = TestServer::start().await;
    let refused = server.browser().sign_in("/auth/meet?room=board&provider=uni").await;
    let code = refused.reference_code();
    server.broker.write_coalesced_audit().await.unwrap();
    let found = search(&server, &format!("code {}", code.to_lowercase())).await;
    let refusal = found.refusal.unwrap();
    assert_eq!((refusal.code.as_str(), refusal.app.unwrap().as_str()), (code.as_str(), "meet"));
    let [account] = found.accounts.as_slice() else { panic!("{:?}", found.accounts) };
    assert_eq!((Some(&account.id), &account.matched), (refusal.account.as_ref(), &Matched::ReferenceCode));
}
