//! What a server's answer means: a mistake of the person, of the operator, or of the server.

use ldap3::{LdapError, LdapResult};

use super::active_directory::{
    CODE_OF_ACTIVE_DIRECTORY, active_directory_error, code_of_active_directory, reason_of_code,
};
use super::ber::element;
use super::server::{Protection, Server};
use crate::base::certificate::{Fixes, TlsFailure, handshake_words};
use crate::base::redaction::Redaction;
use crate::signin::identify::password::{NotAvailable, RefusalReason};

/// The reason when a server does not answer.
pub const NO_ANSWER: &str =
    "no answer in time; check that it does not hang, and that no firewall on the way drops packets";

/// The control in which a password policy reports on a bind (draft-behera-ldap-password-policy §6).
pub const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

/// Without a value: the password has expired, or has to be changed (draft-vchu-ldap-pwd-policy).
pub const PASSWORD_EXPIRED: &str = "2.16.840.1.113730.3.4.4";

/// An error of a server, and whether to try another server.
#[derive(Debug)]
pub struct ServerError {
    pub cause: NotAvailable,
    pub failover: Failover,
}

/// Whether to try another server after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failover {
    /// Only this server has the error.
    NextServer,
    /// Every other server would answer the same.
    Stop,
}

/// The phase of an error about one entry that has no usable subject.
pub const SUBJECT_PHASE: &str = "subject";
/// The phase of an error about one entry that hides some of its groups.
pub const HIDDEN_GROUPS_PHASE: &str = "own groups";
/// The phases of errors that say nothing about the server.
pub const ONE_ENTRY_PHASES: [&str; 2] = [SUBJECT_PHASE, HIDDEN_GROUPS_PHASE];
/// The phase of the search for a person's entry on their own connection.
pub const OWN_ENTRY_PHASE: &str = "own entry";
/// Cause and fix when that entry can't be read.
pub const OWN_ENTRY_UNREADABLE: &str =
    "a signed-in person may not read their own entry; let `self` read it there, or use base and service_dn";
/// The phase of a search on their own connection for the rest of their groups, after that of the entry.
pub const OWN_GROUPS_PHASE: &str = "rest of own groups";
/// Cause and fix when the rest can't be read.
const OWN_GROUPS_UNREADABLE: &str = "a signed-in person may read only a part of their groups; let `self` read that \
                                     attribute of the entry to its end, or use base and service_dn";

impl ServerError {
    pub fn new(server: String, phase: &'static str, why: String, failover: Failover) -> Self {
        Self { cause: NotAvailable::new(server, phase, why), failover }
    }

    /// An error while a connection is opened.
    pub fn of_connecting(server: &Server, why: LdapError) -> Self {
        let why = match why {
            LdapError::LdapResult { result } => {
                format!("it refuses StartTLS: {}; switch TLS on there, or use ldaps://", describe(&result))
            }
            LdapError::Io { source } => match TlsFailure::find_in(&source, server.host()) {
                Some(distrust) => tls_cause(server, &distrust),
                None => no_protected_connection(server, &source.to_string()),
            },
            LdapError::Rustls { source } => match TlsFailure::find_in(&source, server.host()) {
                Some(distrust) => tls_cause(server, &distrust),
                None => no_protected_connection(server, &source.to_string()),
            },
            other => no_protected_connection(server, &other.to_string()),
        };
        Self::new(server.name(), "TLS", why, Failover::NextServer)
    }

    /// A refused search.
    pub fn of_search(server: &str, phase: &'static str, base: &str, result: &LdapResult) -> Self {
        let text = describe(result);
        // The DN of a person's own entry holds what they typed (security rule C56).
        let is_own = matches!(phase, OWN_ENTRY_PHASE | OWN_GROUPS_PHASE);
        let base = if is_own { "their own entry".to_owned() } else { format!("{base:?}") };
        // A directory hides an entry that the client may not read (RFC 4511 §A.1). It exists: it has just bound.
        let hidden = match (phase, result.rc) {
            (OWN_ENTRY_PHASE, 32 | 50) => Some((SUBJECT_PHASE, OWN_ENTRY_UNREADABLE)),
            (OWN_GROUPS_PHASE, 32 | 50) => Some((HIDDEN_GROUPS_PHASE, OWN_GROUPS_UNREADABLE)),
            _ => None,
        };
        if let Some((phase, why)) = hidden {
            return Self::new(server.to_owned(), phase, format!("{why} ({text})"), Failover::Stop);
        }
        let (why, failover) = match result.rc {
            32 => (format!("there is no {base} there ({text}); correct the base, or let us see it"), Failover::Stop),
            34 => (format!("it does not accept {base} as a DN ({text}); correct the base"), Failover::Stop),
            10 => (
                format!(
                    "{base} is on another server ({text}), and referrals are not followed; name the server that has it"
                ),
                Failover::Stop,
            ),
            1 | 8 | 48 | 50 => (
                format!(
                    "we may not search {base} ({text}); let the account in service_dn read it, or each person if the \
                     config has bind_dn"
                ),
                Failover::Stop,
            ),
            3 | 11 => (
                format!("the search takes too long there ({text}); index the attributes of the filter"),
                Failover::Stop,
            ),
            _ => (format!("it answers {text}; look at its log"), Failover::NextServer),
        };
        Self::new(server.to_owned(), phase, why, failover)
    }
}

