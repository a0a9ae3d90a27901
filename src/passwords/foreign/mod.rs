//! Password hashes of other programs: recognises them, refuses some with a reason, and compares passwords with the
//! others.
//!
//! A hash that would need minutes or gigabytes is refused, in an import and at a sign-in.

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
                         Werkzeug's, {PBKDF2-SHA256}, {PBKDF2_SHA256}, Dovecot's and Galène's JSON), argon2 and bcrypt \
                         as Nextcloud writes them (1|, 2|, 3|), yescrypt ($y$), \
                         SHA-crypt ($5$, $6$), MD5-crypt ($1$, $apr1$), {SSHA}, {SSHA256}, {SSHA512}, and {CRYPT} \
                         before one of these";

/// A hash that passwords can be compared with. Its `Debug` does not show the hash.
pub struct ForeignHash(Scheme);

enum Scheme {
    Argon(argon::Argon),
    Bcrypt(bcrypt::Bcrypt),
    Crypt(crypt::Crypt),
    Derived(derived::Derived),
    Salted(salted::Salted),
}

/// Why a text is not a usable hash. Never shows the text, which may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedHash {
    #[error("there is no hash")]
    Empty,
    #[error("the account was locked in the system that the list comes from, or had no password there")]
    Locked,
    #[error("this is not a hash of a known form, or it is a password in plain text")]
    Unknown,
    #[error("{0} is a password in plain text: anybody who saw the list knows it, so choose a new one")]
    Plaintext(&'static str),
    #[error("{0} has no salt, so it can be looked up in precomputed tables: choose a new password")]
    Unsalted(&'static str),
    #[error("{0} can be cracked quickly by today's machines: choose a new password")]
    Broken(&'static str),
    #[error("{0} is not supported: choose a new password")]
    UnsupportedScheme(&'static str),
    #[error("{0} says that the hash is kept elsewhere: take the list from there")]
    StoredElsewhere(&'static str),
    #[error("{scheme}: {what}; it may have been cut off")]
    Damaged { scheme: &'static str, what: &'static str },
    #[error("{scheme}: {what}: so costly that a few sign-ins would overload the machine: choose a new password")]
    TooCostly { scheme: &'static str, what: String },
}

type Reader = fn(&str) -> Result<Scheme, UnsupportedHash>;
/// How a hash begins, and the function that reads it. The first match wins.
const READERS_BY_PREFIX: &[(&str, Reader)] = &[
    ("$argon2", |text| argon::read(text).map(Scheme::Argon)),
    ("$2", |text| bcrypt::read(text).map(Scheme::Bcrypt)),
    ("$1$", |text| crypt::read_md5_crypt(text).map(Scheme::Crypt)),
    ("$apr1$", |text| crypt::read_md5_crypt(text).map(Scheme::Crypt)),
    ("$5$", |text| crypt::read_sha_crypt(text).map(Scheme::Crypt)),
    ("$6$", |text| crypt::read_sha_crypt(text).map(Scheme::Crypt)),
    ("$y$", |text| crypt::read_yescrypt(text).map(Scheme::Crypt)),
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
    // Nextcloud's: the number of PHP's algorithm, and what `password_hash` wrote.
    ("1|$2", |text| bcrypt::read(text.trim_start_matches("1|")).map(Scheme::Bcrypt)),
    ("2|$argon2", |text| argon::read(text.trim_start_matches("2|")).map(Scheme::Argon)),
    ("3|$argon2", |text| argon::read(text.trim_start_matches("3|")).map(Scheme::Argon)),
    // WordPress's since 6.8, and before.
    ("$wp$2", |_| Err(UnsupportedHash::UnsupportedScheme("WordPress's ($wp$2y$)"))),
    ("$p$", |_| Err(UnsupportedHash::UnsupportedScheme("phpass ($P$)"))),
    ("$h$", |_| Err(UnsupportedHash::UnsupportedScheme("phpass ($H$)"))),
    ("$s$", |_| Err(UnsupportedHash::UnsupportedScheme("Drupal's ($S$)"))),
    ("$7$", |_| Err(UnsupportedHash::UnsupportedScheme("scrypt of crypt(3) ($7$)"))),
    ("$gy$", |_| Err(UnsupportedHash::UnsupportedScheme("gost-yescrypt ($gy$)"))),
    ("$bcrypt-sha256$", |_| Err(UnsupportedHash::UnsupportedScheme("Passlib's bcrypt over SHA-256"))),
    ("$3$", |_| Err(UnsupportedHash::Unsalted("a hash of Windows ($3$)"))),
    // MySQL's since 8.0: the digest, the cost, the salt.
    ("$a$", |_| Err(UnsupportedHash::UnsupportedScheme("caching_sha2_password of MySQL 8 ($A$)"))),
    // PostgreSQL's and SQL Server's.
    ("scram-sha-256$", |_| Err(UnsupportedHash::UnsupportedScheme("SCRAM of PostgreSQL"))),
    ("0x0100", |_| Err(UnsupportedHash::UnsupportedScheme("a hash of SQL Server"))),
    ("0x0200", |_| Err(UnsupportedHash::UnsupportedScheme("a hash of SQL Server"))),
];

/// Recognises a hash by its form.
///
/// # Errors
/// Why passwords can't be compared with it.
pub fn recognise(hash: &str) -> Result<ForeignHash, UnsupportedHash> {
    let hash = hash.trim();
    if hash.is_empty() {
        return Err(UnsupportedHash::Empty);
    }
    // MySQL's before 8.0: SHA-1 twice over, in hex.
    if hash.strip_prefix('*').is_some_and(|rest| rest.len() == 40 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(UnsupportedHash::Unsalted("a hash of MySQL"));
    }
    // `/etc/shadow` (shadow(5)): no hash of crypt(3) begins with these characters.
    if hash.starts_with(['!', '*']) {
        return Err(UnsupportedHash::Locked);
    }
    // `/etc/passwd` (passwd(5)) has this letter in place of the hash.
    if hash == "x" {
        return Err(UnsupportedHash::StoredElsewhere("the x of /etc/passwd"));
    }
    let begins = |with: &str| hash.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    match READERS_BY_PREFIX.iter().find(|(beginning, _)| begins(beginning)) {
        Some((_, read)) => read(hash).map(ForeignHash),
        None if crypt::looks_like_des(hash) => Err(UnsupportedHash::Broken("a hash of old Unix crypt (DES)")),
        None if matches!(hash.len(), 32 | 40 | 64 | 96 | 128) && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Err(UnsupportedHash::Unsalted("a bare digest"))
        }
        None => Err(UnsupportedHash::Unknown),
    }
}

/// Whether a text is certainly a hash, even if passwords can't be compared with it. A name is never taken for one: some
/// names have the form of an old hash without a prefix.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    use UnsupportedHash::{
        Broken, Damaged, Empty, Locked, Plaintext, StoredElsewhere, TooCostly, Unknown, Unsalted, UnsupportedScheme,
    };
    let text = text.trim();
    match recognise(text) {
        Ok(_) | Err(Plaintext(_) | UnsupportedScheme(_) | Damaged { .. } | TooCostly { .. }) => true,
        Err(Unsalted(_) | Broken(_)) => text.starts_with(['$', '{', '*']),
        // A locked hash has these characters before it. All of them are removed at once: a text may hold a million.
        Err(Locked) => is_hash(text.trim_start_matches(|c: char| matches!(c, '!' | '*') || c.is_whitespace())),
        Err(Empty | Unknown | StoredElsewhere(_)) => false,
    }
}

/// Whether a text may be a hash, or hold one. Some names do, too.
#[must_use]
pub fn may_hold_hash(text: &str) -> bool {
    text.contains(['$', '{']) || !matches!(recognise(text), Err(UnsupportedHash::Empty | UnsupportedHash::Unknown))
}

impl ForeignHash {
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
        // The other program may have hashed another Unicode form. Try the password as typed, and then in the form that
        // we hash.
        let composed = composed(password);
        self.matches(password.as_bytes()) || (composed != password && self.matches(composed.as_bytes()))
    }

    fn matches(&self, password: &[u8]) -> bool {
        match &self.0 {
            Scheme::Argon(it) => it.matches(password),
            Scheme::Bcrypt(it) => it.matches(password),
            Scheme::Crypt(it) => it.matches(password),
            Scheme::Derived(it) => it.matches(password),
            Scheme::Salted(it) => it.matches(password),
        }
    }
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({})", self.scheme())
    }
}

/// Reads what follows `{CRYPT}`: a hash of crypt(3).
fn read_crypt(text: &str) -> Result<Scheme, UnsupportedHash> {
    // Only one level: people who can write their own hash in a directory could nest it a hundred thousand times.
    if text.trim_start().starts_with('{') {
        return Err(UnsupportedHash::Unknown);
    }
    match recognise(text)?.0 {
        it @ (Scheme::Crypt(_) | Scheme::Bcrypt(_)) => Ok(it),
        Scheme::Argon(_) | Scheme::Derived(_) | Scheme::Salted(_) => Err(UnsupportedHash::Unknown),
    }
}

#[cfg(test)]
mod tests;
