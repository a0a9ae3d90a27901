//! Rewrites a server's answer for the LDAP library. The library panics at text that is not UTF-8 and at unexpected
//! parts, and its panic prints the bytes. Only the parts that Vestibule reads are kept.

use super::ber::{SEQUENCE, element, elements, write};
use super::results::{PASSWORD_EXPIRED, PASSWORD_POLICY};

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const SET: u8 = 0x31;
const CONTROLS: u8 = 0xa0;
// The operations (RFC 4511 §4.2 to §4.13).
const BIND_REQUEST: u8 = 0x60;
const BIND_RESPONSE: u8 = 0x61;
const SEARCH_REQUEST: u8 = 0x63;
const SEARCH_ENTRY: u8 = 0x64;
const SEARCH_DONE: u8 = 0x65;
const SEARCH_REFERENCE: u8 = 0x73;
const EXTENDED_RESPONSE: u8 = 0x78;
const INTERMEDIATE: u8 = 0x79;
/// The `responseName` of an extended response, and its value in a notice of disconnection (RFC 4511 §4.4.1).
const RESPONSE_NAME: u8 = 0x8a;
const NOTICE_OF_DISCONNECTION: &[u8] = b"1.3.6.1.4.1.1466.20036";

/// A request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingRequest {
    id: u32,
    operation: Operation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Bind,
    Search,
}

impl PendingRequest {
    /// Reads a message of the library. `None` if no answer follows it.
    pub fn of(message: &[u8]) -> Option<Self> {
        let (INTEGER, id, rest) = element(message)? else { return None };
        let operation = match element(rest)? {
            (BIND_REQUEST, ..) => Operation::Bind,
            (SEARCH_REQUEST, ..) => Operation::Search,
            _ => return None,
        };
        Some(Self { id: number(id)?, operation })
    }
}

/// How a message of the server relates to the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// A part of the answer, as a whole message.
    Part(Vec<u8>),
    /// The end of the answer, as a whole message.
    Last(Vec<u8>),
    /// It answers another request or none.
    Ignored,
    /// The server ends the connection (RFC 4511 §4.4.1).
    Disconnection {
        code: u32,
        text: String,
    },
    NotLdap,
}

/// Reads the content of a message, whose elements are complete.
pub fn rewrite(message: &[u8], request: Option<PendingRequest>) -> Rewritten {
    if let Some(disconnection) = disconnection(message) {
        return disconnection;
    }
    let Some(request) = request else { return Rewritten::Ignored };
    let mut parts = elements(message);
    let (Some((INTEGER, id)), Some((tag, content))) = (parts.next(), parts.next()) else { return Rewritten::NotLdap };
    match number(id) {
        None => return Rewritten::NotLdap,
        Some(id) if id != request.id || tag == INTERMEDIATE => return Rewritten::Ignored,
        Some(_) => {}
    }
    let whole = |content: Vec<u8>, controls: Vec<u8>| {
        let (mut inner, mut whole) = (Vec::new(), Vec::new());
        write(&mut inner, INTEGER, &request.id.to_be_bytes());
        write(&mut inner, tag, &content);
        if !controls.is_empty() {
            write(&mut inner, CONTROLS, &controls);
        }
        write(&mut whole, SEQUENCE, &inner);
        whole
    };
    let rewritten = match (request.operation, tag) {
        (Operation::Bind, BIND_RESPONSE) => {
            result(content).map(|result| Rewritten::Last(whole(result, password_controls(parts))))
        }
        (Operation::Search, SEARCH_DONE) => result(content).map(|result| Rewritten::Last(whole(result, Vec::new()))),
        (Operation::Search, SEARCH_ENTRY) => entry(content).map(|entry| Rewritten::Part(whole(entry, Vec::new()))),
        // Its addresses are never followed.
        (Operation::Search, SEARCH_REFERENCE) => Some(Rewritten::Part(whole(Vec::new(), Vec::new()))),
        (Operation::Bind | Operation::Search, _) => None,
    };
    rewritten.unwrap_or(Rewritten::NotLdap)
}

