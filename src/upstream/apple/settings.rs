//! The keys of `kind = "apple"`.

use std::sync::Arc;

use crate::config::reader::{ConfigSecret, Fault, Section, parsed};
use crate::upstream::oauth_client::client_key::ClientKey;
use crate::upstream::oauth_client::settings::{ClientAuth, Credential, note_key_fault};
use crate::upstream::oauth_client::signed_secret::SignedSecret;
use crate::upstream::oidc::settings::{OidcSettings, ResponseMode, parse_with};

/// The settings of Sign in with Apple.
#[derive(Debug)]
pub struct AppleSettings {
    pub oidc: Arc<OidcSettings>,
    /// Every subject is the same for all clients of a team, and another one for each team.
    pub team_id: String,
}

/// Apple's name in a client secret.
const AUDIENCE: &str = "https://appleid.apple.com";

/// Keys of other clients.
const UNUSED: [&str; 4] = ["client_auth", "client_secret", "client_secret_file", "client_assertion_audience"];

const KEY_FIX: &str = "name the .p8 file that Apple gave you, unchanged; a new one comes from \
                       developer.apple.com, under Keys";

/// Apple answers all of these with `invalid_client`.
const REFUSED_FIX: &str = "this is an expired or wrong Apple key: see at developer.apple.com whether it has a key \
                           `client_key_id` that is not revoked, for the team `team_id`, and whether `client_id` is a \
                           Services ID of that team; Apple answers the same if our redirect address is not among its \
                           return URLs, or if the clock of this machine is wrong";

/// Reads the keys of this kind. Other code reads the keys that all kinds share.
pub fn parse(section: &mut Section) -> Option<AppleSettings> {
    for key in UNUSED {
        let fault = Fault::new("is not for Apple: its secret is made with `client_key_file`, for each request");
        section.reject_key(key, fault.fix("leave it out"));
    }
    let team_id = section.required("team_id", "\"A1B2C3D4E5\"", parsed(id));
    let key_id = section.required("client_key_id", "\"F6G7H8J9K0\"", parsed(id));
    let oidc = parse_with(section, |section| {
        let (key, place) = apple_key(section, key_id.clone())?;
        let secret =
            SignedSecret { key: Arc::new(key), issuer: team_id.clone()?, audience: AUDIENCE, fix: REFUSED_FIX };
        Some(Credential { auth: ClientAuth::SignedSecret(secret), secret: None, place })
    })?;
    let asks_for_more = oidc.client.scopes.iter().any(|scope| scope == "name" || scope == "email");
    if asks_for_more && oidc.response_mode == ResponseMode::Query {
        let fault = Fault::new("= \"query\" is refused by Apple together with the scopes name and email");
        section.note_fault("response_mode", fault.fix("leave it out"));
    }
    key_id?;
    Some(AppleSettings { oidc: Arc::new(oidc), team_id: team_id? })
}

/// The key, and where the config has it.
fn apple_key(section: &mut Section, key_id: Option<String>) -> Option<(ClientKey, String)> {
    if !section.has("client_key") && !section.has("client_key_file") {
        section.note_missing("client_key_file", "add client_key_file = \"apple.p8\"");
    }
    let ConfigSecret { value, place } = section.private_key("client_key")?;
    let fault = match ClientKey::read(&value, key_id) {
        Ok(key) if key.algorithm() == "ES256" => return Some((key, place)),
        Ok(_) => Fault::new("holds an RSA key, and Apple's keys are EC on the curve P-256"),
        Err(fault) => fault,
    };
    note_key_fault(section, fault.fix(KEY_FIX));
    None
}

/// The id of a team or of a key.
fn id(text: &str) -> Result<String, Fault> {
    let fits = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let fault = || Fault::new("must be ten capital letters and digits").fix("copy it from developer.apple.com");
    fits.then(|| text.to_owned()).ok_or_else(fault)
}
