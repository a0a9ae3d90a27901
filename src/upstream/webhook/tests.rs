//! How a hook's answers are read, how attempts are counted, and what the timeout covers.

mod probe;
mod returned_password;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Webhook;
use super::answer::unknown_member;
use super::settings::{Endpoint, WebhookSettings};
use crate::base::clock::Clock;
use crate::base::ids::Subject;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::password::{Credentials, NotAccepted, NotAvailable, RefusalReason};
use crate::signin::identify::{ExternalIdentity, GroupMap, profile};
use crate::upstream::attempt::recording_gate::RecordingGate;
use crate::upstream::attempt::{Attempt, Gate, PasswordState};
use crate::upstream::http::{Http, Reach};
use crate::upstream::{Availability, PasswordModule};

/// A hook with a socket that does not exist.
fn hook(groups_claim: Option<&str>) -> Webhook {
    let (socket, url) = ("/nowhere/hook.sock".into(), "http://localhost/".parse().unwrap());
    let settings = WebhookSettings {
        endpoint: Endpoint::Socket { socket, url },
        secret: Secret::new("shared".to_owned()),
        secret_place: "provider.own.secret".to_owned(),
        issuer: None,
        timeout: Duration::from_secs(5),
        at_once: 1,
        queue: 0,
    };
    let http = Http::at_socket(Path::new("/nowhere/hook.sock")).unwrap();
    let groups_claim = groups_claim.map(str::to_owned);
    Webhook::new("own".parse().unwrap(), Arc::new(settings), groups_claim, http, Clock::system())
}

fn read(status: u16, body: &str) -> Result<ExternalIdentity, NotAccepted> {
    let answer = http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
    read_answer(None, &answer)
}

/// What a hook's answer gives to Ada, whose password is "correct horse".
fn read_answer(groups_claim: Option<&str>, answer: &http::Response<Vec<u8>>) -> Result<ExternalIdentity, NotAccepted> {
    let (typed, gate) = (ada(), RecordingGate::open());
    hook(groups_claim).read(answer, &Attempt::new(&typed, &gate))
}

fn ada() -> Credentials {
    Credentials::parse("ada".to_owned(), Secret::new("correct horse".to_owned())).unwrap()
}

fn read_json(status: u16, body: &Value) -> Result<ExternalIdentity, NotAccepted> {
    read(status, &body.to_string())
}

fn read_bytes(body: &[u8]) -> ExternalIdentity {
    read_answer(None, &http::Response::new(body.to_vec())).unwrap()
}

