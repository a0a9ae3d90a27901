//! Reads a server's elements, as far as a login needs them. Unused parts decide nothing.

use base64::engine::Engine as _;
use std::collections::BTreeMap;

use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::ns::{SASL, SASL_CB, STREAM, TLS};
use tokio_xmpp::parsers::sasl::DefinedCondition as Condition;
use tokio_xmpp::parsers::sasl_cb::{SaslChannelBinding, Type};
use tokio_xmpp::parsers::starttls::StartTls;
use tokio_xmpp::parsers::stream_error::{DefinedCondition, StreamError};
use tokio_xmpp::parsers::stream_features::StreamFeatures;

use crate::base::lenient_base64::LENIENT_BASE64;

/// One element of the stream.
#[derive(Debug)]
pub enum StreamElement {
    Features(StreamFeatures),
    /// TLS may begin.
    Proceed,
    /// The server refuses TLS.
    NoTls,
    Challenge(Vec<u8>),
    Success(Vec<u8>),
    Failure(Failure),
    StreamError(StreamError),
    /// An element that decides nothing in a login.
    Other,
}

/// A refusal of a login.
#[derive(Debug, PartialEq)]
pub struct Failure {
    pub condition: Condition,
    /// The server's own word, if no standard defines it.
    pub unknown_word: Option<String>,
}

impl StreamElement {
    pub fn of(element: &Element) -> Self {
        match (element.name(), element.ns().as_str()) {
            ("features", STREAM) => Self::Features(features(element)),
            ("error", STREAM) => Self::StreamError(error(element)),
            ("proceed", TLS) => Self::Proceed,
            ("failure", TLS) => Self::NoTls,
            ("challenge", SASL) => Self::Challenge(data(element)),
            ("success", SASL) => Self::Success(data(element)),
            ("failure", SASL) => Self::Failure(failure(element)),
            _ => Self::Other,
        }
    }
}

