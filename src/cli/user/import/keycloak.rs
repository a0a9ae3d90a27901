//! Users of a Keycloak realm in an export: `users`, each with `credentials`.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The hash of a person's password, in the format of Passlib or argon2.
///
/// # Errors
/// Why no hash can be imported.
pub fn hash(user: &mut Map<String, Value>) -> Result<String, String> {
    if user.remove("enabled") == Some(Value::Bool(false)) {
        return Err("its \"enabled\" is false: the account is disabled in Keycloak, but could sign in here".into());
    }
    if let Some(Value::String(_)) = user.get("serviceAccountClientId") {
        return Err("it is a service account of Keycloak, not a person".into());
    }
    let Some(Value::Array(credentials)) = user.remove("credentials") else {
        return Err(NO_PASSWORD.into());
    };
    let of_password = |it: &&Value| it.get("type").and_then(Value::as_str) == Some("password");
    let password = credentials.iter().find(of_password).ok_or(NO_PASSWORD)?;
    if password.get("hashedSaltedValue").is_some() {
        return crypt_string(&read::<CredentialData>(password)?, &read::<SecretData>(password)?);
    }
    let (Some(secret), Some(data)) = (password.get("secretData"), password.get("credentialData")) else {
        return Err(match password.get("value") {
            Some(_) => "\"value\" in its \"credentials\" is a password in plain text: choose a new one".into(),
            None => "its \"credentials\" have no \"secretData\" and \"credentialData\"".into(),
        });
    };
    crypt_string(&read(data)?, &read(secret)?)
}

const NO_PASSWORD: &str = "its \"credentials\" have none of type \"password\"";

#[derive(Deserialize)]
struct SecretData {
    /// Up to Keycloak 7 it had another name.
    #[serde(alias = "hashedSaltedValue")]
    value: String,
    #[serde(default)]
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialData {
    algorithm: String,
    #[serde(default)]
    hash_iterations: u32,
    #[serde(default)]
    additional_parameters: Option<Argon2Parameters>,
}

/// Each is a list with one text.
#[derive(Deserialize, Default)]
struct Argon2Parameters {
    #[serde(default, rename = "type")]
    kind: Vec<String>,
    #[serde(default)]
    version: Vec<String>,
    #[serde(default)]
    memory: Vec<String>,
    #[serde(default)]
    parallelism: Vec<String>,
}

/// `secretData` and `credentialData` are JSON within a text.
fn read<T: for<'de> Deserialize<'de>>(value: &Value) -> Result<T, String> {
    let read = match value {
        Value::String(text) => serde_json::from_str(text),
        other => T::deserialize(other),
    };
    // The error's own message might quote a hash.
    read.map_err(|_| "its \"secretData\" or \"credentialData\" can't be read".into())
}

fn crypt_string(data: &CredentialData, secret: &SecretData) -> Result<String, String> {
    let (rounds, SecretData { value, salt }) = (data.hash_iterations, secret);
    match data.algorithm.as_str() {
        "pbkdf2" => Ok(format!("$pbkdf2${rounds}${salt}${value}")),
        "pbkdf2-sha256" | "pbkdf2-sha512" => Ok(format!("${}${rounds}${salt}${value}", data.algorithm)),
        "argon2" => {
            let argon = data.additional_parameters.as_ref().ok_or("its argon2 has no \"additionalParameters\"")?;
            let first = |list: &[String]| list.first().cloned().unwrap_or_default();
            let version = if first(&argon.version) == "1.0" { 16 } else { 19 };
            let (kind, memory, lanes) = (first(&argon.kind), first(&argon.memory), first(&argon.parallelism));
            Ok(format!("$argon2{kind}$v={version}$m={memory},t={rounds},p={lanes}${salt}${value}"))
        }
        "bcrypt" if value.starts_with("$2") => Ok(value.clone()),
        other => {
            let shown: String = other.chars().take(40).flat_map(char::escape_debug).collect();
            Err(format!(
                "the \"algorithm\" of its password is \"{shown}\", which is not supported: choose a new password"
            ))
        }
    }
}