fn not_available(answer: Result<ExternalIdentity, NotAccepted>) -> NotAvailable {
    match answer {
        Err(NotAccepted::NotAvailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_success_gives_subject_claims_and_groups() {
    let whole = json!({ "subject": "4711", "claims": { "preferred_username": "ada" }, "groups": ["staff"] });
    let identity = read_json(200, &whole).unwrap();
    assert_eq!(identity.key.subject, Subject::from("4711"));
    assert_eq!((identity.key.provider.as_str(), identity.key.issuer.as_str()), ("own", "webhook:own"));
    assert_eq!(
        Value::Object(identity.claims),
        json!({ "sub": "4711", "preferred_username": "ada", "groups": ["staff"] })
    );
    let answer = http::Response::new(whole.to_string().into_bytes());
    let identity = read_answer(Some("units"), &answer).unwrap();
    assert_eq!(identity.claims["units"], json!(["staff"]));
}

#[test]
fn a_refusal_may_name_its_reason_and_subject() {
    for (word, why) in [
        ("wrong", RefusalReason::NameOrPassword),
        ("locked", RefusalReason::Locked),
        ("expired", RefusalReason::AccountExpired),
    ] {
        assert_eq!(read_json(403, &json!({ "refused": word })), Err(NotAccepted::Refused { why, subject: None }));
    }
    let who = Some(Subject::from("4711"));
    let answer = read_json(403, &json!({ "refused": "password", "subject": "4711" }));
    assert_eq!(answer, Err(NotAccepted::Refused { why: RefusalReason::Password, subject: who }));
    assert_eq!(read_json(404, &json!({ "unknown": true })), Err(NotAccepted::Unknown));
    assert_eq!(read(429, "slow down"), Err(NotAccepted::Busy(super::answer::HOOK_BUSY)));
}

// An unreadable answer is neither a success nor a refusal.
#[test]
fn an_unrelated_page_is_neither_a_success_nor_a_refusal() {
    for (status, body) in [
        (200, "<h1>It works!</h1>"),
        (200, ""),
        (200, "{}"),
        (200, "null"),
        (201, r#"{"subject":"4711"}"#),
        (204, ""),
        (302, ""),
        (400, r#"{"refused":"wrong"}"#),
        (403, "Forbidden"),
        (403, "{}"),
        (403, r#"{"refused":null}"#),
        (403, r#"{"subject":"4711"}"#),
        (404, "Not Found"),
        (404, "{}"),
        (404, r#"{"unknown":"yes"}"#),
        (500, r#"{"subject":"4711"}"#),
    ] {
        let why = not_available(read(status, body));
        assert_eq!((why.phase, why.server.as_str()), ("answer", "unix:/nowhere/hook.sock"), "{status} {body}");
        assert!(why.why.contains("; "), "a fix: {why}");
    }
    let answer = http::Response::builder().status(200).header("content-encoding", "gzip").body(b"\x1f\x8b".to_vec());
    let why = not_available(read_answer(None, &answer.unwrap()));
    assert!(why.why.contains("; its Content-Encoding is gzip, though we ask for none"), "{why}");
    assert!(why.why.ends_with("; have the hook answer as examples/webhook/README.md says"), "{why}");
    let why = not_available(read(401, ""));
    assert_eq!(why.phase, "secret");
    assert!(why.why.contains("provider.own.secret"), "{why}");
}

#[test]
fn an_answer_that_refuses_by_another_status_names_the_right_one() {
    let (refused, unknown) = (json!({ "refused": "wrong" }), json!({ "unknown": true }));
    for (status, body, right) in [
        (200, &refused, "answer 403"),
        (400, &refused, "answer 403"),
        (401, &refused, "answer 403"),
        (404, &refused, "answer 403"),
        (422, &refused, "answer 403"),
        (200, &unknown, "answer 404"),
        (401, &unknown, "answer 404"),
        (403, &unknown, "answer 404"),
        (410, &unknown, "answer 404"),
    ] {
        let why = not_available(read_json(status, body));
        assert!(why.why.contains(&format!("have the hook {right} for")), "{status} {body}: {why}");
        let may_be_the_secret = why.phase == "secret" && why.why.contains("provider.own.secret");
        assert_eq!(may_be_the_secret, status == 401, "{why}");
    }
    for (status, body) in [(500, refused), (400, json!({})), (401, json!({ "unknown": false })), (200, json!({}))] {
        let why = not_available(read_json(status, &body));
        assert!(!why.why.contains("have the hook answer 40"), "{why}");
    }
}

#[test]
fn a_good_answer_is_not_searched_for_what_was_typed() {
    let (typed, gate) = (ada(), RecordingGate::open());
    let attempt = Attempt::new(&typed, &gate);
    let body = json!({ "subject": "4711", "claims": { "preferred_username": "ada" }, "groups": ["staff"] });
    assert!(hook(None).read(&http::Response::new(body.to_string().into_bytes()), &attempt).is_ok());
    assert!(!attempt.used_redaction());
}

// C56: a hook that echoes what it got may make a name of it.
#[test]
fn the_warning_about_an_unknown_member_holds_nothing_typed() {
    let typed = Redaction::of(["ada@example.org", "Hunter22+pw/ä"]);
    for name in ["Hunter22+pw/ä", "x: hunter22%2Bpw%2F%C3%A4", "ADA@example.org", "SHVudGVyMjIrcHcvw6Q="] {
        assert!(unknown_member(name, &typed).contains("a member (left out"), "{name}");
    }
    assert!(unknown_member("subjekt", &typed).contains("a member \"subjekt\", which is not read"));
}

// C56
#[test]
fn the_name_of_an_unreadable_claim_of_a_hook_carries_no_typed_text_into_the_log() {
    let log = support::Log::open();
    for name in ["correct horse", "x: Correct+Horse", "Y29ycmVjdCBob3JzZQ=="] {
        let body = format!(r#"{{"subject":"4711","claims":{{"{name}":1e999}}}}"#);
        assert!(read(200, &body).is_ok());
    }
    let text = log.text();
    assert_eq!(text.matches("the claim (left out").count(), 3, "{text}");
    assert!(!text.to_lowercase().contains("horse") && !text.contains("Y29y"), "{text}");
}

// C42: an unknown reason must not show that the account exists.
#[test]
fn a_refusal_with_unknown_words_is_still_a_refusal() {
    for refusal in [
        json!({ "refused": "suspended" }),
        json!({ "refused": "wrong", "subject": 4711 }),
        json!({ "refused": "wrong", "subject": "" }),
        json!({ "refused": "wrong", "claims": { "email": "ada@example.org" } }),
        json!({ "refused": "wrong", "groups": ["staff"], "odd": 1 }),
        json!({ "refused": true }),
        json!({ "refused": "wrong", "unknown": false }),
    ] {
        assert_eq!(
            read_json(403, &refusal),
            Err(NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None }),
            "{refusal}"
        );
    }
    for body in [
        &b"{\"refused\":\"locked\",\"message\":\"gesperrt f\xfcr immer\"}"[..],
        b"{\"refused\":\"locked\",\"message\":\"a\nb\"}",
        b"{\"refused\":\"locked\",\"claims\":{\"a\":1,\"a\":2},\"groups\":1e999}",
        b"{\"refused\":\"locked\",\"subject\":\"1\",\"subject\":\"2\"}",
        b"{\"refused\":\"locked\",\"subject\":\"\\ud800\"}\0",
        b"{\"refused\":\"locked\",\"refused\":\"locked\"}",
        b"{\"refused\":\"gesperrt f\xfcr immer\"}",
    ] {
        let answer = http::Response::builder().status(403).body(body.to_vec()).unwrap();
        let refused = read_answer(None, &answer);
        assert!(matches!(refused, Err(NotAccepted::Refused { subject: None, .. })), "{refused:?}");
    }
}

// C15, C16
#[test]
fn a_success_with_repeated_or_mistyped_members_is_an_error() {
    for body in [
        r#"{"subject":"a","subject":"b"}"#.to_owned(),
        r#"{"subject":"a","claims":{"x":1},"claims":{"x":1}}"#.to_owned(),
        r#"{"subject":"a","claims":{"sub":"a","sub":"b"}}"#.to_owned(),
        json!({ "subject": "" }).to_string(),
        json!({ "subject": "x".repeat(256) }).to_string(),
        json!({ "subject": 4711 }).to_string(),
        json!({ "subject": "a", "claims": [1] }).to_string(),
        json!({ "subject": "a", "claims": { "sub": "b" } }).to_string(),
        json!({ "subject": "a", "claims": { "groups": ["staff"] }, "groups": ["tutors"] }).to_string(),
        json!({ "subject": "a", "refused": "locked" }).to_string(),
        json!({ "subject": "a", "unknown": true }).to_string(),
    ] {
        assert_eq!(not_available(read(200, &body)).phase, "answer", "{body}");
    }
    assert!(read_json(200, &json!({ "subject": "x".repeat(255) })).is_ok());
    // The sign-in refuses this answer, but the hook does not count as unavailable.
    let mistyped =
        read_json(200, &json!({ "subject": "a", "claims": { "email_verified": "true", "email": "a@b" } })).unwrap();
    assert_eq!(profile(&mistyped, &GroupMap::default()).unwrap_err().rule, "C15");
    let unused = read_json(200, &json!({ "subject": "a", "claims": { "email_verified": "true" } })).unwrap();
    assert_eq!(profile(&unused, &GroupMap::default()).unwrap().profile.email, None);
    // The sign-in leaves out descriptive claims that it can't read, and refuses nobody for them.
    for claims in
        [json!({ "email": 1, "name": null, "amr": {} }), json!({ "groups": "staff" }), json!({ "groups": [1] })]
    {
        assert!(read_json(200, &json!({ "subject": "a", "claims": claims })).is_ok(), "{claims}");
    }
    assert!(read_json(200, &json!({ "subject": "a", "groups": "staff" })).is_ok());
    let body = b"{\"subject\":\"a\",\"refused\":false,\"unknown\":\"\",\"groups\":1e999,\
                 \"claims\":{\"name\":\"J\xfcrgen\",\"nickname\":\"\\ud83d\",\"address\":{\"a\":1,\"a\":2},\
                 \"email\":\"a@b\",\"email\":\"c@d\",\"n\":1e999,\"x\":1}}";
    let identity = read_bytes(body);
    assert_eq!(Value::Object(identity.claims), json!({ "sub": "a", "x": 1 }));
    // `email_verified` decides beside an `email`, so it must be readable.
    let twice = br#"{"subject":"a","claims":{"email":"a@b","email_verified":true,"email_verified":true}}"#;
    let identity = read_bytes(twice);
    assert_eq!(profile(&identity, &GroupMap::default()).unwrap_err().rule, "C15");
}

// C15
#[test]
fn an_empty_list_of_claims_holds_none_and_groups_have_no_order() {
    // As programs write an empty map, or "nothing".
    for none in ["[ ]", "{}", "null", "false", "\"\""] {
        let identity = read(200, &format!("{{\"subject\":\"a\",\"claims\": {none} }}")).unwrap();
        assert_eq!(Value::Object(identity.claims), json!({ "sub": "a" }), "{none}");
    }
    for other in ["true", "0", "\" \"", "[1]"] {
        let answer = read(200, &format!("{{\"subject\":\"a\",\"claims\":{other}}}"));
        assert_eq!(not_available(answer).phase, "answer", "{other}");
    }
    let groups = |first: Value, second: Value| {
        read_json(200, &json!({ "subject": "a", "claims": { "groups": first }, "groups": second }))
    };
    assert!(groups(json!(["b", "a"]), json!(["a", "b", "b"])).is_ok());
    for other in [json!(["a"]), json!(["a", "c"]), json!([])] {
        assert_eq!(not_available(groups(json!(["b", "a"]), other)).phase, "answer");
    }
}

// C15
#[test]
fn unknown_members_are_ignored_and_null_counts_as_absent() {
    let identity =
        read_json(200, &json!({ "subject": "a", "version": { "api": [2] }, "claims": null, "groups": null })).unwrap();
    assert_eq!(Value::Object(identity.claims), json!({ "sub": "a" }));
    // A byte order mark, and null members that belong to other statuses.
    let marked = "\u{feff}{\"subject\":\"a\",\"refused\":null,\"unknown\":null,\"odd\":1,\"odd\":1e999}";
    assert!(read(200, marked).is_ok());
    assert_eq!(read_json(404, &json!({ "unknown": true, "refused": null })), Err(NotAccepted::Unknown));
    let refusal = read_json(403, &json!({ "refused": "locked", "subject": null, "until": 1 }));
    assert_eq!(refusal, Err(NotAccepted::Refused { why: RefusalReason::Locked, subject: None }));
    assert_eq!(read_json(404, &json!({ "unknown": true, "trace": "x" })), Err(NotAccepted::Unknown));
    assert_eq!(read_json(404, &json!({ "unknown": true, "refused": false })), Err(NotAccepted::Unknown));
    assert_eq!(read_json(404, &json!({ "unknown": true, "claims": [], "groups": {} })), Err(NotAccepted::Unknown));
    let twice = not_available(read(404, "{\"unknown\":true,\"unknown\":true}"));
    assert!(twice.why.starts_with("status 404, and `unknown` can't be read (a member named twice)"), "{}", twice.why);
    for (status, contradicts) in
        [(403, json!({ "refused": "wrong", "unknown": true })), (404, json!({ "unknown": true, "subject": "a" }))]
    {
        assert_eq!(not_available(read_json(status, &contradicts)).phase, "answer", "{contradicts}");
    }
}

async fn check(hook: &Webhook, name: &str, gate: &dyn Gate) -> Result<ExternalIdentity, NotAccepted> {
    let typed = Credentials::parse(name.to_owned(), Secret::new("correct horse".to_owned())).unwrap();
    hook.check(&Attempt::new(&typed, gate)).await
}

// C43
#[tokio::test]
async fn all_spellings_of_a_name_share_one_count() {
    let (gate, hook) = (RecordingGate::shut(10), hook(None));
    for name in ["ada", "ADA", " ada ", "ａｄａ", "a\u{ad}da"] {
        assert!(matches!(check(&hook, name, &gate).await, Err(NotAccepted::Throttled(_))), "{name}");
    }
    assert_eq!(gate.accounts(), ["ada"; 5]);
    assert_eq!(hook.health().availability(), Availability::Unknown, "it was not asked");
}

// C56
#[tokio::test]
async fn a_missing_hook_is_not_available_and_its_error_holds_nothing_typed() {
    let hook = hook(None);
    let why = not_available(check(&hook, "ada", &RecordingGate::open()).await);
    assert_eq!((why.server.as_str(), why.phase), ("unix:/nowhere/hook.sock", "connect"));
    assert!(!why.to_string().contains("ada") && !why.to_string().contains("horse"), "{why}");
    assert!(matches!(hook.health().availability(), Availability::Silent { .. }));
}

// The password was not sent, so the attempt does not count.
#[tokio::test]
async fn a_hook_that_is_silent_during_the_tls_handshake_could_not_be_reached() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap()).parse().unwrap();
    let timeout = Duration::from_millis(500);
    let settings =
        WebhookSettings { endpoint: Endpoint::Network(url), timeout, ..hook(None).settings.as_ref().clone() };
    let http = Http::new(Reach::Private, None).unwrap();
    let hook = Webhook::new("own".parse().unwrap(), Arc::new(settings), None, http, Clock::system());
    let gate = RecordingGate::open();
    let typed = Credentials::parse("ada".to_owned(), Secret::new("correct horse".to_owned())).unwrap();
    let attempt = Attempt::new(&typed, &gate);
    let why = not_available(hook.check(&attempt).await);
    let words = "no answer in time; check that the hook is up, and that this machine may reach it";
    assert_eq!((why.phase, why.why.as_str()), ("connect", words));
    assert_eq!(attempt.password_state(), PasswordState::Withheld);
}

#[tokio::test]
async fn the_timeout_covers_both_the_queue_and_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("hook.sock");
    let _hung = tokio::net::UnixListener::bind(&socket).unwrap();
    let (timeout, url) = (Duration::from_secs(3), "http://localhost/".parse().unwrap());
    let settings = WebhookSettings {
        endpoint: Endpoint::Socket { socket: socket.clone(), url },
        timeout,
        queue: 1,
        ..hook(None).settings.as_ref().clone()
    };
    let http = Http::at_socket(&socket).unwrap();
    let hook = Webhook::new("own".parse().unwrap(), Arc::new(settings), None, http, Clock::system());
    let permit = hook.limit.acquire(timeout).await.unwrap();
    let gate = RecordingGate::open();
    let leave_the_queue = async {
        tokio::time::sleep(timeout * 2 / 5).await;
        drop(permit);
    };
    // Compares the order of the timers, not times: on a slow machine several may expire at once, and then `select!`
    // takes the first in its list.
    let too_late = tokio::time::sleep(timeout + timeout / 5);
    let answer = tokio::select! {
        biased;
        ((), answer) = async { tokio::join!(biased; leave_the_queue, check(&hook, "ada", &gate)) } => answer,
        () = too_late => panic!("the timeout does not include the time in the queue"),
    };
    assert_eq!(not_available(answer).phase, "read");
}
