//! The ID token and signed userinfo, good or with a defect.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use josekit::jwk::KeyPair as _;
use josekit::jws::{HS256, JwsSigner as _};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vestibule::base::secret::sha256;

use super::behaviour::Person;
use super::defects::{ClaimDefect, Defect, KeyDefect, Quirk, TextDefect};
use super::keys::{Keys, sign};

/// The data of an ID token.
pub struct IdTokenInput<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: Option<&'a str>,
    pub access_token: &'a str,
    /// The secret that an answer repeats.
    pub echoed: &'a str,
    pub person: &'a Person,
    pub claims: &'a Map<String, Value>,
    pub now: i64,
}

/// Writes the ID token, with at most one defect and one quirk.
pub fn id_token(input: &IdTokenInput<'_>, keys: &Keys, defect: Option<Defect>, quirk: Option<Quirk>) -> String {
    let mut claims = good_claims(input);
    let mut header = good_header(keys);
    if let Some(quirk) = quirk {
        apply_quirk(quirk, &mut header, &mut claims, input);
    }
    if defect.is_none() && quirk == Some(Quirk::BrokenDescriptions) {
        claims.unset("name");
        let broken = r#""name":"\ud83d","locale":1e999,"\udc00":1"#;
        let with = |members: &Map<String, Value>| format!("{{{broken},{}", &to_json(members)[1..]);
        return signed(&with(&header), &with(&claims), keys);
    }
    write(header, claims, defect, (keys, input))
}

/// Writes userinfo as a signed JWT (OpenID Connect Core §5.3.2), with at most one defect.
pub fn userinfo(input: &IdTokenInput<'_>, keys: &Keys, defect: Option<Defect>) -> String {
    write(good_header(keys), userinfo_claims(input), defect, (keys, input))
}

/// The same, with the repeated secret in place of this member of the header or the claims.
pub fn echoing_userinfo(input: &IdTokenInput<'_>, keys: &Keys, member: &str) -> String {
    echoing(userinfo_claims(input), input, keys, member)
}

/// An ID token with the repeated secret in place of this member.
pub fn echoing_id_token(input: &IdTokenInput<'_>, keys: &Keys, member: &str) -> String {
    echoing(good_claims(input), input, keys, member)
}

fn echoing(mut claims: Map<String, Value>, input: &IdTokenInput<'_>, keys: &Keys, member: &str) -> String {
    let (mut header, echo) = (good_header(keys), json!(input.echoed));
    match member {
        "alg" | "kid" | "typ" | "crit" => header.set(member, echo),
        "a claim's name" => claims.set(input.echoed, json!(1)),
        "an unreadable claim's name" => {
            let claims = to_json(&claims).replacen('{', &format!("{{\"{}\":1e999,", input.echoed), 1);
            return signed(&to_json(&header), &claims, keys);
        }
        _ => claims.set(member, echo),
    }
    signed(&to_json(&header), &to_json(&claims), keys)
}

fn good_header(keys: &Keys) -> Map<String, Value> {
    json!({"alg": keys.algorithm(), "kid": keys.kid()}).as_object().unwrap().clone()
}

fn userinfo_claims(input: &IdTokenInput<'_>) -> Map<String, Value> {
    let mut claims = good_claims(input);
    for name in ["nonce", "at_hash", "auth_time"] {
        claims.unset(name);
    }
    claims.extend(input.person.only_userinfo.clone());
    claims
}

