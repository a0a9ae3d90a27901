//! The form of a signed token: three canonical parts. Its header chooses only among keys that we know.

use std::fmt;

use base64::{DecodeError, Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use serde_json::value::RawValue;

use super::RuleViolation;
use crate::base::readable_json::readable;
use crate::base::secret::Hash;
use crate::base::strict_json::Members;

/// The signature algorithms that the config can allow. `none` and HMAC are not among them, so no token can use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
    EdDsa,
}

impl Algorithm {
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    /// Its name in a header (RFC 7518 §3.1, RFC 8037 §3.1).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// RFC 9864 §2.2 also names `EdDSA` by its curve, `Ed25519`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The hash that `at_hash` uses with it (OpenID Connect Core §3.1.3.6; SHA-512 for Ed25519).
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Hash::Sha256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => Hash::Sha384,
            Self::Rs512 | Self::Ps512 | Self::Es512 | Self::EdDsa => Hash::Sha512,
        }
    }
}

/// What a provider signs for us. All kinds obey the same rules, and an error names the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// OpenID Connect Core §2.
    IdToken,
    /// OpenID Connect Core §5.3.2.
    Userinfo,
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IdToken => "the ID token",
            Self::Userinfo => "userinfo",
        })
    }
}

impl TokenKind {
    /// `part`: the part of the token that breaks the rule, such as "header".
    #[must_use]
    pub fn broken(
        self,
        rule: &'static str,
        part: &str,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> RuleViolation {
        RuleViolation::new(rule, format!("{part} of {self}"), expected, got)
    }
}

const HEADER: &str = "header";
const CLAIMS: &str = "claims";
/// Longest name of an algorithm that an error shows. If it were cut, the rest of a secret in it could not be recognised
/// (security rule C56).
const MAX_SHOWN_ALGORITHM: usize = 40;

/// A compact JWS with a valid form and header. Its signature is not yet checked.
#[derive(Debug)]
pub struct Jws {
    pub kind: TokenKind,
    pub algorithm: Algorithm,
    pub kid: Option<String>,
    /// The claims as text, not yet read.
    payload: String,
    /// The bytes that were signed (RFC 7515 §5.2): header and payload as they came.
    pub signed: String,
    pub signature: Vec<u8>,
}

impl Jws {
    /// Reads the form of a token.
    ///
    /// # Errors
    /// C10: an algorithm outside `allowed`. C11: a critical extension we don't know. C16: anything that two readers
    /// could understand differently. C18: a token of another kind.
    pub fn read(compact: &str, allowed: &[Algorithm], token: TokenKind) -> Result<Self, RuleViolation> {
        let mut parts = compact.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            // RFC 7516 §7.1
            let got = match compact.split('.').count() {
                5 => "five: it is encrypted, which is not supported; have the provider sign it only",
                _ => "another number of them",
            };
            return Err(token.broken("C16", "shape", "three parts", got));
        };
        let signed = format!("{header}.{payload}");
        let header = text(header, (token, HEADER))?;
        let header = members(&header, (token, HEADER))?;
        let payload = text(payload, (token, CLAIMS))?;
        let signature = canonical(signature, (token, "signature"))?;

        let algorithm = algorithm(&header, allowed, token)?;
        // RFC 7515 §4.1.11: `crit` names extensions that we must understand. We understand none.
        if header.has("crit") {
            let got = header.raw("crit").ok().flatten().map_or("", RawValue::get);
            return Err(token.broken("C11", "`crit`", "none", got));
        }
        // RFC 7515 §4.1.9: `JOSE` also names this form. A `typ` that is not text counts as none.
        let wrong_kind = |got: &str| token.broken("C18", "`typ`", "JWT or none", got);
        let typ = header.get("typ").map_err(|why| wrong_kind(&why.to_string()))?;
        match typ.as_ref().and_then(Value::as_str).map(media_type) {
            None | Some("") => {}
            Some(typ) if typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("JOSE") => {}
            Some(typ) => return Err(wrong_kind(typ)),
        }
        // `kid` only prefers a key: the signature decides. An empty `kid`, or one that is not text, prefers none.
        let kid = match header.get("kid") {
            Ok(Some(Value::String(kid))) if !kid.is_empty() => Some(kid),
            Ok(_) | Err(_) => None,
        };
        Ok(Self { kind: token, algorithm, kid, payload, signed, signature })
    }