fn features(element: &Element) -> StreamFeatures {
    let mut features = StreamFeatures::default();
    for offered in element.children() {
        match (offered.name(), offered.ns().as_str()) {
            ("starttls", TLS) => features.starttls = Some(StartTls { required: false }),
            ("mechanisms", SASL) => {
                let names = offered.children().filter(|child| child.is("mechanism", SASL)).map(Element::text);
                features
                    .sasl_mechanisms
                    .extend(names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
            }
            ("sasl-channel-binding", SASL_CB) => {
                // No other type is used.
                let types = offered
                    .children()
                    .filter_map(|child| (child.attr("type")? == "tls-exporter").then_some(Type::TlsExporter));
                let all = features.sasl_cb.get_or_insert_with(|| SaslChannelBinding { types: Vec::new() });
                all.types.extend(types);
            }
            _ => {}
        }
    }
    features
}

/// Text in base64, `=` for no text (RFC 6120 §6.4.2). Unreadable text counts as empty: it proves nothing.
fn data(element: &Element) -> Vec<u8> {
    let text: String = element.text().split_whitespace().collect();
    LENIENT_BASE64.decode(text).unwrap_or_default()
}

/// RFC 6120 §6.5. Some servers have a condition of their own, or none. Each is a refusal: if it were an error, a
/// condition that only some accounts have would show which accounts exist (security rule C42).
fn failure(element: &Element) -> Failure {
    let known = element.children().filter(|child| child.ns() == SASL).find_map(|child| match child.name() {
        "aborted" => Some(Condition::Aborted),
        "account-disabled" => Some(Condition::AccountDisabled),
        "credentials-expired" => Some(Condition::CredentialsExpired),
        "encryption-required" => Some(Condition::EncryptionRequired),
        "incorrect-encoding" => Some(Condition::IncorrectEncoding),
        "invalid-authzid" => Some(Condition::InvalidAuthzid),
        "invalid-mechanism" => Some(Condition::InvalidMechanism),
        "malformed-request" => Some(Condition::MalformedRequest),
        "mechanism-too-weak" => Some(Condition::MechanismTooWeak),
        "not-authorized" => Some(Condition::NotAuthorized),
        "temporary-auth-failure" => Some(Condition::TemporaryAuthFailure),
        _ => None,
    });
    let own_words = || element.children().map(Element::name).filter(|name| !matches!(*name, "text" | "bad-auth"));
    Failure {
        unknown_word: if known.is_some() { None } else { own_words().next().map(str::to_owned) },
        condition: known.unwrap_or(Condition::NotAuthorized),
    }
}

/// The refusal in a message of SCRAM: `e=invalid-proof` (RFC 5802 §7). Every error is a refusal, except those that say
/// nothing about the name and the password.
pub fn refusal_of_scram(message: &[u8]) -> Option<Failure> {
    let reason = String::from_utf8_lossy(message.strip_prefix(b"e=")?).into_owned();
    let condition = match reason.split(',').next().unwrap_or_default().trim() {
        "no-resources" => Condition::TemporaryAuthFailure,
        "invalid-encoding"
        | "extensions-not-supported"
        | "channel-bindings-dont-match"
        | "server-does-support-channel-binding"
        | "channel-binding-not-supported"
        | "unsupported-channel-binding-type" => Condition::MalformedRequest,
        _ => Condition::NotAuthorized,
    };
    Some(Failure { condition, unknown_word: None })
}

/// RFC 6120 §4.9. All texts count, also several in one language, which the library refuses.
fn error(element: &Element) -> StreamError {
    let condition = element.children().find_map(|child| DefinedCondition::try_from(child.clone()).ok());
    let mut error = StreamError {
        condition: condition.unwrap_or(DefinedCondition::UndefinedCondition),
        texts: BTreeMap::new(),
        application_specific: Vec::new(),
    };
    for (number, text) in element.children().filter(|child| child.name() == "text").enumerate() {
        // The texts stay in the server's order.
        error.texts.insert(format!("{number:03}").into(), text.text());
    }
    error
}

#[cfg(test)]
mod tests {
    use tokio_xmpp::minidom::Element;

    use super::{Condition, DefinedCondition, Failure, StreamElement, Type, refusal_of_scram};

    fn parsed(xml: &str) -> StreamElement {
        StreamElement::of(&xml.parse::<Element>().unwrap())
    }

    fn failure(inner: &str) -> Failure {
        match parsed(&format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl' code='401'>{inner}</failure>")) {
            StreamElement::Failure(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    // C42
    #[test]
    fn an_unknown_failure_is_a_refusal_and_the_servers_own_errors_are_not() {
        for refusal in [
            "<not-authorized/>",
            "<bad-auth/>",
            "<invalid-credentials/>",
            "<bad-protocol/>",
            "",
            "<text>Wrong</text>",
            "<text>a</text><not-authorized>x</not-authorized><text>a</text>",
            "<aborted xmlns='urn:x'/>",
        ] {
            assert_eq!(failure(refusal).condition, Condition::NotAuthorized, "{refusal}");
        }
        assert_eq!(failure("<temporary-auth-failure/>").condition, Condition::TemporaryAuthFailure);
        let disabled = failure("<text>off</text><x/><account-disabled y='z'/>");
        assert_eq!(disabled, Failure { condition: Condition::AccountDisabled, unknown_word: None });
    }

    #[test]
    fn the_word_of_an_unknown_failure_is_kept() {
        for (inner, word) in [
            ("<text>slow down</text><rate-limited/>", Some("rate-limited")),
            ("<internal-server-error xmlns='urn:x'/>", Some("internal-server-error")),
            ("<not-authorized/><x xmlns='urn:x'/>", None),
            ("<bad-auth/>", None),
            ("<text>Wrong</text>", None),
            ("", None),
        ] {
            assert_eq!(failure(inner).unknown_word.as_deref(), word, "{inner}");
        }
    }

    // C42
    #[test]
    fn an_error_within_scram_is_a_refusal() {
        let refusal_of_scram = |message: &[u8]| refusal_of_scram(message).map(|failure| failure.condition);
        for error in ["e=invalid-proof", "e=unknown-user", "e=other-error,x=1", "e=locked", "e="] {
            assert_eq!(refusal_of_scram(error.as_bytes()), Some(Condition::NotAuthorized), "{error}");
        }
        assert_eq!(refusal_of_scram(b"e=\xff"), Some(Condition::NotAuthorized));
        assert_eq!(refusal_of_scram(b"e=no-resources"), Some(Condition::TemporaryAuthFailure));
        assert_eq!(refusal_of_scram(b"e=channel-bindings-dont-match"), Some(Condition::MalformedRequest));
        assert_eq!(refusal_of_scram(b"v=AAAA"), None);
        assert_eq!(refusal_of_scram(b"r=xe=,s=AA==,i=1"), None);
    }

    #[test]
    fn the_data_of_a_success_is_read_if_it_is_base64() {
        for (inner, read) in [
            ("", ""),
            ("=", ""),
            ("\n", ""),
            ("welcome!", ""),
            ("<x xmlns='u'/>", ""),
            (" dj1\n4 ", "v=x"),
            ("dj14eA", "v=xx"),
        ] {
            let xml = format!("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl' foo='1'>{inner}</success>");
            assert!(matches!(parsed(&xml), StreamElement::Success(data) if data == read.as_bytes()), "{inner:?}");
        }
    }

    #[test]
    fn unknown_features_are_left_out() {
        let StreamElement::Features(features) = parsed(
            "<features xmlns='http://etherx.jabber.org/streams'>text
               <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>x<optional/></starttls>
               <register xmlns='http://jabber.org/features/iq-register'>r</register>
               <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>
                 <channel-binding type='vendor-x'/><channel-binding/><y/><channel-binding type='tls-exporter'/>
               </sasl-channel-binding>
               <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'/>
               <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl' a='b'>
                 <mechanism c='d'> PLAIN </mechanism><mechanism/><hostname xmlns='urn:x'>a</hostname>
               </mechanisms>
               <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>
             </features>",
        ) else {
            panic!("no features")
        };
        assert!(features.can_starttls());
        assert_eq!(features.sasl_mechanisms.iter().collect::<Vec<_>>(), ["PLAIN", "SCRAM-SHA-1"]);
        assert_eq!(features.sasl_cb.unwrap().types, [Type::TlsExporter]);
    }

    #[test]
    fn a_stream_error_with_an_unknown_condition_is_read() {
        let error = "<error xmlns='http://etherx.jabber.org/streams'><banned xmlns='urn:x'/>\
                   <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>too many</text></error>";
        let StreamElement::StreamError(why) = parsed(error) else { panic!("no stream error") };
        assert_eq!(why.texts.values().collect::<Vec<_>>(), ["too many"]);
    }

    #[test]
    fn a_stream_error_keeps_its_condition_and_all_its_texts() {
        let error = "<error xmlns='http://etherx.jabber.org/streams'>\
                   <policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><x xmlns='urn:x'/>\
                   <text xml:lang='de' xmlns='urn:ietf:params:xml:ns:xmpp-streams'>eins</text>\
                   <text xml:lang='de' xmlns='urn:ietf:params:xml:ns:xmpp-streams'>zwei</text>\
                   <text>drei</text></error>";
        let StreamElement::StreamError(why) = parsed(error) else { panic!("no stream error") };
        assert_eq!(why.condition, DefinedCondition::PolicyViolation);
        assert_eq!(why.texts.values().collect::<Vec<_>>(), ["eins", "zwei", "drei"]);
    }
}
