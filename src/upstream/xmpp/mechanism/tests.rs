//! Which mechanism is chosen, and what a server must prove.

use std::collections::BTreeSet;

use tokio_xmpp::parsers::sasl_cb::{SaslChannelBinding, Type};
use tokio_xmpp::parsers::stream_features::StreamFeatures;

use super::{
    ChosenMechanism, Name, SaslClient, choose, is_empty_when_prepared, prepared, unused_mechanisms, wire_name,
};
use crate::base::secret::Secret;
use crate::upstream::xmpp::cancellation::CancelToken;
use crate::upstream::xmpp::scram::{ChannelBinding, Scram};
use crate::upstream::xmpp::tls::TlsSession;

fn offers(names: &[&str], types: Option<Vec<Type>>) -> StreamFeatures {
    StreamFeatures {
        sasl_mechanisms: names.iter().map(|name| (*name).to_owned()).collect(),
        sasl_cb: types.map(|types| SaslChannelBinding { types }),
        ..StreamFeatures::default()
    }
}

fn tls_session(exporter: Option<Vec<u8>>) -> TlsSession {
    TlsSession { exporter, certificate: None }
}

fn chosen(names: &[&str], types: Option<Vec<Type>>, exporter: Option<Vec<u8>>) -> Option<(String, ChannelBinding)> {
    choose(&offers(names, types), &tls_session(exporter)).map(|chosen| (wire_name(&chosen.name), chosen.binding))
}

pub fn scram_sha_256() -> ChosenMechanism {
    choose(&offers(&["SCRAM-SHA-256"], None), &tls_session(None)).unwrap()
}

fn scram(local: &str, password: &str) -> Scram {
    match SaslClient::new(&scram_sha_256(), local, &Secret::new(password.to_owned())) {
        SaslClient::Scram(scram) => *scram,
        SaslClient::Plain(_) => panic!("PLAIN was not offered"),
    }
}

// C45
#[test]
fn the_best_of_three_mechanisms_is_used_and_never_another() {
    let name = |names: &[&str]| chosen(names, None, None).map(|(name, _)| name);
    let best = |names: &[&str]| name(names).unwrap();
    assert_eq!(best(&["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "ANONYMOUS"]), "SCRAM-SHA-256");
    assert_eq!(best(&["ANONYMOUS", "EXTERNAL", "PLAIN", "SCRAM-SHA-1"]), "SCRAM-SHA-1");
    assert_eq!(best(&["ANONYMOUS", "PLAIN"]), "PLAIN");
    for none in [&["ANONYMOUS"][..], &["EXTERNAL"], &["DIGEST-MD5", "X-OAUTH2", "scram-sha-256"], &[]] {
        assert_eq!(name(none), None, "{none:?}");
    }
    let offered: BTreeSet<String> = ["ANONYMOUS", "PLAIN", "EXTERNAL"].map(str::to_owned).into();
    assert_eq!(unused_mechanisms(&offered), ["ANONYMOUS", "EXTERNAL"]);
}

// RFC 5802 §6
#[test]
fn a_login_is_bound_to_its_connection_if_both_sides_can_and_the_server_learns_of_a_missing_offer() {
    let both = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"];
    let exporter = Some(vec![7; 32]);
    let tied = chosen(&both, Some(vec![Type::TlsUnique, Type::TlsExporter]), exporter.clone());
    assert_eq!(tied, Some(("SCRAM-SHA-256-PLUS".into(), ChannelBinding::TlsExporter(vec![7; 32]))));
    let untied = Some(("SCRAM-SHA-256".into(), ChannelBinding::None));
    assert_eq!(chosen(&both, Some(vec![Type::TlsUnique]), exporter.clone()), untied);
    assert_eq!(chosen(&both, None, exporter.clone()), untied);
    assert_eq!(chosen(&both, Some(vec![Type::TlsExporter]), None), untied);
    let missing = Some(("SCRAM-SHA-256".into(), ChannelBinding::Unsupported));
    assert_eq!(chosen(&["SCRAM-SHA-256"], None, exporter.clone()), missing);
    // Only mechanisms with channel binding, of a type that we don't support.
    assert_eq!(chosen(&["SCRAM-SHA-256-PLUS"], Some(vec![Type::TlsUnique]), exporter), None);
}

// C45
#[test]
fn a_success_without_the_servers_own_proof_is_refused() {
    for signature in [&b"v=AAAA"[..], b"v=", b"", b"e=other-error", b"\xff"] {
        let mut proof = scram("ada", "right");
        let first = String::from_utf8(proof.begin()).unwrap();
        let nonce = first.rsplit_once(",r=").unwrap().1;
        // Before the client's proof, too.
        assert!(proof.verify(signature).is_err());
        let challenge = format!("r={nonce}more,s=c2FsdA==,i=1");
        let challenge = proof.challenge(challenge.into_bytes()).unwrap();
        assert_eq!(challenge.rounds, 1);
        let answer = proof.answer(&challenge, &CancelToken::default()).unwrap();
        assert!(answer.starts_with(b"c="));
        assert!(proof.verify(signature).is_err());
    }
}

#[test]
fn a_name_can_not_add_attributes() {
    let first = String::from_utf8(scram("a=b,r=fixed", "right").begin()).unwrap();
    assert!(first.starts_with("n,,n=a=3Db=2Cr=3Dfixed,r="), "{first}");
}

// C41
#[test]
fn a_password_is_prepared_before_hashing_and_may_become_empty() {
    // RFC 4013 §3, and a password that it refuses.
    assert_eq!(prepared("I\u{ad}X"), "IX");
    assert_eq!(prepared("\u{2168}"), "IX");
    assert_eq!(prepared("a\u{a0}b"), "a b");
    assert_eq!(prepared(" led by "), " led by ");
    assert_eq!(prepared("\u{7}"), "\u{7}");
    assert!(is_empty_when_prepared(&Secret::new("\u{ad}\u{fe0f}".into())));
    assert!(!is_empty_when_prepared(&Secret::new(" ".into())));
}

#[test]
fn the_wire_name_of_a_mechanism_is_read_as_that_mechanism() {
    for name in [Name::Plain, Name::ScramSha1, Name::ScramSha1Plus, Name::ScramSha256, Name::ScramSha256Plus] {
        assert_eq!(wire_name(&name).parse::<Name>().unwrap(), name);
    }
}