/// Reads a notice of disconnection, which answers no request: its message id is 0.
fn disconnection(message: &[u8]) -> Option<Rewritten> {
    let mut parts = elements(message);
    let (Some((INTEGER, id)), Some((EXTENDED_RESPONSE, content))) = (parts.next(), parts.next()) else { return None };
    let (ENUMERATED | INTEGER, code, rest) = element(content)? else { return None };
    let is_notice = |(tag, value): (u8, &[u8])| tag == RESPONSE_NAME && value == NOTICE_OF_DISCONNECTION;
    if number(id)? != 0 || !elements(rest).any(is_notice) {
        return None;
    }
    let text = elements(rest).take_while(|(tag, _)| *tag == OCTET_STRING).nth(1).map_or(&[][..], |(_, text)| text);
    Some(Rewritten::Disconnection { code: number(code)?, text: String::from_utf8_lossy(text).into_owned() })
}

/// `resultCode`, an empty `matchedDN`, and `diagnosticMessage` (RFC 4511 §4.1.9).
fn result(content: &[u8]) -> Option<Vec<u8>> {
    let (ENUMERATED | INTEGER, code, rest) = element(content)? else { return None };
    let mut texts = elements(rest).take_while(|(tag, _)| *tag == OCTET_STRING);
    let diagnostic = texts.nth(1).map_or(&[][..], |(_, text)| text);
    let mut result = Vec::new();
    // The library truncates a longer code to 32 bits, which may leave the 0 of a success.
    write(&mut result, ENUMERATED, &number(code)?.to_be_bytes());
    write(&mut result, OCTET_STRING, &[]);
    write(&mut result, OCTET_STRING, String::from_utf8_lossy(diagnostic).as_bytes());
    Some(result)
}

/// A DN and attributes (RFC 4511 §4.5.2). Leaves out names that are not UTF-8, since the config can't hold them.
fn entry(content: &[u8]) -> Option<Vec<u8>> {
    let (OCTET_STRING, dn, rest) = element(content)? else { return None };
    let mut written = Vec::new();
    for attribute in elements(element(rest).map_or(&[][..], |(_, attributes, _)| attributes)) {
        let (SEQUENCE, attribute) = attribute else { continue };
        let Some((OCTET_STRING, name, values)) = element(attribute) else { continue };
        let Some((SET, values, _)) = element(values) else { continue };
        if std::str::from_utf8(name).is_err() {
            continue;
        }
        let (mut set, mut inner) = (Vec::new(), Vec::new());
        for (_, value) in elements(values).filter(|(tag, _)| *tag == OCTET_STRING) {
            write(&mut set, OCTET_STRING, value);
        }
        write(&mut inner, OCTET_STRING, name);
        write(&mut inner, SET, &set);
        write(&mut written, SEQUENCE, &inner);
    }
    let mut entry = Vec::new();
    write(&mut entry, OCTET_STRING, String::from_utf8_lossy(dn).as_bytes());
    write(&mut entry, SEQUENCE, &written);
    Some(entry)
}

/// The controls about the password, the only ones that Vestibule reads.
fn password_controls<'m>(mut parts: impl Iterator<Item = (u8, &'m [u8])>) -> Vec<u8> {
    let mut written = Vec::new();
    let controls = parts.find(|(tag, _)| *tag == CONTROLS).map_or(&[][..], |(_, controls)| controls);
    for (_, control) in elements(controls) {
        let Some((OCTET_STRING, name, rest)) = element(control) else { continue };
        if ![PASSWORD_POLICY, PASSWORD_EXPIRED].iter().any(|read| name == read.as_bytes()) {
            continue;
        }
        let mut inner = Vec::new();
        write(&mut inner, OCTET_STRING, name);
        if let Some((tag, value)) = elements(rest).find(|(tag, _)| *tag == OCTET_STRING) {
            write(&mut inner, tag, value);
        }
        write(&mut written, SEQUENCE, &inner);
    }
    written
}

