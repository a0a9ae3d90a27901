//! The form of a signed token: three canonical parts, and a header that chooses only among keys that we know.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::RuleViolation;
use crate::base::secret::Hash;
use crate::base::strict_json;

/// The signature algorithms that a provider may be allowed. `none` and HMAC are not among them, so no token can use
/// them.
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

/// A compact JWS with a valid form and header. Its signature is not yet checked.
#[derive(Debug)]
pub struct Jws {
    pub algorithm: Algorithm,
    pub kid: Option<String>,
    pub payload: Map<String, Value>,
    /// The bytes that were signed (RFC 7515 §5.2): header and payload as they came.
    pub signed: String,
    pub signature: Vec<u8>,
}

impl Jws {
    /// Reads the form of an ID token.
    ///
    /// # Errors
    /// C10: an algorithm outside `allowed`. C11: a critical extension we don't know. C16: anything that two readers
    /// could understand differently. C18: a token of another kind.
    pub fn read(compact: &str, allowed: &[Algorithm]) -> Result<Self, RuleViolation> {
        let mut parts = compact.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            // RFC 7516 §7.1
            let got = match compact.split('.').count() {
                5 => "five: it is encrypted, which is not supported; have the provider sign it only",
                _ => "another number of them",
            };
            return Err(RuleViolation::new("C16", "shape of the ID token", "three parts", got));
        };
        let signed = format!("{header}.{payload}");
        let header = json(header, "header of the ID token")?;
        let payload = json(payload, "claims of the ID token")?;
        let signature = canonical(signature, "signature of the ID token")?;

        let name = text(&header, "alg")?.unwrap_or("nothing");
        let algorithm =
            Algorithm::from_name(name).filter(|algorithm| allowed.contains(algorithm)).ok_or_else(|| {
                let names: Vec<_> = allowed.iter().map(|algorithm| algorithm.as_str()).collect();
                let fix = match Algorithm::from_name(name) {
                    Some(_) => "have the provider sign with one of these, or add it to `algorithms`",
                    None => "have the provider sign with one of these",
                };
                let name: String = name.chars().take(40).collect();
                RuleViolation::new("C10", "`alg` of the ID token", names.join(" or "), format!("{name}; {fix}"))
            })?;
        // RFC 7515 §4.1.11: `crit` names extensions that we must understand. We understand none.
        if let Some(crit) = header.get("crit").filter(|crit| !crit.is_null()) {
            return Err(RuleViolation::new("C11", "`crit` of the ID token", "none", crit.to_string()));
        }
        // RFC 7515 §4.1.9: `JOSE` also names this form. A `typ` that is not text counts as none.
        match header.get("typ").and_then(Value::as_str).map(media_type) {
            None | Some("") => {}
            Some(kind) if kind.eq_ignore_ascii_case("JWT") || kind.eq_ignore_ascii_case("JOSE") => {}
            Some(kind) => return Err(RuleViolation::new("C18", "`typ` of the ID token", "JWT or none", kind)),
        }
        // `kid` only prefers a key: the signature decides. An empty `kid`, or one that is not text, prefers none.
        let kid = header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()).map(str::to_owned);
        Ok(Self { algorithm, kid, payload, signed, signature })
    }
}

/// RFC 7515 §4.1.9: `application/` may be left out if no other slash follows.
fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        Some(_) | None => typ,
    }
}

fn text<'h>(header: &'h Map<String, Value>, name: &'static str) -> Result<Option<&'h str>, RuleViolation> {
    match header.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => {
            Err(RuleViolation::new("C15", "header of the ID token", format!("`{name}` as text"), "another type"))
        }
    }
}

fn json(part: &str, what: &'static str) -> Result<Map<String, Value>, RuleViolation> {
    let bytes = canonical(part, what)?;
    // RFC 7519 §5.2: `cty` announces a nested JWT. We ignore it and read the payload, which must be an object of
    // claims.
    if bytes.starts_with(b"eyJ") {
        return Err(RuleViolation::new("C16", what, "a JSON object", "a nested JWT, which is not supported"));
    }
    strict_json::object(&bytes).map_err(|why| RuleViolation::new("C16", what, "a JSON object", why.to_string()))
}

/// RFC 4648 §3.5: the decoder refuses padding, foreign characters and stray trailing bits.
fn canonical(part: &str, what: &'static str) -> Result<Vec<u8>, RuleViolation> {
    URL_SAFE_NO_PAD.decode(part).map_err(|why| RuleViolation::new("C16", what, "canonical base64url", why.to_string()))
}
