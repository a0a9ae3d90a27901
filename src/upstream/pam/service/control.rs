//! The control of a line: what the result of its module means for the lines after it (pam.conf(5)).
//!
//! libpam takes a control that it does not know for one that always fails. Then every right password is refused, as if
//! the account were at fault.

use std::num::NonZeroUsize;

/// A valid control.
pub(super) enum Control {
    Include,
    Substack,
    Module {
        /// How many of the following lines it may skip.
        longest_jump: usize,
    },
}

/// A line of a stack.
#[derive(Debug)]
pub(super) struct StackLine {
    /// How many substacks it is in.
    level: u8,
    longest_jump: usize,
    control: String,
}

impl Control {
    /// Reads `required`, `include`, `[success=1 default=ignore]` and their like.
    ///
    /// # Errors
    /// What in it libpam does not know.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(pairs) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Ok(Self::Module { longest_jump: longest_jump(pairs, text)? });
        }
        match text.to_ascii_lowercase().as_str() {
            "include" => Ok(Self::Include),
            "substack" => Ok(Self::Substack),
            "required" | "requisite" | "sufficient" | "optional" => Ok(Self::Module { longest_jump: 0 }),
            _ => Err(format!(
                "`{text}` is not a PAM control; write required, requisite, sufficient, optional, include, substack \
                 or a list in brackets"
            )),
        }
    }

    /// The line with this control. The lines of an included file count for themselves.
    pub fn stack_line(&self, control: &str, level: u8) -> Option<StackLine> {
        let longest_jump = match self {
            Self::Include => return None,
            Self::Substack => 0,
            Self::Module { longest_jump } => *longest_jump,
        };
        Some(StackLine { level, longest_jump, control: control.to_owned() })
    }
}

/// Whether a "System error" of the line's module can become the result of the whole step (pam.conf(5)). `control` is a
/// valid one of a module.
pub(super) fn system_error_decides(control: &str) -> bool {
    let Some(pairs) = control.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return ["required", "requisite"].iter().any(|word| control.eq_ignore_ascii_case(word));
    };
    let pairs = pairs.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    let actions_of = |wanted| {
        let pairs = pairs.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.filter_map(move |(result, action)| (result == wanted).then_some(action))
    };
    let action = actions_of("system_err").next_back().or_else(|| actions_of("default").next());
    // An action that the list does not name is `bad`. A number is a jump, which ignores the result.
    action.is_none_or(|action| matches!(action, "bad" | "die" | "ok" | "done"))
}

/// Reads the pairs of a list in brackets, `success=1 default=ignore`.
fn longest_jump(pairs: &str, whole: &str) -> Result<usize, String> {
    let mut longest = 0;
    let pairs = pairs.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    for pair in pairs.split_whitespace() {
        let Some((result, action)) = pair.split_once('=') else {
            return Err(format!("`{pair}` in {whole} names no action; write `{pair}=ignore` or another action"));
        };
        if !RESULTS.contains(&result) {
            return Err(format!("`{result}` in {whole} is not a PAM result; pam.conf(5) lists them"));
        }
        // libpam takes digits alone, and no jump over zero lines.
        let digits = action.bytes().all(|byte| byte.is_ascii_digit());
        match action.parse::<NonZeroUsize>() {
            Ok(jump) if digits => longest = longest.max(jump.get()),
            Ok(_) | Err(_) if ACTIONS.contains(&action) => {}
            Ok(_) | Err(_) => {
                let actions = ACTIONS.join(", ");
                return Err(format!("`{action}` in {whole} is not a PAM action; write {actions} or a number over 0"));
            }
        }
    }
    Ok(longest)
}

const ACTIONS: [&str; 6] = ["ignore", "bad", "die", "ok", "done", "reset"];
const RESULTS: [&str; 34] = [
    "success",
    "open_err",
    "symbol_err",
    "service_err",
    "system_err",
    "buf_err",
    "perm_denied",
    "auth_err",
    "cred_insufficient",
    "authinfo_unavail",
    "user_unknown",
    "maxtries",
    "new_authtok_reqd",
    "acct_expired",
    "session_err",
    "cred_unavail",
    "cred_expired",
    "cred_err",
    "no_module_data",
    "conv_err",
    "authtok_err",
    "authtok_recover_err",
    "authtok_recovery_err",
    "authtok_lock_busy",
    "authtok_disable_aging",
    "try_again",
    "ignore",
    "abort",
    "authtok_expired",
    "module_unknown",
    "bad_item",
    "conv_again",
    "incomplete",
    "default",
];

/// Refuses a jump beyond the end of its stack, which libpam counts as a failure.
///
/// # Errors
/// Which control jumps too far.
pub(super) fn check_jumps(stack: &[StackLine], kind: &str) -> Result<(), String> {
    for (at, StackLine { level, longest_jump, control }) in stack.iter().enumerate() {
        let later = stack.iter().skip(at + 1).take_while(|later| later.level >= *level);
        let follow = later.filter(|later| later.level == *level).count();
        if *longest_jump > follow {
            let follow = match follow {
                0 => "none follows".to_owned(),
                1 => "only 1 follows".to_owned(),
                more => format!("only {more} follow"),
            };
            return Err(format!("{control} jumps over {longest_jump} lines for `{kind}`, but {follow}; fix it"));
        }
    }
    Ok(())
}