    /// The claims, each still to be read. Call it only after the signature was checked (security rule C14).
    ///
    /// # Errors
    /// C16: no object, or a member named twice.
    pub fn claims(&self) -> Result<Members<'_>, RuleViolation> {
        members(&self.payload, (self.kind, CLAIMS))
    }
}

/// The algorithm that the header names, if it is allowed (security rule C10).
fn algorithm(header: &Members<'_>, allowed: &[Algorithm], kind: TokenKind) -> Result<Algorithm, RuleViolation> {
    let name = match header.get("alg") {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(Value::String(name))) => name,
        Ok(Some(_)) | Err(_) => return Err(kind.broken("C15", HEADER, "`alg` as text", "another type")),
    };
    let known = Algorithm::from_name(&name);
    known.filter(|algorithm| allowed.contains(algorithm)).ok_or_else(|| {
        let names: Vec<_> = allowed.iter().map(|algorithm| algorithm.as_str()).collect();
        let fix = match known {
            Some(_) => "have the provider sign with one of these, or add it to `algorithms`",
            None => "have the provider sign with one of these",
        };
        let length = name.chars().count();
        let name = if length <= MAX_SHOWN_ALGORITHM { name } else { format!("a name of {length} characters") };
        kind.broken("C10", "`alg`", names.join(" or "), format!("{name}; {fix}"))
    })
}

/// RFC 7515 §4.1.9: `application/` may be left out if no other slash follows.
fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        Some(_) | None => typ,
    }
}

/// The JSON of a part, made readable: a member that is broken must not hide the others (security rule C15).
fn text(encoded: &str, (kind, part): (TokenKind, &'static str)) -> Result<String, RuleViolation> {
    let bytes = canonical(encoded, (kind, part))?;
    let not_an_object = |got: &str| kind.broken("C16", part, "a JSON object", got);
    // RFC 7519 §5.2: `cty` announces a nested JWT. We ignore it and read the payload, which must be an object of
    // claims.
    if bytes.starts_with(b"eyJ") {
        return Err(not_an_object("a nested JWT, which is not supported"));
    }
    // `readable` would remove the NUL bytes.
    if bytes.ends_with(b"\0") {
        return Err(not_an_object("NUL after it"));
    }
    String::from_utf8(readable(&bytes).into_owned()).map_err(|why| not_an_object(&why.utf8_error().to_string()))
}

fn members<'t>(text: &'t str, (kind, part): (TokenKind, &'static str)) -> Result<Members<'t>, RuleViolation> {
    Members::read_signed(text).map_err(|why| kind.broken("C16", part, "a JSON object", why.to_string()))
}

/// RFC 4648 §3.5: the decoder refuses padding, foreign characters and stray trailing bits.
fn canonical(encoded: &str, (kind, part): (TokenKind, &'static str)) -> Result<Vec<u8>, RuleViolation> {
    let got = |why: DecodeError| match why {
        DecodeError::InvalidByte(at, byte) => format!("another byte, {byte:#04x} at {at}"),
        DecodeError::InvalidLength(length) => format!("{length} characters, which no bytes have"),
        DecodeError::InvalidLastSymbol(..) => "stray bits at its end".to_owned(),
        DecodeError::InvalidPadding => "padding".to_owned(),
    };
    URL_SAFE_NO_PAD.decode(encoded).map_err(|why| kind.broken("C16", part, "canonical base64url", got(why)))
}
