//! Password hashes of other programs: recognises them, refuses some with a reason, and compares passwords with the
//! others.
//!
//! A hash that would need minutes or gigabytes is refused, in an import and so at a sign-in, too.

mod argon;
mod bcrypt;
mod braced;
mod crypt;
mod derived;
mod galene;
mod salted;
mod text;

use std::fmt;

use super::unicode::composed;

/// The known forms, for messages.
pub const FORMS: &str = "argon2 ($argon2id$, i, d), bcrypt ($2a$, $2b$, $2y$), scrypt, PBKDF2 (also Django's, \
                         Werkzeug's, {PBKDF2-SHA256}, {PBKDF2_SHA256}, Dovecot's and Galène's JSON), yescrypt ($y$), \
                         SHA-crypt ($5$, $6$), MD5-crypt ($1$, $apr1$), {SSHA}, {SSHA256}, {SSHA512}, and {CRYPT} \
                         before one of these";

/// A hash that passwords can be compared with. Its `Debug` does not show the hash.
pub struct Foreign(Scheme);

enum Scheme {
    Argon(argon::Argon),
    Bcrypt(bcrypt::Bcrypt),
    Crypt(crypt::Crypt),
    Derived(derived::Derived),
    Salted(salted::Salted),
}

/// Why a text is not a usable hash. Never shows the text, which may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAHash {
    #[error("there is no hash")]
    Empty,
    #[error("the account was locked where it comes from, or had no password there")]
    Locked,
    #[error("this is a hash of no form that is known here, or a password in the clear")]
    Unknown,
    #[error("{0} is a password in the clear: whoever saw the list knows it, so choose a new one")]
    InTheClear(&'static str),
    #[error("{0} has no salt, so ready-made lists undo it in no time: choose a new password")]
    Unsalted(&'static str),
    #[error("{0} is undone in no time by today's machines: choose a new password")]
    Broken(&'static str),
    #[error("{0} is not taken: choose a new password")]
    NotTaken(&'static str),
    #[error("{0} says that the hash is kept elsewhere: take the list from there")]
    KeptElsewhere(&'static str),
    #[error("{scheme}: {what}; it may have been cut off")]
    Damaged { scheme: &'static str, what: &'static str },
    #[error("{scheme}: {what}: so costly that a few sign-ins would take up the whole machine: choose a new password")]
    TooCostly { scheme: &'static str, what: String },
}

/// How a hash begins, and what reads it. The first fitting row counts.
type Reader = fn(&str) -> Result<Scheme, NotAHash>;
const BY_BEGINNING: &[(&str, Reader)] = &[
    ("$argon2", |text| argon::read(text).map(Scheme::Argon)),
    ("$2", |text| bcrypt::read(text).map(Scheme::Bcrypt)),
    ("$1$", |text| crypt::md5(text).map(Scheme::Crypt)),
    ("$apr1$", |text| crypt::md5(text).map(Scheme::Crypt)),
    ("$5$", |text| crypt::sha(text).map(Scheme::Crypt)),
    ("$6$", |text| crypt::sha(text).map(Scheme::Crypt)),
    ("$y$", |text| crypt::yes(text).map(Scheme::Crypt)),
    ("$pbkdf2", |text| derived::pbkdf2_phc(text).map(Scheme::Derived)),
    ("$scrypt$", |text| derived::scrypt_phc(text).map(Scheme::Derived)),
    // Django's.
    ("argon2$", |text| argon::read(text.trim_start_matches("argon2")).map(Scheme::Argon)),
    ("bcrypt$", |text| bcrypt::read(text.trim_start_matches("bcrypt$")).map(Scheme::Bcrypt)),
    ("bcrypt_sha256$", |text| bcrypt::read_of_sha256(text.trim_start_matches("bcrypt_sha256$")).map(Scheme::Bcrypt)),
    ("pbkdf2_", |text| derived::pbkdf2_django(text).map(Scheme::Derived)),
    ("scrypt$", |text| derived::scrypt_django(text).map(Scheme::Derived)),
    // Werkzeug's, and so Flask's.
    ("pbkdf2:", |text| derived::pbkdf2_werkzeug(text).map(Scheme::Derived)),
    ("scrypt:", |text| derived::scrypt_werkzeug(text).map(Scheme::Derived)),
    ("{", |text| braced::read(text)),
    // WordPress's since 6.8, and before.
    ("$wp$2", |_| Err(NotAHash::NotTaken("WordPress's ($wp$2y$)"))),
    ("$p$", |_| Err(NotAHash::NotTaken("phpass ($P$)"))),
    ("$h$", |_| Err(NotAHash::NotTaken("phpass ($H$)"))),
    ("$s$", |_| Err(NotAHash::NotTaken("Drupal's ($S$)"))),
    ("$7$", |_| Err(NotAHash::NotTaken("scrypt of crypt(3) ($7$)"))),
    ("$gy$", |_| Err(NotAHash::NotTaken("gost-yescrypt ($gy$)"))),
    ("$bcrypt-sha256$", |_| Err(NotAHash::NotTaken("Passlib's bcrypt over SHA-256"))),
    ("$3$", |_| Err(NotAHash::Unsalted("a hash of Windows ($3$)"))),
    // PostgreSQL's and SQL Server's.
    ("scram-sha-256$", |_| Err(NotAHash::NotTaken("SCRAM of PostgreSQL"))),
    ("0x0100", |_| Err(NotAHash::NotTaken("a hash of SQL Server"))),
    ("0x0200", |_| Err(NotAHash::NotTaken("a hash of SQL Server"))),
];

/// Recognises a hash by its form.
///
/// # Errors
/// Why passwords can't be compared with it.
pub fn recognise(hash: &str) -> Result<Foreign, NotAHash> {
    let hash = hash.trim();
    if hash.is_empty() {
        return Err(NotAHash::Empty);
    }
    // MySQL's before 8.0: SHA-1 twice over, in hex.
    if hash.strip_prefix('*').is_some_and(|rest| rest.len() == 40 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(NotAHash::Unsalted("a hash of MySQL"));
    }
    // `/etc/shadow` (shadow(5)): no hash of crypt(3) begins so.
    if hash.starts_with(['!', '*']) {
        return Err(NotAHash::Locked);
    }
    // `/etc/passwd` (passwd(5)) has this letter in place of the hash.
    if hash == "x" {
        return Err(NotAHash::KeptElsewhere("the x of /etc/passwd"));
    }
    let begins = |with: &str| hash.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    match BY_BEGINNING.iter().find(|(beginning, _)| begins(beginning)) {
        Some((_, read)) => read(hash).map(Foreign),
        None if crypt::looks_like_des(hash) => Err(NotAHash::Broken("a hash of old Unix crypt (DES)")),
        None if matches!(hash.len(), 32 | 40 | 64 | 96 | 128) && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Err(NotAHash::Unsalted("a bare digest"))
        }
        None => Err(NotAHash::Unknown),
    }
}

impl Foreign {
    /// The name of its scheme.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match &self.0 {
            Scheme::Argon(_) => "argon2",
            Scheme::Bcrypt(_) => "bcrypt",
            Scheme::Crypt(it) => it.name(),
            Scheme::Derived(it) => it.name(),
            Scheme::Salted(it) => it.name(),
        }
    }

    /// Whether it is the hash of this password. Takes a core for a while, as long for a wrong password as for the right
    /// one.
    #[must_use]
    pub fn verify(&self, password: &str) -> bool {
        // The other program may have got another Unicode form: first as typed, then as ours are hashed.
        let composed = composed(password);
        self.is_of(password.as_bytes()) || (composed != password && self.is_of(composed.as_bytes()))
    }

    fn is_of(&self, password: &[u8]) -> bool {
        match &self.0 {
            Scheme::Argon(it) => it.is_of(password),
            Scheme::Bcrypt(it) => it.is_of(password),
            Scheme::Crypt(it) => it.is_of(password),
            Scheme::Derived(it) => it.is_of(password),
            Scheme::Salted(it) => it.is_of(password),
        }
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({})", self.scheme())
    }
}

/// `{CRYPT}`: what crypt(3) reads.
fn crypted(text: &str) -> Result<Scheme, NotAHash> {
    // Only one level: a person who may write their own hash in a directory could nest it a hundred thousand times.
    if text.trim_start().starts_with('{') {
        return Err(NotAHash::Unknown);
    }
    match recognise(text)?.0 {
        it @ (Scheme::Crypt(_) | Scheme::Bcrypt(_)) => Ok(it),
        Scheme::Argon(_) | Scheme::Derived(_) | Scheme::Salted(_) => Err(NotAHash::Unknown),
    }
}

#[cfg(test)]
mod tests;