fn write(
    header: Map<String, Value>,
    mut claims: Map<String, Value>,
    defect: Option<Defect>,
    (keys, input): (&Keys, &IdTokenInput<'_>),
) -> String {
    match defect {
        None => signed(&to_json(&header), &to_json(&claims), keys),
        Some(Defect::Key(defect)) => apply_key_defect(defect, header, &claims, keys, input),
        Some(Defect::Claim(defect)) => {
            apply_claim_defect(defect, &mut claims, input);
            signed(&to_json(&header), &to_json(&claims), keys)
        }
        Some(Defect::Text(defect)) => apply_text_defect(defect, &to_json(&header), &claims, keys),
    }
}

/// OpenID Connect Core §2.
fn good_claims(input: &IdTokenInput<'_>) -> Map<String, Value> {
    let mut claims = input.person.id_token();
    let hash = sha256(input.access_token.as_bytes());
    let required = [
        ("iss", json!(input.issuer)),
        ("aud", json!(input.client_id)),
        ("iat", json!(input.now)),
        ("exp", json!(input.now + 300)),
        ("auth_time", json!(input.now)),
        ("at_hash", json!(URL_SAFE_NO_PAD.encode(&hash[..16]))),
    ];
    claims.extend(required.map(|(name, value)| (name.to_owned(), value)));
    if let Some(nonce) = input.nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    claims.extend(input.claims.clone());
    claims.retain(|name, value| !(value.is_null() && input.claims.contains_key(name)));
    claims
}

fn apply_quirk(
    quirk: Quirk,
    header: &mut Map<String, Value>,
    claims: &mut Map<String, Value>,
    input: &IdTokenInput<'_>,
) {
    match quirk {
        Quirk::AudList => claims.set("aud", json!([input.client_id])),
        Quirk::AudManyAzpOurs => {
            claims.set("aud", json!(["another", input.client_id]));
            claims.set("azp", json!(input.client_id));
        }
        Quirk::AzpOurs => claims.set("azp", json!(input.client_id)),
        Quirk::NoAtHash => claims.unset("at_hash"),
        Quirk::NoAuthTime => claims.unset("auth_time"),
        Quirk::NoKid => header.unset("kid"),
        Quirk::TypJwt => header.set("typ", json!("JWT")),
        Quirk::TypMediaType => header.set("typ", json!("application/jwt")),
        Quirk::CtyJwt => header.set("cty", json!("JWT")),
        Quirk::ExpFarAway => claims.set("exp", json!(i64::MAX)),
        Quirk::IatSlightlyAhead => claims.set("iat", json!(input.now + 45)),
        Quirk::ExpJustPast => claims.set("exp", json!(input.now - 30)),
        Quirk::ExpWithFraction => claims.set("exp", serde_json::from_str(&format!("{}.5", input.now + 300)).unwrap()),
        // Written into the text by `id_token`.
        Quirk::BrokenDescriptions => {}
        Quirk::LongestSub => claims.set("sub", json!("x".repeat(255))),
        Quirk::OddDescriptions => {
            for (name, value) in [
                ("name", json!(1815)),
                ("address", json!([])),
                ("acr", json!(1)),
                ("amr", json!("pwd")),
                ("groups", json!({"staff": true})),
                ("phone_number_verified", json!("yes")),
                ("picture", json!({})),
                ("birthdate", json!(1815)),
            ] {
                claims.set(name, value);
            }
        }
        Quirk::Nulls => {
            for name in ["name", "email", "email_verified", "azp", "nbf", "at_hash", "address", "amr"] {
                claims.set(name, Value::Null);
            }
        }
        Quirk::AuthTimeText => claims.set("auth_time", json!(input.now.to_string())),
        Quirk::EmailVerifiedTextAlone => {
            claims.unset("email");
            claims.set("email_verified", json!("true"));
        }
        Quirk::UpdatedAtDate => claims.set("updated_at", json!("2026-11-22T21:04:05.678Z")),
    }
}

fn apply_claim_defect(defect: ClaimDefect, claims: &mut Map<String, Value>, input: &IdTokenInput<'_>) {
    let (now, client_id) = (input.now, input.client_id);
    match defect {
        ClaimDefect::IssOther => claims.set("iss", json!("https://another.example")),
        ClaimDefect::IssWithSlash => claims.set("iss", json!(format!("{}/", input.issuer))),
        ClaimDefect::IssMissing => claims.unset("iss"),
        ClaimDefect::AudOther => claims.set("aud", json!("another")),
        ClaimDefect::AudMissing => claims.unset("aud"),
        ClaimDefect::AudManyWithoutAzp => claims.set("aud", json!([client_id, "another"])),
        ClaimDefect::AudManyAzpOther => {
            claims.set("aud", json!([client_id, "another"]));
            claims.set("azp", json!("another"));
        }
        ClaimDefect::AzpOther => claims.set("azp", json!("another")),
        ClaimDefect::ExpPast => claims.set("exp", json!(now - 120)),
        ClaimDefect::ExpMissing => claims.unset("exp"),
        ClaimDefect::ExpDate => {
            let date = OffsetDateTime::from_unix_timestamp(now + 300).unwrap().format(&Rfc3339).unwrap();
            claims.set("exp", json!(date));
        }
        ClaimDefect::ExpText => claims.set("exp", json!((now + 300).to_string())),
        ClaimDefect::IatInFuture => claims.set("iat", json!(now + 600)),
        ClaimDefect::IatMissing => claims.unset("iat"),
        ClaimDefect::IatText => claims.set("iat", json!(now.to_string())),
        ClaimDefect::NbfInFuture => claims.set("nbf", json!(now + 600)),
        ClaimDefect::NbfText => claims.set("nbf", json!(now.to_string())),
        ClaimDefect::NonceMissing => claims.unset("nonce"),
        ClaimDefect::NonceOther => claims.set("nonce", json!("another")),
        ClaimDefect::NonceNumber => claims.set("nonce", json!(1)),
        ClaimDefect::AtHashOther => claims.set("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ClaimDefect::AtHashNumber => claims.set("at_hash", json!(1)),
        ClaimDefect::SubEmpty => claims.set("sub", json!("")),
        ClaimDefect::SubTooLong => claims.set("sub", json!("x".repeat(256))),
        ClaimDefect::SubNumber => claims.set("sub", json!(1815)),
        ClaimDefect::SubMissing => claims.unset("sub"),
        ClaimDefect::EmailVerifiedText => claims.set("email_verified", json!("true")),
    }
}

fn apply_key_defect(
    defect: KeyDefect,
    mut header: Map<String, Value>,
    claims: &Map<String, Value>,
    keys: &Keys,
    input: &IdTokenInput<'_>,
) -> String {
    let unpublished_key = || json!(Keys::other().to_jwk_public_key().as_ref());
    let (pair, change) = match defect {
        KeyDefect::SignedByAnother => (Keys::other(), None),
        KeyDefect::UnknownKid => (keys.current(), Some(("kid", json!("unheard-of")))),
        KeyDefect::EmbeddedJwk => (Keys::other(), Some(("jwk", unpublished_key()))),
        KeyDefect::Jku => (Keys::other(), Some(("jku", json!(format!("{}/stray", input.issuer))))),
        KeyDefect::X5u => (Keys::other(), Some(("x5u", json!(format!("{}/stray", input.issuer))))),
        KeyDefect::X5c => (Keys::other(), Some(("x5c", json!([STANDARD.encode(Keys::other().to_der_public_key())])))),
        KeyDefect::UnknownCrit => {
            header.set("unheard-of", json!(1));
            (keys.current(), Some(("crit", json!(["unheard-of"]))))
        }
        KeyDefect::TypLogout => (keys.current(), Some(("typ", json!("logout+jwt")))),
        KeyDefect::TypAccess => (keys.current(), Some(("typ", json!("at+jwt")))),
        KeyDefect::AlgNoneWithSignature => (keys.current(), Some(("alg", json!("none")))),
        KeyDefect::AlgNone => {
            header.set("alg", json!("none"));
            return format!("{}.", unsigned(&header, claims));
        }
        KeyDefect::SignatureDropped => return format!("{}.", unsigned(&header, claims)),
        KeyDefect::Hs256WithPublicKey => {
            return with_hmac(header, claims, &keys.current().to_pem_public_key());
        }
        KeyDefect::Hs256WithClientId => return with_hmac(header, claims, input.client_id.repeat(32).as_bytes()),
    };
    if let Some((name, value)) = change {
        header.set(name, value);
    }
    let text = unsigned(&header, claims);
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sign(pair, &text)))
}

