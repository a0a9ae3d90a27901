//! Describes why a server ended the stream or sent something unreadable, with the fix.

use std::io;

use tokio_xmpp::parsers::stream_error::{DefinedCondition, StreamError};

use super::policy_violation::Policy;
use super::settings::{Server, server};
use crate::base::invisible::is_invisible;
use crate::base::redaction::Redaction;
use crate::signin::identify::password::Outage;

/// The meaning of a stream error of the server (RFC 6120 §4.9), and the fix.
///
/// ejabberd's `mod_fail2ban` sends `policy-violation` for a ban: at the last failed login, and at each later
/// connection.
pub fn ended(why: &StreamError, redaction: &Redaction) -> String {
    match &why.condition {
        DefinedCondition::PolicyViolation => {
            let (policy, text) = policy(why);
            policy_violation(policy, text.map(|text| for_log(text, redaction)))
        }
        DefinedCondition::SeeOtherHost(host) => {
            let host = for_log(host.trim(), redaction);
            if host.trim().is_empty() {
                return UNNAMED_HOST.to_owned();
            }
            let fix = other_server(&host)
                .map_or("set `server` to it".to_owned(), |server| format!("set server = {server:?}"));
            format!("another server serves the domain (see-other-host: {host}); {fix}")
        }
        condition => {
            let text = why.texts.values().map(|text| for_log(text.trim(), redaction)).find(|text| !text.is_empty());
            let says = text.map_or_else(String::new, |text| format!(" (it says: {text})"));
            let fix = match condition {
                DefinedCondition::HostUnknown | DefinedCondition::HostGone => "check that it serves the domain",
                _ => "see its log",
            };
            format!("it refuses us: {}{says}; {fix}", for_log(&condition.to_string(), redaction))
        }
    }
}

fn policy_violation(policy: Policy, text: Option<String>) -> String {
    let Some(text) = text else {
        return format!("it rejects this machine by a rule of its own (policy-violation); {EXEMPT}");
    };
    let (rule, fix) = match policy {
        Policy::Ban => {
            return format!(
                "it rejects this machine, as servers do after too many logins from one address (it says: {text}); \
                 {EXEMPT}"
            );
        }
        Policy::Encryption => ("it wants an encrypted connection", "set tls = \"starttls\""),
        Policy::Size => ("it finds that we sent too much at once", "raise its limit, or see its log"),
        Policy::Traffic => ("it limits how much we may send", "raise its limit, or see its log"),
        Policy::Other => ("it refuses us by a rule of its own", "see its log"),
    };
    format!("{rule} (policy-violation: {text}); {fix}")
}

fn policy(why: &StreamError) -> (Policy, Option<&str>) {
    Policy::of(why.texts.values().map(String::as_str))
}

const UNNAMED_HOST: &str = "it says that another server serves the domain, but names no host (an empty \
                            see-other-host); find out which one, and set `server` to it";

/// The server that serves a domain (RFC 6120 §4.9.3.19), as the config names it.
fn other_server(host: &str) -> Option<String> {
    let Server { host, port } = server(host).or_else(|_| server(&format!("{host}:{CLIENT_PORT}"))).ok()?;
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

/// The port for clients, if a server names none (RFC 6120 §14.7).
const CLIENT_PORT: u16 = 5222;

/// What the error means for everybody who signs in.
pub fn outage(why: &StreamError) -> Outage {
    match why.condition {
        DefinedCondition::PolicyViolation if policy(why).0 == Policy::Ban => Outage::AddressBanned,
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
    let words = if redaction.is_in(words) { redaction.replacement() } else { words };
    words.chars().filter(|c| !is_invisible(*c)).map(|c| if c == ';' { ',' } else { c }).take(160).collect()
}
