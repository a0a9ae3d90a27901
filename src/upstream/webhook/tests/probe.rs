//! How the answer to the probe of `vestibule check` is read.

use serde_json::{Value, json};

use super::hook;
use crate::signin::identify::password::NotAvailable;

fn refused_probe(status: u16, body: &Value) -> NotAvailable {
    let answer = http::Response::builder().status(status).body(body.to_string().into_bytes()).unwrap();
    hook(None).refused_probe(&answer)
}

#[test]
fn a_hook_that_treats_the_probe_as_a_name_reads_how_to_answer_it() {
    let (refused, unknown) = (json!({ "refused": "wrong" }), json!({ "unknown": true }));
    for (status, body) in [(400, &refused), (403, &refused), (403, &unknown), (404, &unknown), (404, &refused)] {
        let why = refused_probe(status, body);
        assert_eq!(why.phase, "answer");
        let words =
            format!("status {status} to {{\"probe\": true}}, as to a name that it refuses; have it answer 200 ");
        assert!(why.why.starts_with(&words), "{why}");
    }
    let why = refused_probe(401, &refused);
    assert_eq!(why.phase, "secret");
    assert!(why.why.contains("provider.own.secret") && why.why.contains("have it answer 200 "), "{why}");
}

#[test]
fn other_answers_to_the_probe_have_their_own_fixes() {
    let refused = json!({ "refused": "wrong" });
    for (status, body, words) in [
        (
            401,
            json!({}),
            "status 401: it does not accept our secret, from provider.own.secret; give both the same secret",
        ),
        (404, json!({}), "status 404; check that `url` leads to the hook"),
        (302, refused.clone(), "status 302; no redirect is followed"),
        (500, refused, "status 500; look into the hook's own log"),
    ] {
        let why = refused_probe(status, &body);
        assert!(why.why.starts_with(words), "{why}");
    }
}