fn with_hmac(mut header: Map<String, Value>, claims: &Map<String, Value>, key: &[u8]) -> String {
    header.set("alg", json!("HS256"));
    let text = unsigned(&header, claims);
    let signature = HS256.signer_from_bytes(key).unwrap().sign(text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn apply_text_defect(defect: TextDefect, header: &str, claims: &Map<String, Value>, keys: &Keys) -> String {
    let plain = to_json(claims);
    let with = |text: &str, more: &str| format!("{{{more},{}", &text[1..]);
    // A length of 3n + 2 bytes leaves unused bits in the last character.
    let spaced = |text: &str| format!("{text}{}", " ".repeat((5 - text.len() % 3) % 3));
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let join = |header: String, payload: String| {
        let text = format!("{header}.{payload}");
        let signature = URL_SAFE_NO_PAD.encode(sign(keys.current(), &text));
        format!("{text}.{signature}")
    };
    match defect {
        TextDefect::SubTwice => signed(header, &with(&plain, r#""sub":"mallory""#), keys),
        TextDefect::UnknownClaimTwice => signed(header, &with(&plain, r#""odd":1,"odd":2"#), keys),
        TextDefect::NestedTwice => signed(header, &with(&plain, r#""odd":{"a":1,"a":2}"#), keys),
        TextDefect::AlgTwice => signed(&with(header, r#""alg":"RS256""#), &plain, keys),
        TextDefect::UnknownHeaderTwice => signed(&with(header, r#""odd":1,"odd":2"#), &plain, keys),
        TextDefect::BytesAfterPayload => signed(header, &format!("{plain}{{}}"), keys),
        TextDefect::BytesAfterHeader => signed(&format!("{header}{{}}"), &plain, keys),
        TextDefect::PayloadNotAnObject => signed(header, &format!("[{plain}]"), keys),
        TextDefect::ExpTooLargeForANumber => {
            let exp = claims["exp"].to_string();
            signed(header, &plain.replacen(&format!("\"exp\":{exp}"), "\"exp\":1e400", 1), keys)
        }
        TextDefect::NonCanonicalHeader => join(with_unused_bits(&encoded(&spaced(header))), encoded(&plain)),
        TextDefect::NonCanonicalPayload => join(encoded(header), with_unused_bits(&encoded(&spaced(&plain)))),
        TextDefect::NonCanonicalSignature => with_unused_bits(&signed(header, &plain, keys)),
        TextDefect::PaddedPayload => join(encoded(header), URL_SAFE.encode(spaced(&plain))),
        TextDefect::FourParts => format!("{}.e30", signed(header, &plain, keys)),
        TextDefect::TwoParts => format!("{}.{}", encoded(header), encoded(&plain)),
    }
}

/// Sets the lowest bit of the last character, which encodes no byte. A lenient decoder reads the same bytes.
fn with_unused_bits(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = text.split_at(text.len() - 1);
    let at = LETTERS.iter().position(|letter| [*letter] == last.as_bytes()).unwrap();
    format!("{rest}{}", char::from(LETTERS[at | 1]))
}

fn signed(header: &str, payload: &str, keys: &Keys) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(keys.sign(&text));
    format!("{text}.{signature}")
}

fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(to_json(header)), URL_SAFE_NO_PAD.encode(to_json(claims)))
}

fn to_json(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).unwrap()
}

trait MapExt {
    fn set(&mut self, name: &str, value: Value);
    fn unset(&mut self, name: &str);
}

impl MapExt for Map<String, Value> {
    fn set(&mut self, name: &str, value: Value) {
        self.insert(name.into(), value);
    }

    fn unset(&mut self, name: &str) {
        self.remove(name);
    }
}
