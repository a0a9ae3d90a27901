//! Parses values of the config: attributes, DNs, templates.

use super::template::{TemplateError, is_attribute};
use crate::config::reader::Fault;

/// Refuses attributes that hold names or passwords, and the class that people share. A name may be given again: apps
/// would take the next `ada` for the same person.
pub fn subject_attribute(text: &str) -> Result<String, Fault> {
    const NAMES: [&str; 8] =
        ["uid", "cn", "sn", "mail", "displayname", "samaccountname", "userprincipalname", "distinguishedname"];
    let why = match text.trim().to_ascii_lowercase().as_str() {
        name if NAMES.contains(&name) => "is a name, which another person may get one day",
        "objectclass" => "is the same for many people, who would all be one person here",
        _ if holds_passwords(text) => "holds passwords, which must not be stored",
        _ => return attribute(text),
    };
    Err(Fault::new(why)
        .fix("use an attribute that the directory never reuses, such as \"entryUUID\" or \"objectGUID\""))
}

/// Whether an attribute is known to hold passwords or their hashes. With a subject or a claim they would get into the
/// database and into logs (security rule C56).
pub fn holds_passwords(attribute: &str) -> bool {
    const PASSWORDS: [&str; 17] = [
        // RFC 4519 §2.41
        "userpassword",
        "2.5.4.35",
        // RFC 3112
        "authpassword",
        "1.3.6.1.4.1.4203.1.3.4",
        // draft-behera-ldap-password-policy §5.3.5
        "pwdhistory",
        "1.3.6.1.4.1.42.2.27.8.1.20",
        // Active Directory. The last three are of LAPS.
        "unicodepwd",
        "1.2.840.113556.1.4.90",
        "ms-mcs-admpwd",
        "mslaps-password",
        "mslaps-encryptedpassword",
        // Samba
        "sambantpassword",
        "sambalmpassword",
        "sambapasswordhistory",
        // Kerberos, and FreeIPA
        "krbprincipalkey",
        "ipanthash",
        // 389 Directory Server
        "passwordhistory",
    ];
    let name = attribute.split(';').next().unwrap_or_default();
    PASSWORDS.contains(&name.trim().to_ascii_lowercase().as_str())
}

pub fn attribute(text: &str) -> Result<String, Fault> {
    if is_attribute(text.trim()) {
        return Ok(text.trim().to_owned());
    }
    Err(Fault::new("names no attribute").fix("write one name, such as \"memberOf\""))
}

pub fn dn(text: &str) -> Result<String, Fault> {
    if text.contains('=') && !text.contains(['{', '}']) {
        return Ok(text.trim().to_owned());
    }
    Err(Fault::new("is not a DN").fix("write it such as \"ou=people,dc=example,dc=org\""))
}

pub fn template_fault(why: TemplateError, example: &str) -> Fault {
    Fault::new(why.to_string()).fix(format!("write it such as {example}"))
}
