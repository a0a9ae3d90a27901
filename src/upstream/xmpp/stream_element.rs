//! What a server says, read as far as a login needs it. What nobody reads decides nothing.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::ns::{SASL, SASL_CB, STREAM, TLS};
use tokio_xmpp::parsers::sasl::DefinedCondition as Condition;
use tokio_xmpp::parsers::sasl_cb::{SaslChannelBinding, Type};
use tokio_xmpp::parsers::starttls::StartTls;
use tokio_xmpp::parsers::stream_error::{DefinedCondition, StreamError};
use tokio_xmpp::parsers::stream_features::StreamFeatures;

/// Base64 with or without padding: what proves something is compared after it was read.
pub const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One element of the stream.
#[derive(Debug)]
pub enum StreamElement {
    Features(StreamFeatures),
    /// TLS may begin.
    Proceed,
    /// TLS may not begin.
    NoTls,
    Challenge(Vec<u8>),
    Success(Vec<u8>),
    Failure(Condition),
    StreamError(StreamError),
    /// It decides nothing here.
    Other,
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

/// Text in base64, `=` for no text (RFC 6120 §6.4.2). Unreadable text counts as none: it proves nothing.
fn data(element: &Element) -> Vec<u8> {
    let text: String = element.text().split_whitespace().collect();
    LENIENT.decode(text).unwrap_or_default()
}

/// RFC 6120 §6.5. Some servers have a condition of their own, or none. Each is a refusal: if it were an error, a
/// condition that only some accounts have would show which accounts exist (security rule C42).
fn failure(element: &Element) -> Condition {
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
    known.unwrap_or(Condition::NotAuthorized)
}

/// The refusal in a message of SCRAM: `e=invalid-proof` (RFC 5802 §7). Each is one, but for those that say nothing of
/// the name and the password.
pub fn refusal_of_scram(message: &[u8]) -> Option<Condition> {
    let reason = String::from_utf8_lossy(message.strip_prefix(b"e=")?).into_owned();
    Some(match reason.split(',').next().unwrap_or_default().trim() {
        "no-resources" => Condition::TemporaryAuthFailure,
        "invalid-encoding"
        | "extensions-not-supported"
        | "channel-bindings-dont-match"
        | "server-does-support-channel-binding"
        | "channel-binding-not-supported"
        | "unsupported-channel-binding-type" => Condition::MalformedRequest,
        _ => Condition::NotAuthorized,
    })
}

fn error(element: &Element) -> StreamError {
    StreamError::try_from(element.clone()).unwrap_or_else(|_| {
        let text = element.children().find(|child| child.name() == "text").map(Element::text);
        StreamError::new(DefinedCondition::UndefinedCondition, "", text.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use tokio_xmpp::minidom::Element;

    use super::{Condition, StreamElement, Type, refusal_of_scram};

    fn parsed(xml: &str) -> StreamElement {
        StreamElement::of(&xml.parse::<Element>().unwrap())
    }

    fn failure(inner: &str) -> Condition {
        match parsed(&format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl' code='401'>{inner}</failure>")) {
            StreamElement::Failure(condition) => condition,
            other => panic!("{other:?}"),
        }
    }

    // C42
    #[test]
    fn a_failure_in_any_words_is_a_refusal_unless_it_is_the_servers_own_trouble() {
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
            assert_eq!(failure(refusal), Condition::NotAuthorized, "{refusal}");
        }
        assert_eq!(failure("<temporary-auth-failure/>"), Condition::TemporaryAuthFailure);
        assert_eq!(failure("<text>off</text><x/><account-disabled y='z'/>"), Condition::AccountDisabled);
    }

    // C42
    #[test]
    fn a_no_within_scram_is_one() {
        for no in ["e=invalid-proof", "e=unknown-user", "e=other-error,x=1", "e=locked", "e="] {
            assert_eq!(refusal_of_scram(no.as_bytes()), Some(Condition::NotAuthorized), "{no}");
        }
        assert_eq!(refusal_of_scram(b"e=\xff"), Some(Condition::NotAuthorized));
        assert_eq!(refusal_of_scram(b"e=no-resources"), Some(Condition::TemporaryAuthFailure));
        assert_eq!(refusal_of_scram(b"e=channel-bindings-dont-match"), Some(Condition::MalformedRequest));
        assert_eq!(refusal_of_scram(b"v=AAAA"), None);
        assert_eq!(refusal_of_scram(b"r=xe=,s=AA==,i=1"), None);
    }

    #[test]
    fn what_comes_with_a_yes_is_read_if_it_is_base64() {
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
    fn odd_features_are_left_out() {
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
    fn a_stream_error_in_words_of_its_own_is_one() {
        let odd = "<error xmlns='http://etherx.jabber.org/streams'><banned xmlns='urn:x'/>\
                   <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>too many</text></error>";
        let StreamElement::StreamError(why) = parsed(odd) else { panic!("no stream error") };
        assert_eq!(why.texts.values().collect::<Vec<_>>(), ["too many"]);
    }
}
