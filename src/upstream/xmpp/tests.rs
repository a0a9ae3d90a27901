//! The module against servers that hang, refuse, or send unexpected text.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_xmpp::parsers::stream_error::{DefinedCondition, StreamError};

use super::Xmpp;
use super::jid::{Domain, Domains};
use super::settings::{Server, Tls, XmppSettings};
use super::stream_error::ended;
use crate::base::clock::Clock;
use crate::base::redaction::{REDACTED_WHOLE, Redaction};
use crate::base::secret::Secret;
use crate::signin::identify::password::{Credentials, NotAccepted, NotAvailable, Outage, RefusalReason};
use crate::upstream::attempt::Attempt;
use crate::upstream::attempt::recording_gate::RecordingGate;
use crate::upstream::{Availability, PasswordModule as _};

fn module(port: u16, tls: Tls) -> Xmpp {
    module_with_timeout(port, tls, Duration::from_secs(30))
}

fn module_with_timeout(port: u16, tls: Tls, timeout: Duration) -> Xmpp {
    let settings = XmppSettings {
        domains: Domains::new(vec![Domain::parse("example.org").unwrap()]).unwrap(),
        server: Some(Server { host: "127.0.0.1".into(), port }),
        tls: Some(tls),
        timeout,
        bans_after: Some(20),
    };
    Xmpp::new("chat".parse().unwrap(), Arc::new(settings), None, Clock::system()).unwrap()
}

/// Sends `lines` to the client that connects, each after it has received something, and then nothing more.
async fn server<L: AsRef<[u8]>>(lines: &[L]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.as_ref().to_vec()).collect();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            for line in &lines {
                let received = socket.read(&mut [0; 4096]).await;
                if received.is_err() || socket.write_all(line).await.is_err() {
                    break;
                }
            }
            // Kept open until the client closes the connection.
            _ = socket.read_to_end(&mut Vec::new()).await;
        }
    });
    port
}

async fn refusal(module: &Xmpp, name: &str, password: &str, gate: &RecordingGate) -> NotAccepted {
    let typed = Credentials::parse(name.into(), Secret::new(password.into())).unwrap();
    module.check(&Attempt::new(&typed, gate)).await.unwrap_err()
}

/// The error of a login at a server that sends these lines.
async fn silence<L: AsRef<[u8]>>(lines: &[L], tls: Tls) -> NotAvailable {
    outage(lines, tls, Duration::from_secs(30)).await
}

/// As [`silence`], with a short timeout for a server that hangs.
async fn hangs<L: AsRef<[u8]>>(lines: &[L], tls: Tls) -> NotAvailable {
    outage(lines, tls, Duration::from_secs(3)).await
}

async fn outage<L: AsRef<[u8]>>(lines: &[L], tls: Tls, timeout: Duration) -> NotAvailable {
    let module = module_with_timeout(server(lines).await, tls, timeout);
    let gate = RecordingGate::open();
    match refusal(&module, "ada", "right", &gate).await {
        NotAccepted::NotAvailable(why) => {
            assert!(gate.accounts().iter().all(|account| account == "ada@example.org"));
            assert!(matches!(module.health().availability(), Availability::Silent { .. }));
            why
        }
        other => panic!("{other:?}"),
    }
}

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                      xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0'>";
const PLAIN: &str = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

fn features(of: &str) -> String {
    format!("{HEADER}<stream:features>{of}</stream:features>")
}

#[tokio::test]
async fn a_name_that_is_not_a_jid_of_our_domains_is_unknown_and_no_server_is_asked() {
    let module = module(9, Tls::Direct);
    for name in ["ada@example.com", "ada@example.org/phone", "a da", "ada ＠example.org"] {
        assert_eq!(refusal(&module, name, "right", &RecordingGate::open()).await, NotAccepted::Unknown, "{name}");
    }
    assert_eq!(module.health().availability(), Availability::Unknown);
}