/// A number of at most 32 bits, which may have leading zeros.
fn number(bytes: &[u8]) -> Option<u32> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).filter(|digits| !bytes.is_empty() && digits.len() <= 4)?;
    Some(digits.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ber::{SEQUENCE, check_shape, element, write};
    use super::{BIND_RESPONSE, Operation, PendingRequest, Rewritten, SEARCH_ENTRY, rewrite};

    const BIND: PendingRequest = PendingRequest { id: 1, operation: Operation::Bind };
    const SEARCH: PendingRequest = PendingRequest { id: 1, operation: Operation::Search };

    fn built(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let mut built = Vec::new();
        write(&mut built, tag, &parts.concat());
        built
    }

    fn result(code: &[u8], diagnostic: &[u8]) -> Vec<u8> {
        let parts = [built(0x0a, &[code]), built(4, &[b"cn=\xfc"]), built(4, &[diagnostic])];
        [b"\x02\x01\x01".to_vec(), built(BIND_RESPONSE, &parts.each_ref().map(Vec::as_slice))].concat()
    }

    fn found(dn: &[u8], attributes: &[(&[u8], &[u8])]) -> Vec<u8> {
        let attributes = attributes
            .iter()
            .map(|(name, value)| built(SEQUENCE, &[&built(4, &[name]), &built(0x31, &[&built(4, &[value])])]));
        let attributes: Vec<u8> = attributes.collect::<Vec<_>>().concat();
        let entry = built(SEARCH_ENTRY, &[&built(4, &[dn]), &built(SEQUENCE, &[&attributes])]);
        [b"\x02\x01\x01".to_vec(), entry].concat()
    }

    fn content(rewritten: Rewritten) -> Option<Vec<u8>> {
        match rewritten {
            Rewritten::Part(whole) | Rewritten::Last(whole) => element(&whole).map(|(_, content, _)| content.to_vec()),
            Rewritten::Ignored | Rewritten::Disconnection { .. } | Rewritten::NotLdap => None,
        }
    }

    // C56
    #[test]
    fn text_that_is_not_utf_8_is_replaced_and_binary_values_stay() {
        let refused = content(rewrite(&result(&[49], b"ung\xfcltig"), Some(BIND))).unwrap();
        assert_eq!(refused, content(rewrite(&result(&[0, 0, 49], "ung\u{fffd}ltig".as_bytes()), Some(BIND))).unwrap());
        let latin = found(b"uid=ada,ou=p\xfc", &[(b"stra\xdfe", b"x"), (b"objectGUID", b"\xff\0")]);
        let plain = found("uid=ada,ou=p\u{fffd}".as_bytes(), &[(b"objectGUID", b"\xff\0")]);
        assert_eq!(content(rewrite(&latin, Some(SEARCH))), content(rewrite(&plain, Some(SEARCH))));
    }

    #[test]
    fn only_the_controls_about_the_password_stay() {
        let control = |name: &str| built(SEQUENCE, &[&built(4, &[name.as_bytes()]), &built(4, &[b"0"])]);
        let answer = |names: &[&str]| {
            let controls: Vec<u8> = names.iter().flat_map(|name| control(name)).collect();
            [result(&[49], b""), built(0xa0, &[&controls])].concat()
        };
        let kept = ["1.3.6.1.4.1.42.2.27.8.5.1", "2.16.840.1.113730.3.4.4"];
        let sent = [kept[0], "2.16.840.1.113730.3.4.5", kept[1], "1.2.3"];
        let written = |names: &[&str]| content(rewrite(&answer(names), Some(BIND))).unwrap();
        assert_eq!(written(&sent), written(&kept));
        assert!(written(&kept).len() > written(&kept[..1]).len());
    }

    // C41
    #[test]
    fn a_result_code_that_is_too_long_is_not_a_success() {
        for code in [&[][..], &[1, 0, 0, 0, 0], &[0xff; 9]] {
            assert_eq!(rewrite(&result(code, b""), Some(BIND)), Rewritten::NotLdap, "{code:?}");
        }
    }

    proptest! {
        // A good answer with a few changed bytes.
        #[test]
        fn a_rewritten_message_rewrites_to_itself(
            which in 0..2_usize, flips in prop::collection::vec((0..200_usize, any::<u8>()), 0..4)
        ) {
            let (mut message, request) = match which {
                0 => (result(&[0], b"well"), BIND),
                _ => (found(b"uid=ada", &[(b"cn", b"Ada"), (b"uid", b"ada")]), SEARCH),
            };
            for (at, byte) in flips {
                let at = at % message.len();
                message[at] = byte;
            }
            if check_shape(&message, 32).is_ok() && let Some(written) = content(rewrite(&message, Some(request))) {
                prop_assert!(check_shape(&written, 5).is_ok());
                prop_assert_eq!(content(rewrite(&written, Some(request))), Some(written));
            }
        }
    }
}
