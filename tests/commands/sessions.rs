//! `vestibule user sessions` and `end-session`.

use time::Duration;
use vestibule::base::clock::Clock;
use vestibule::base::user_agent::UserAgent;
use vestibule::signin::account::{Account, Profile};
use vestibule::signin::identify::{ProviderSession, SettingsFingerprint};
use vestibule::store::{SessionLogin, SessionOrigin};

use super::DEE;
use super::installation::Installation;

fn signed_in(account: &Account) -> SessionLogin {
    let [provider, issuer, subject] = DEE;
    SessionLogin {
        account: account.id.clone(),
        provider: provider.parse().unwrap(),
        issuer: issuer.into(),
        subject: subject.into(),
        profile: Profile::default(),
        settings: SettingsFingerprint::default(),
        auth_time: None,
        started_at: Clock::system().now(),
        provider_session: ProviderSession::default(),
        reauthenticated: false,
    }
}

async fn open_two_sessions(installation: &Installation) {
    let store = installation.store().await;
    let dee = store.account_by_name(&"dee".parse().unwrap()).await.unwrap().unwrap();
    let mut login = store.begin().await.unwrap();
    let agent = Some(UserAgent::read("Firefox/140.0 (X11; Linux x86_64)"));
    for origin in [SessionOrigin { agent, network: Some("192.0.2.0/24") }, SessionOrigin::default()] {
        let end = Clock::system().now() + Duration::hours(1);
        login.open_session(&signed_in(&dee), end, origin).await.unwrap();
    }
    login.commit().await.unwrap();
    store.close().await;
}

#[test]
fn an_operator_lists_sessions_and_ends_one_or_all() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    assert_eq!(installation.stdout(&["user", "sessions", "dee"]), "\"dee\" is signed in nowhere.\n");
    tokio::runtime::Runtime::new().unwrap().block_on(open_two_sessions(&installation));
    let listed = installation.stdout(&["user", "sessions", "dee"]);
    assert!(listed.contains("firefox/linux  192.0.2.0/24  uni") && listed.contains("unknown"), "{listed}");
    let listed = installation.json(&["user", "sessions", "dee"]);
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!((sessions.len(), &listed["account"]["username"]), (2, &"dee".into()));
    let sid = sessions[0]["sid"].as_str().unwrap();
    let end = ["user", "end-session", "dee", sid];
    assert_eq!(installation.stdout(&end), format!("The session {sid} of \"dee\" has ended.\n"));
    assert!(installation.stdout(&end).contains("it has ended already"));
    assert!(installation.stdout(&["user", "end-session", "dee", "--all"]).contains("signed out: 1 session ended"));
    assert!(installation.failure(&["user", "end-session", "dee"]).contains("<SID>"));
    assert!(installation.failure(&["user", "end-session", "dee", "x"]).contains("26 or 32 of a-z and 0-9"));
    assert!(installation.failure(&["user", "end-session", "eve", "--all"]).contains("user list"));
}