// C42, C43: all of them count for one account.
#[tokio::test]
async fn spaces_around_a_name_are_left_out() {
    let closed_port = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    for name in ["ada ", " ada", "ada\u{a0}", "ada@example.org "] {
        let gate = RecordingGate::open();
        let refused = refusal(&module(closed_port, Tls::Direct), name, "right", &gate).await;
        assert!(matches!(refused, NotAccepted::NotAvailable(_)), "{name:?}: {refused}");
        assert_eq!(gate.accounts(), ["ada@example.org"], "{name:?}");
    }
}

// C43
#[tokio::test]
async fn no_server_is_asked_about_a_throttled_account() {
    let module = module(9, Tls::Direct);
    assert!(matches!(
        refusal(&module, "ADA@example.org", "right", &RecordingGate::shut(40)).await,
        NotAccepted::Throttled(_)
    ));
    assert_eq!(module.health().availability(), Availability::Unknown);
}

// C41
#[tokio::test]
async fn a_password_that_servers_would_read_as_empty_is_wrong() {
    let refused = NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None };
    assert_eq!(refusal(&module(9, Tls::Direct), "ada", "\u{ad}", &RecordingGate::open()).await, refused);
}

// C45
#[tokio::test]
async fn no_password_is_sent_in_the_clear() {
    let stripped =
        silence(&[features(PLAIN).as_str(), "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"], Tls::StartTls)
            .await;
    assert_eq!(stripped.phase, "TLS");
    assert!(stripped.why.starts_with("it does not offer STARTTLS"), "{stripped}");
    let offered = features(&[STARTTLS, PLAIN].concat());
    for refusal in [
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "</stream:stream>",
    ] {
        let refused = silence(&[offered.as_str(), refusal], Tls::StartTls).await;
        assert_eq!(refused.phase, "TLS");
        assert!(refused.why.starts_with("it offers STARTTLS and then refuses it"), "{refused}");
    }
    // Bytes added after `proceed` are dropped.
    let proceed =
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    assert_eq!(hangs(&[offered.as_str(), proceed], Tls::StartTls).await.phase, "TLS");
}

#[tokio::test]
async fn each_error_names_the_step_that_failed() {
    let closed_port = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    let refused = refusal(&module(closed_port, Tls::Direct), "ada", "right", &RecordingGate::open()).await;
    assert!(matches!(refused, NotAccepted::NotAvailable(NotAvailable { phase: "connect", .. })), "{refused}");
    assert_eq!(hangs::<&str>(&[], Tls::StartTls).await.phase, "stream");
    assert_eq!(hangs::<&str>(&[], Tls::Direct).await.phase, "TLS");
    let web = silence(&["<html><head>"], Tls::StartTls).await;
    assert!(web.phase == "stream" && web.why.starts_with("its answer is not XMPP"), "{web}");
    let ssh = silence(&["SSH-2.0-OpenSSH_9\r\n"], Tls::StartTls).await;
    assert_eq!(ssh.phase, "stream");
    assert!(ssh.why.starts_with("its answer is not XMPP: it begins with \"SSH-2.0-OpenSSH_9\"; "), "{ssh}");
    assert!(ssh.why.contains("the port is right"), "{ssh}");
    let newer = silence(&[HEADER.replace("='1.0'>", "='2.0'>")], Tls::StartTls).await;
    assert!(newer.why.contains("unsupported stream version"), "{newer}");
    let web = silence(&["HTTP/1.1 400 Bad Request\r\n\r\n"], Tls::Direct).await;
    assert!(web.phase == "TLS" && web.why.starts_with("it does not speak TLS from the first byte"), "{web}");
    let foreign =
        "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    let foreign = silence(&[[HEADER, foreign].concat()], Tls::StartTls).await;
    assert_eq!(foreign.kind, Outage::Failure);
    assert_eq!(
        foreign.to_string().split_once(", ").unwrap().1,
        "stream: it refuses us: host-unknown; check that it serves the domain"
    );
    let stops =
        "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    let stops = silence(&[[HEADER, stops].concat()], Tls::StartTls).await;
    assert_eq!(stops.why, "it refuses us: system-shutdown; see its log");
    for (text, rule_words, fix) in [
        ("Use of STARTTLS required before login", "it wants an encrypted connection", "set tls = \"starttls\""),
        ("XML stanza is too big", "it finds that we sent too much at once", "raise its limit, or see its log"),
        ("Bandwidth exceeded", "it limits how much we may send", "raise its limit, or see its log"),
        ("Missing to address in stream header", "it refuses us by a rule of its own", "see its log"),
    ] {
        let rule = format!(
            "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{text}</text></stream:error></stream:stream>"
        );
        let rule = silence(&[[HEADER, &rule].concat()], Tls::StartTls).await;
        assert_eq!(rule.kind, Outage::Failure);
        assert_eq!(rule.why, format!("{rule_words} (policy-violation: {text}); {fix}"));
    }
}

