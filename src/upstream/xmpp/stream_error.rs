//! Describes why a server ended the stream or sent something unreadable, with the fix.

use std::io;

use tokio_xmpp::parsers::stream_error::{DefinedCondition, StreamError};

use crate::base::invisible::is_invisible;
use crate::base::redaction::{REDACTED_WHOLE, Redaction};
use crate::signin::identify::password::Outage;

/// The meaning of a stream error of the server (RFC 6120 §4.9), and the fix.
///
/// ejabberd's `mod_fail2ban` sends `policy-violation` for a ban: at the last failed login, and at each later
/// connection.
pub fn ended(why: &StreamError, redaction: &Redaction) -> String {
    let text = why.texts.values().next().map(|text| for_log(text, redaction)).filter(|text| !text.is_empty());
    match (&why.condition, text) {
        (DefinedCondition::PolicyViolation, Some(text)) => {
            format!(
                "it rejects this machine, as servers do after too many logins from one address (it says: {text}); \
                 {EXEMPT}"
            )
        }
        (DefinedCondition::PolicyViolation, None) => {
            format!("it rejects this machine by a rule of its own (policy-violation); {EXEMPT}")
        }
        (condition, Some(text)) => {
            format!(
                "it refuses us: {} (it says: {text}); check that it serves the domain",
                for_log(&condition.to_string(), redaction)
            )
        }
        (condition, None) => {
            format!("it refuses us: {}; check that it serves the domain", for_log(&condition.to_string(), redaction))
        }
    }
}

/// What the error means for everybody who signs in.
pub fn outage(why: &StreamError) -> Outage {
    match why.condition {
        DefinedCondition::PolicyViolation => Outage::AddressBanned,
        _ => Outage::Failure,
    }
}

const EXEMPT: &str = "exempt this machine's address there, or raise its limit (docs/operate.md says how)";

/// The error when no stream begins. It may be no XMPP server.
pub fn no_stream(why: &io::Error, fix: &str) -> String {
    match why.kind() {
        io::ErrorKind::InvalidData => {
            // The XMPP library misspells a word.
            let why = why.to_string().replace("unsuppored", "unsupported");
            format!("its answer is not XMPP: {}; {fix}", for_log(&why, &Redaction::default()))
        }
        kind if is_end(kind) => format!("it closed the connection; {fix}"),
        _ => format!("{why}; see its log"),
    }
}

/// The error within a stream, so it is an XMPP server.
pub fn unreadable(why: &io::Error, redaction: &Redaction) -> String {
    match why.kind() {
        io::ErrorKind::InvalidData => {
            let text = for_log(&why.to_string(), redaction);
            format!("within its stream it sends what a client can't read: {text}; see its log, version and modules")
        }
        kind if is_end(kind) => "it closed the connection within the stream; see its log".into(),
        _ => format!("{why}; see its log"),
    }
}

fn is_end(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

/// Makes a server's words safe for one line of the log: they may come from a stranger or repeat the password (C56). Our
/// fix follows them.
pub fn for_log(words: &str, redaction: &Redaction) -> String {
    let words = if redaction.is_in(words) { REDACTED_WHOLE } else { words };
    words.chars().filter(|c| !is_invisible(*c)).map(|c| if c == ';' { ',' } else { c }).take(160).collect()
}
