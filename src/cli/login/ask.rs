//! What is asked of whoever sits at the terminal: a name, and a password that nobody sees.

use std::io::{BufRead as _, IsTerminal as _, Read, Write as _};

use crate::base::secret::Secret;
use crate::cli::desk::Failed;
use crate::signin::identify::password::LONGEST_PASSWORD;

/// # Errors
/// When there is no terminal.
pub fn name() -> Result<String, Failed> {
    if !std::io::stdin().is_terminal() {
        return Err("there is no terminal to ask at; use --username and --password-stdin".into());
    }
    let mut out = std::io::stderr().lock();
    write!(out, "Name: ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(ended(&line).to_owned())
}

/// # Errors
/// When there is no terminal.
pub fn password() -> Result<Secret<String>, Failed> {
    let typed = rpassword::prompt_password("Password: ");
    typed.map(Secret::new).map_err(|why| format!("there is no terminal to ask at ({why}); use --password-stdin").into())
}

/// One line, whole: nothing of it is cut but its end (security rule C41).
///
/// # Errors
/// When there are more.
pub fn line_of(input: impl Read) -> Result<Secret<String>, Failed> {
    let most = u64::try_from(LONGEST_PASSWORD * 4 + 3).unwrap_or(u64::MAX);
    let mut text = String::new();
    input.take(most).read_to_string(&mut text).map_err(|why| format!("standard input can't be read: {why}"))?;
    let line = ended(&text);
    if line.contains(['\n', '\r']) {
        return Err("standard input holds more than one line: a password is one".into());
    }
    Ok(Secret::new(line.to_owned()))
}

fn ended(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::line_of;

    // C41
    #[test]
    fn a_password_by_a_pipe_loses_its_end_of_line_and_nothing_else() {
        for (input, password) in [("open sesame\n", "open sesame"), (" open \r\n", " open "), ("ä", "ä"), ("\n", "")]
        {
            assert_eq!(line_of(input.as_bytes()).unwrap().expose(), password);
        }
        assert!(line_of(&b"one\ntwo\n"[..]).is_err());
    }
}
