//! Secrets of a sign-in appear neither in the log nor in the audit.

use support::provider::{
    Answer, Defect, Fields, IssuerInAnswer, KeyDefect, Person, TextDefect, TokenEndpoint, UserinfoEndpoint,
};
use support::{CLIENT_SECRET, Log, TestServer};
use time::Duration;

use crate::database_probe::DatabaseProbe;

// C56
#[tokio::test]
async fn no_code_state_token_cookie_nonce_or_secret_appears_in_the_log_or_the_audit() {
    let log = Log::open();
    let server = TestServer::with(|config| {
        config.provider("uni").set("userinfo", "true");
    })
    .await;
    let mut secrets = vec![CLIENT_SECRET.to_owned()];
    let mut starts = 0;
    let mut sign_in = async |server: &TestServer| {
        let browser = server.browser();
        starts += 1;
        let asked = format!("/auth/notes?state=the-apps-state-{starts}&nonce=the-apps-nonce-{starts}");
        secrets.extend([format!("the-apps-state-{starts}"), format!("the-apps-nonce-{starts}")]);
        let callback = browser.callback_url(&asked).await;
        let fields = Fields::read(callback.split_once('?').unwrap().1.as_bytes()).0;
        secrets.extend(fields.into_iter().filter(|(name, _)| name == "code" || name == "state").map(|(_, v)| v));
        secrets.extend(browser.login_cookies().into_iter().map(|(_, sealed)| sealed));
        let page = browser.go(&callback).await;
        if page.status == 303 {
            secrets.push(page.token_at("https://notes.example.org/signed-in"));
        }
        secrets.extend(browser.session());
        browser.go("/auth/notes").await;
        browser.go(&callback).await;
        server.browser().go(&callback).await;
    };
    sign_in(&server).await;
    for endpoint in [
        TokenEndpoint::NotJson,
        TokenEndpoint::Broken,
        TokenEndpoint::InvalidClient,
        TokenEndpoint::InvalidGrant,
        TokenEndpoint::GzipBomb,
    ] {
        server.behave(|uni| uni.token = endpoint);
        sign_in(&server).await;
    }
    for defect in [
        Defect::Key(KeyDefect::SignedByAnother),
        Defect::Text(TextDefect::FourParts),
        Defect::Text(TextDefect::NonCanonicalPayload),
    ] {
        server.behave(|uni| uni.defect = Some(defect));
        sign_in(&server).await;
    }
    server.behave(|uni| uni.iss = IssuerInAnswer::Wrong);
    sign_in(&server).await;
    server.behave(|uni| uni.person = Person::new("nameless"));
    sign_in(&server).await;
    server.behave(|uni| (uni.person, uni.userinfo) = (Person::new("nameless"), UserinfoEndpoint::Echoes));
    sign_in(&server).await;
    server.behave(|uni| uni.answer = Answer::Denied("no".into()));
    sign_in(&server).await;
    for answer in [Answer::Echoes, Answer::Code] {
        server.behave(|uni| (uni.answer, uni.iss) = (answer, IssuerInAnswer::Right));
        sign_in(&server).await;
        server.behave(|uni| uni.iss = IssuerInAnswer::Echoes);
        sign_in(&server).await;
    }
    let mut database = DatabaseProbe::open(&server.database()).await;
    server.behave(|_| ());
    database.break_tables().await;
    sign_in(&server).await;
    database.restore_tables().await;
    server.advance_clock(Duration::minutes(11));
    sign_in(&server).await;

    let received = server.uni.received();
    for request in &received.authorize {
        secrets.extend(["nonce", "code_challenge"].map(|name| request.get(name).unwrap().to_owned()));
    }
    for request in &received.token {
        secrets.push(request.form.get("code_verifier").unwrap().to_owned());
        secrets.push(request.headers["authorization"].to_str().unwrap().trim_start_matches("Basic ").to_owned());
    }
    secrets.extend(received.userinfo.into_iter().flatten());
    assert!(secrets.len() > 100 && secrets.iter().all(|secret| secret.len() > 10), "{}", secrets.len());

    let (log, audit) = (log.text(), format!("{:?}", server.audit().await));
    // The names are in order, so the random one may be anywhere.
    let names = log.lines().filter_map(|line| line.split_once("the claims received: ")).map(|(_, names)| names);
    assert_eq!(names.filter(|names| names.contains("(left out: this message contains a secret)")).count(), 1, "{log}");
    assert!(log.contains("DEBUG") && log.contains("delivered") && log.contains("/callback/uni"));
    for secret in &secrets {
        let at = log.find(secret.as_str());
        assert!(at.is_none(), "{secret}: …{}", &log[at.unwrap().saturating_sub(300)..at.unwrap() + secret.len()]);
        assert!(!audit.contains(secret.as_str()), "{secret}");
    }
    assert!(!log.contains("eyJ"), "a JWS is in the log");
    // The database holds neither session ids nor codes.
    let files: Vec<u8> = ["", "-wal"]
        .iter()
        .flat_map(|side| std::fs::read(format!("{}{side}", server.database().display())).unwrap_or_default())
        .collect();
    let found = secrets.iter().find(|secret| files.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    assert_eq!(found, None, "in the database");
}
