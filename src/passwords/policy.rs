//! Which passwords an account may take: long ones that are hard to guess.
//!
//! There are no rules about letters, digits and signs: they make passwords worse (NIST SP 800-63B-4 §3.1.1.2).

use crate::base::secret::Secret;
use crate::base::username::folded;
use crate::signin::identify::password::{Credentials, InvalidCredentials};

/// Fewest characters of a new password.
pub const MIN_LENGTH: usize = 12;
/// A password that is found in fewer guesses is common: it is near the top of the lists of stolen passwords.
const MIN_GUESSES: u64 = 1_000_000;

/// Why a password is too easy to guess. Shows nothing of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("a password has {MIN_LENGTH} characters or more; a few words in a row make a good one")]
    TooShort,
    #[error(
        "that password is one of the first that anybody would guess; a few words that don't belong together make a \
         good one"
    )]
    Common,
    #[error(
        "that password is made of your own name or e-mail address, which anybody would guess first; take a few words \
         that don't belong together"
    )]
    AboutPerson,
}

/// Whether an account may take this password. One that can't be typed at a sign-in (security rule C41) is refused, and
/// so is one that is easy to guess. `about` is what others know of the person, such as their name and e-mail address.
///
/// # Errors
/// Why the account may not take it.
pub fn check(password: &Secret<String>, about: &[&str]) -> Result<(), PasswordPolicyError> {
    Credentials::parse("somebody".to_owned(), password.clone())?;
    Ok(check_strength(password.expose(), about)?)
}

fn check_strength(password: &str, about: &[&str]) -> Result<(), Weak> {
    if password.chars().count() < MIN_LENGTH {
        return Err(Weak::TooShort);
    }
    let about: Vec<&str> = about.iter().flat_map(|text| std::iter::once(*text).chain(text.split('@'))).collect();
    let same = |text: &&str| folded(text) == folded(password);
    if about.iter().any(same) || is_made_of(password, &about) {
        return Err(Weak::AboutPerson);
    }
    if zxcvbn::zxcvbn(password, &[]).guesses() < MIN_GUESSES {
        return Err(Weak::Common);
    }
    if zxcvbn::zxcvbn(password, &about).guesses() < MIN_GUESSES {
        return Err(Weak::AboutPerson);
    }
    Ok(())
}

/// Whether the password is little more than words that others know of the person: `grace grace grace`.
fn is_made_of(password: &str, about: &[&str]) -> bool {
    /// Shorter words are parts of many others.
    const MIN_WORD_LENGTH: usize = 3;
    /// This many letters and digits besides those words are enough.
    const ENOUGH: usize = 6;
    let mut words: Vec<String> = about
        .iter()
        .flat_map(|text| folded(text).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    words.retain(|word| word.chars().count() >= MIN_WORD_LENGTH);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let password = folded(password);
    let rest = words.iter().fold(password.clone(), |rest, word| rest.replace(word.as_str(), " "));
    rest != password && rest.chars().filter(|c| c.is_alphanumeric()).count() < ENOUGH
}

/// Why an account may not take a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordPolicyError {
    #[error(transparent)]
    Unusable(#[from] InvalidCredentials),
    #[error(transparent)]
    Weak(#[from] Weak),
}

#[cfg(test)]
mod tests {
    use super::{Weak, check_strength};

    const GRACE: [&str; 2] = ["grace-hopper", "grace.hopper@example.org"];

    #[test]
    fn a_password_of_eleven_characters_is_too_short() {
        assert_eq!(check_strength("kX9!vq#2Lpä", &[]), Err(Weak::TooShort));
        assert_eq!(check_strength("kX9!vq#2Lpää", &[]), Ok(()));
        assert_eq!(check_strength("äääääääääää", &[]), Err(Weak::TooShort), "characters count, not bytes");
    }

    #[test]
    fn a_common_password_is_refused() {
        let common = [
            "password1234",
            "123456789012",
            "qwertyuiop123",
            "aaaaaaaaaaaa",
            "PasswordPassword",
            "P@ssw0rd1234",
            "abcdefghijkl",
        ];
        for password in common {
            assert_eq!(check_strength(password, &GRACE), Err(Weak::Common), "{password}");
        }
    }

    #[test]
    fn the_persons_own_name_is_refused_in_upper_and_lower_case() {
        for password in [
            "grace-hopper",
            "GRACE-HOPPER",
            "grace.hopper@example.org",
            "Grace.Hopper",
            "grace-hopper1",
            "grace grace grace",
            "Hopper2024Hopper",
            "grace!grace!grace!",
        ] {
            assert_eq!(check_strength(password, &GRACE), Err(Weak::AboutPerson), "{password}");
        }
        for password in ["grace likes purple elephants", "hopper 8347 2983 1192"] {
            assert_eq!(check_strength(password, &GRACE), Ok(()), "{password}");
        }
        assert_eq!(check_strength("grace-hopper", &[]), Ok(()), "another person's name counts as any other word");
    }

    // NIST SP 800-63B-4 §3.1.1.2
    #[test]
    fn a_long_password_needs_no_digits_and_no_signs() {
        for password in
            ["purple elephants dance", "correct horse battery staple", "дом на краю леса", "         x         y  z"]
        {
            assert_eq!(check_strength(password, &GRACE), Ok(()), "{password}");
        }
    }

    // C41: passwords of 64 characters and more are accepted
    #[test]
    fn a_very_long_password_is_accepted() {
        let words = ["purple", "elephants", "dance", "correct", "horse", "battery", "staple"];
        let long = words.iter().cycle().take(137).copied().collect::<Vec<_>>().join(" ");
        assert!(long.len() > 1_000 && long.len() < 1_024, "{}", long.len());
        assert_eq!(check_strength(&long, &GRACE), Ok(()));
    }
}