#[tokio::test]
async fn a_stray_byte_is_accepted_and_an_unreadable_stream_is_reported() {
    let features = features(PLAIN);
    for before in ["\u{feff}", " \r\n", "\n\u{feff}\n"] {
        let read = silence(&[format!("{before}{features}")], Tls::StartTls).await;
        assert!(read.why.starts_with("it does not offer STARTTLS"), "{before:?}: {read}");
    }
    let text = |bytes: &[u8]| {
        [HEADER.as_bytes(), b"<stream:features><x xmlns='x'>", bytes, b"</x></stream:features>"].concat()
    };
    for stray in [b"refus\xe9".as_slice(), b"\x1b[0m", b"\xff\xfe"] {
        let read = silence(&[text(stray)], Tls::StartTls).await;
        assert!(read.why.starts_with("it does not offer STARTTLS"), "{read}");
    }
    let entity = silence(&[text(b"&nbsp;")], Tls::StartTls).await;
    assert!(entity.why.starts_with("within its stream it sends what a client can't read: "), "{entity}");
    assert!(!entity.why.contains("port"), "{entity}");
}

// RFC 6120 §11.1 forbids comments and instructions. Neither they nor stanzas decide anything in a login.
#[tokio::test]
async fn unused_elements_are_ignored_before_and_after_those_of_a_login() {
    let stray = "<!-- a <comment> --><?php x?><message><body>hi</body></message><x xmlns='urn:x'/>";
    let begun = HEADER.replace("<stream:stream", "<!-- a --><stream:stream") + stray;
    let features = |of: &str| format!("{begun}<stream:features>{of}</stream:features>");
    let read = silence(&[features(&[stray, PLAIN].concat())], Tls::StartTls).await;
    assert!(read.why.starts_with("it does not offer STARTTLS"), "{read}");
    let offered = features(STARTTLS);
    let proceed = format!("{stray}<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'><!-- b --></proceed>");
    assert_eq!(hangs(&[&offered, &proceed], Tls::StartTls).await.why, HANGS);
    let failure = format!("{stray}<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    let refused = silence(&[&offered, &failure], Tls::StartTls).await;
    assert!(refused.why.starts_with("it offers STARTTLS and then refuses it"));
    // A server that sends them without end is cut off.
    for element in ["<x xmlns='urn:x'/>", "<a/>"] {
        let endless = silence(&[[&begun, element.repeat(700).as_str()].concat()], Tls::StartTls).await;
        let words = "within its stream it sends what a client can't read: more than a login needs; ";
        assert!(endless.why.starts_with(words) && !endless.why.contains("direct"), "{endless}");
    }
}

// RFC 6120 §4.9.3.19
#[tokio::test]
async fn the_server_that_another_one_names_is_shown_as_the_config_needs_it() {
    for (host, fix) in [
        ("b.example:5269", "set server = \"b.example:5269\""),
        ("b.example", "set server = \"b.example:5222\""),
        ("\n  b.example:5269\n", "set server = \"b.example:5269\""),
        (" \u{a0}b.example ", "set server = \"b.example:5222\""),
        ("[2001:41D0:1:A49b::1]:9222", "set server = \"[2001:41d0:1:a49b::1]:9222\""),
        ("a b\" ; x", "set `server` to it"),
    ] {
        let error = format!(
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{host}</see-other-host>\
             </stream:error></stream:stream>"
        );
        let moved = silence(&[[HEADER, &error].concat()], Tls::StartTls).await;
        let (what, end) = moved.why.split_once("; ").unwrap();
        assert!(what.starts_with("another server serves the domain (see-other-host: "), "{moved}");
        assert_eq!(end, fix);
    }
}

// RFC 6120 §4.9.3.19
#[tokio::test]
async fn a_server_that_names_no_other_one_is_said_to_name_none() {
    for unnamed in ["", " \n ", "\u{202e}"] {
        let error = format!(
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{unnamed}</see-other-host>\
             </stream:error></stream:stream>"
        );
        let moved = silence(&[[HEADER, &error].concat()], Tls::StartTls).await;
        let words = "it says that another server serves the domain, but names no host (an empty see-other-host); find \
                     out which one, and set `server` to it";
        assert_eq!((moved.phase, moved.why.as_str()), ("stream", words));
    }
}

const HANGS: &str = "it is reachable, but does not answer in time; see whether it hangs";

// The error of a ban must not look like a wrong password or a wrong domain.
#[tokio::test]
async fn a_ban_of_this_machine_is_reported_with_the_servers_words() {
    let ban = "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
               <text xml:lang='en' xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Too many (20) failed authentications; \
               until 18:43\u{202e}</text></stream:error></stream:stream>";
    let banned = silence(&[[HEADER, ban].concat()], Tls::StartTls).await;
    assert_eq!((banned.phase, banned.kind), ("stream", Outage::AddressBanned));
    assert!(
        banned.why.starts_with(
            "it rejects this machine, as servers do after too many logins from one address (it says: Too many (20) \
             failed authentications, until 18:43); exempt this machine's address there"
        ),
        "{banned}"
    );
}

#[tokio::test]
async fn a_server_that_nests_without_end_is_an_error() {
    for depth in [380, 40_000] {
        let deep = [HEADER, "<stream:features>", &"<a xmlns='x'>".repeat(depth)].concat();
        assert_eq!(hangs(&[&deep], Tls::StartTls).await.phase, "stream", "{depth}");
    }
}

// RFC 6120 §4.9.1: a server may send its text in several languages.
#[tokio::test]
async fn a_ban_is_known_by_any_of_its_texts() {
    let ban = "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
               <text xml:lang='de' xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Gesperrt</text>\
               <text xml:lang='en' xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Too many failed logins</text>\
               </stream:error></stream:stream>";
    let banned = silence(&[[HEADER, ban].concat()], Tls::StartTls).await;
    assert_eq!(banned.kind, Outage::AddressBanned);
    assert!(banned.why.contains("(it says: Too many failed logins); exempt "), "{banned}");
}

#[tokio::test]
async fn a_ban_with_a_blank_text_is_a_ban_without_words() {
    let ban = "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
               <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'> \n</text></stream:error></stream:stream>";
    let banned = silence(&[[HEADER, ban].concat()], Tls::StartTls).await;
    assert_eq!((banned.phase, banned.kind), ("stream", Outage::AddressBanned));
    assert!(banned.why.starts_with("it rejects this machine by a rule of its own (policy-violation); "), "{banned}");
}

// C56
#[test]
fn no_message_shows_a_password_that_the_server_repeats() {
    let redaction = Redaction::of(["open sesame"]);
    for (text, shown) in [
        ("banned: open sesame", REDACTED_WHOLE),
        ("banned: open%20sesame", REDACTED_WHOLE),
        ("banned: AGFkYQBvcGVuIHNlc2FtZQ==", REDACTED_WHOLE),
        ("too many logins", "too many logins"),
    ] {
        let why = StreamError::new(DefinedCondition::PolicyViolation, "en", text);
        let ended = ended(&why, &redaction);
        assert!(ended.contains(&format!("(it says: {shown});")), "{ended}");
    }
}
