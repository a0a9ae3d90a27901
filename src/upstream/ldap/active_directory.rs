//! The codes with which Active Directory refuses a bind.

use crate::signin::identify::password::RefusalReason;

/// The text that Active Directory adds to each result 49:
/// `80090308: LdapErr: DSID-…, comment: AcceptSecurityContext error, data 533, v…`.
pub const CODE_OF_ACTIVE_DIRECTORY: &str = "AcceptSecurityContext error, data ";

pub fn code_of_active_directory(text: &str) -> Option<&str> {
    text.split_once(CODE_OF_ACTIVE_DIRECTORY)?.1.split([',', ' ']).next()
}

/// `wrong` is what a plain refusal means.
pub fn active_directory_error(text: &str, wrong: RefusalReason) -> Option<RefusalReason> {
    let code = code_of_active_directory(text)?;
    match reason_of_code(code) {
        Some(CodeReason::Wrong) => Some(wrong),
        Some(CodeReason::Other(why)) => Some(why),
        // The system's error codes have at most four digits.
        None if code.len() <= 4 => Some(RefusalReason::UnknownCode(u16::from_str_radix(code, 16).ok()?)),
        None => None,
    }
}

/// What a code of Active Directory means.
pub enum CodeReason {
    /// The name or the password is wrong.
    Wrong,
    Other(RefusalReason),
}

/// The hexadecimal numbers of Windows' system error codes: `ERROR_LOGON_FAILURE` is 1326, so 52e.
pub fn reason_of_code(code: &str) -> Option<CodeReason> {
    let why = match code.to_ascii_lowercase().as_str() {
        "525" | "52e" => return Some(CodeReason::Wrong),
        // ERROR_ACCOUNT_RESTRICTION
        "52f" => RefusalReason::Restricted,
        // ERROR_INVALID_LOGON_HOURS, ERROR_INVALID_WORKSTATION, ERROR_LOGON_NOT_GRANTED, ERROR_LOGON_TYPE_NOT_GRANTED
        "530" | "531" | "534" | "569" => RefusalReason::NotAllowed,
        "532" => RefusalReason::PasswordExpired,
        "533" => RefusalReason::Disabled,
        // ERROR_TOO_MANY_CONTEXT_IDS
        "568" => RefusalReason::TooManyGroups,
        "701" => RefusalReason::AccountExpired,
        "773" => RefusalReason::PasswordReset,
        "775" => RefusalReason::Locked,
        _ => return None,
    };
    Some(CodeReason::Other(why))
}
