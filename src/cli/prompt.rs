//! Asks at the terminal for a name, a password, a new password, or a confirmation.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;

use super::admin_command::CommandError;
use super::console::{is_output_lost, print_error};
use crate::base::random;
use crate::base::secret::{Secret, constant_time_eq};
use crate::signin::identify::password::MAX_PASSWORD_LENGTH;

/// Where a new password comes from.
#[derive(Debug, clap::Args)]
pub struct NewPasswordArgs {
    /// Read the password from standard input: one line, without its line break
    #[arg(long, conflicts_with = "generate")]
    password_stdin: bool,
    /// Make a strong password, and print it once
    #[arg(long)]
    generate: bool,
}

/// A new password.
pub enum ChosenPassword {
    Typed(Secret<String>),
    /// Made by this command, which has to show it.
    Generated(Secret<String>),
}

impl ChosenPassword {
    pub fn secret(&self) -> &Secret<String> {
        match self {
            Self::Typed(password) | Self::Generated(password) => password,
        }
    }

    /// The password that the command has to show.
    pub fn generated(&self) -> Option<String> {
        match self {
            Self::Typed(_) => None,
            Self::Generated(password) => Some(password.expose().clone()),
        }
    }
}

impl NewPasswordArgs {
    /// The exit status of a command that ended with `status`. If the command could not show a password that it
    /// generated, this says so and fails. `account`: the arguments that name the account to `user passwd`.
    pub fn exit_status(&self, status: ExitCode, account: &str) -> ExitCode {
        if !self.generate || !is_output_lost() {
            return status;
        }
        print_error(format_args!(
            "the generated password was set, and is lost: standard output did not take it; set another: vestibule user \
             passwd --generate {account}"
        ));
        ExitCode::FAILURE
    }

    /// Gets a password as the options say. `what` begins the prompt.
    ///
    /// # Errors
    /// When there is no terminal, or no password is given.
    pub fn get(&self, what: &str) -> Result<ChosenPassword, CommandError> {
        if self.generate {
            return Ok(ChosenPassword::Generated(Secret::new(generate_password())));
        }
        if self.password_stdin {
            return read_password_line(std::io::stdin().lock()).map(ChosenPassword::Typed);
        }
        let first = read_password(&format!("{what}: "))?;
        let again = read_password("Once more: ")?;
        if !constant_time_eq(first.expose().as_bytes(), again.expose().as_bytes()) {
            return Err("the two passwords differ; nothing was changed".into());
        }
        Ok(ChosenPassword::Typed(first))
    }
}

/// Asks for a password at the terminal, and shows nothing of it.
///
/// # Errors
/// When there is no terminal.
pub fn read_password(prompt: &str) -> Result<Secret<String>, CommandError> {
    let typed = rpassword::prompt_password(prompt);
    typed.map(Secret::new).map_err(|why| format!("there is no terminal to ask at ({why}); use --password-stdin").into())
}

/// Asks for a name at the terminal.
///
/// # Errors
/// When there is no terminal.
pub fn read_username() -> Result<String, CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err("there is no terminal to ask at; use --username and --password-stdin".into());
    }
    let mut out = std::io::stderr().lock();
    write!(out, "Name: ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads a password: one line. Spaces at its ends belong to it (security rule C41).
///
/// # Errors
/// When there are more lines, or the input can't be read.
pub fn read_password_line(input: impl std::io::Read) -> Result<Secret<String>, CommandError> {
    let most = u64::try_from(MAX_PASSWORD_LENGTH * 4 + 3).unwrap_or(u64::MAX);
    let mut text = String::new();
    input.take(most).read_to_string(&mut text).map_err(|why| format!("standard input can't be read: {why}"))?;
    // Some shells begin piped text with a byte order mark.
    let line = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err("standard input has more than one line: a password is one line".into());
    }
    Ok(Secret::new(line.to_owned()))
}

/// Asks the operator to type a word, as a confirmation.
///
/// # Errors
/// When they type something else, or there is no terminal.
pub fn confirm(word: &str, warning: &str) -> Result<(), CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(format!("{warning} There is no terminal to ask at; add --yes to confirm").into());
    }
    let mut out = std::io::stderr().lock();
    write!(out, "{warning}\nType {word} to go on: ")?;
    out.flush()?;
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed)?;
    if typed.trim() == word { Ok(()) } else { Err("the typed text is not the same; nothing was changed".into()) }
}

/// A password of 95 random bits, in four groups that are easy to read out and to type.
fn generate_password() -> String {
    const LETTERS: &[u8; 27] = b"23456789bcdfghjkmnpqrstvwxz";
    let mut drawn = u128::from_be_bytes(random::bytes());
    let mut letter = || {
        let at = usize::try_from(drawn % 27).unwrap_or(0);
        drawn /= 27;
        LETTERS.get(at).copied().map_or('2', char::from)
    };
    let groups: Vec<String> = (0..4).map(|_| (0..5).map(|_| letter()).collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::{generate_password, read_password_line};

    // C41: no trim
    #[test]
    fn a_password_line_loses_only_its_line_break() {
        for (input, password) in
            [("open sesame\n", "open sesame"), (" open \r\n", " open "), ("ä", "ä"), ("\n", ""), ("\u{feff}ä\r\n", "ä")]
        {
            assert_eq!(read_password_line(input.as_bytes()).unwrap().expose(), password);
        }
        assert!(read_password_line(&b"one\ntwo\n"[..]).unwrap_err().to_string().contains("more than one line"));
        assert!(read_password_line(&b"\xff\n"[..]).is_err());
    }

    #[test]
    fn generated_passwords_are_strong_and_differ() {
        let one = generate_password();
        assert_eq!((one.len(), one.split('-').count()), (23, 4), "{one}");
        assert_ne!(one, generate_password());
    }
}