/// Why the service account may not sign in. With a success, the reason is in a control of the password policy.
pub fn service_account_refused(why: RefusalReason, result: &LdapResult) -> String {
    let answer = if result.rc == 0 { String::new() } else { format!(" ({})", describe(result)) };
    format!("the service account is refused: {why}{answer}; look at its account there")
}

/// How a bind ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindOutcome {
    Accepted,
    Refused(RefusalReason),
    /// It says nothing about the name or the password. Cause and fix.
    Inconclusive(String),
}

/// Reads the result of a bind. `wrong` is what a plain refusal means.
pub fn bind_outcome(result: &LdapResult, wrong: RefusalReason) -> BindOutcome {
    let text = || describe(result);
    match (result.rc, password_policy(result).or_else(|| expired_password(result))) {
        (0, None) => BindOutcome::Accepted,
        (0 | 19 | 49 | 53, Some(why)) => BindOutcome::Refused(why),
        (49, None) => BindOutcome::Refused(active_directory_error(&result.text, wrong).unwrap_or(wrong)),
        // No entry, or a name that is not a DN: the same as a wrong name (RFC 4511 §4.2.2).
        (32 | 34, _) => BindOutcome::Refused(wrong),
        // 389 Directory Server's "too many tries", and its "inactivated".
        (19, None) => BindOutcome::Refused(RefusalReason::Locked),
        (48 | 50 | 53, _) => BindOutcome::Refused(RefusalReason::NotAllowed),
        (8 | 13, _) => {
            BindOutcome::Inconclusive(format!("it wants stronger protection ({}); use ldaps:// or StartTLS", text()))
        }
        (10, _) => BindOutcome::Inconclusive(format!(
            "it refers us to another server ({}), which is not followed; name that server",
            text()
        )),
        _ => BindOutcome::Inconclusive(format!("it answers {}; look at its log", text())),
    }
}

/// A server's words, or a fixed text if they hold a secret: some servers repeat what they were sent (security rule
/// C56). The code of Active Directory stays.
pub fn redacted(text: String, secrets: &[&Redaction]) -> String {
    // A server sends no words with a success, and a search for secrets takes long.
    if text.is_empty() {
        return text;
    }
    let Some(replacement) = secrets.iter().find(|secrets| secrets.is_in(&text)).map(|found| found.replacement()) else {
        return text;
    };
    // An unknown code may be the secret.
    match code_of_active_directory(&text).map(|code| (code, reason_of_code(code))) {
        Some((code, Some(_))) => format!("{CODE_OF_ACTIVE_DIRECTORY}{code}, {replacement}"),
        Some((_, None)) | None => replacement.to_owned(),
    }
}

/// 389 Directory Server sends it with a refusal. With a success, it lets the person do nothing but change the password,
/// unless its password policy has more to say: then it may be one of the last logins that it allows.
fn expired_password(result: &LdapResult) -> Option<RefusalReason> {
    let has = |name: &str| result.ctrls.iter().any(|control| control.1.ctype == name);
    match result.rc {
        _ if !has(PASSWORD_EXPIRED) => None,
        0 if has(PASSWORD_POLICY) => None,
        0 => Some(RefusalReason::PasswordChangeRequired),
        _ => Some(RefusalReason::PasswordExpired),
    }
}

/// The error in the control of a password policy: `SEQUENCE { [0] warning OPTIONAL, [1] ENUMERATED error OPTIONAL }`.
fn password_policy(result: &LdapResult) -> Option<RefusalReason> {
    let control = result.ctrls.iter().map(|control| &control.1).find(|control| control.ctype == PASSWORD_POLICY)?;
    let (0x30, mut rest, []) = element(control.val.as_deref()?)? else { return None };
    while let Some((tag, value, after)) = element(rest) {
        if tag == 0x81 {
            return match value {
                [0] => Some(RefusalReason::PasswordExpired),
                [1] => Some(RefusalReason::Locked),
                // changeAfterReset
                [2] => Some(RefusalReason::PasswordReset),
                _ => None,
            };
        }
        rest = after;
    }
    None
}

/// `49 invalidCredentials`, with the server's own words, which are [`redacted`].
pub fn describe(result: &LdapResult) -> String {
    let plain: String = result.text.chars().filter(|c| !c.is_control() && *c != ';').take(200).collect();
    let name = match result.rc {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        13 => "confidentialityRequired",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        _ => "error",
    };
    if plain.is_empty() { format!("{} {name}", result.rc) } else { format!("{} {name}: {plain}", result.rc) }
}

fn tls_cause(server: &Server, why: &TlsFailure) -> String {
    let fixes = Fixes {
        no_tls: tls_fix(server),
        other_name: "use a name in `servers` that it is for, or have it reissued",
        ca: "ca_file",
    };
    match why {
        TlsFailure::NoTls => no_protected_connection(server, &why.to_string()),
        TlsFailure::Name(_)
        | TlsFailure::UnknownIssuer
        | TlsFailure::Expired
        | TlsFailure::NotYetValid
        | TlsFailure::CaCertificate => format!("{why}; {}", why.fix(fixes)),
    }
}

fn tls_fix(server: &Server) -> &'static str {
    match server.protection {
        Protection::Tls => "check that it speaks TLS on this port, or use ldap://, which begins with StartTLS",
        Protection::StartTls => "check that it offers StartTLS on this port, or use ldaps://",
        Protection::None => "look at its log",
    }
}

fn no_protected_connection(server: &Server, why: &str) -> String {
    format!("no protected connection: {}; {}", handshake_words(why), tls_fix(server))
}

#[cfg(test)]
mod tests;
