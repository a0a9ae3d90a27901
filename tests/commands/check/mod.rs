//! `vestibule check` as an operator runs it: the binary in a folder, with a fake provider.

mod address;
mod client_key;
mod config;
mod database;
mod identities;
mod presets;
mod provider;
mod provider_keys;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use support::provider::{Answer, FakeProvider, IssuerPromise};

use crate::installation::{Installation, process_in};

/// A valid config whose provider has this issuer.
fn config(issuer: &str) -> String {
    format!(
        r#"[server]
public_url = "http://localhost:1"
listen = "127.0.0.1:0"
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
allow_private = true
issuer = "{issuer}"
client_id = "vestibule"
client_secret = "s3cret-of-uni"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
[[app.allow]]
"#
    )
}

/// A provider with little more metadata than OpenID Connect Discovery requires, and without a signed-in person.
async fn provider() -> FakeProvider {
    let provider = FakeProvider::start().await;
    provider.behave(|behaviour| {
        behaviour.answer = Answer::Error("login_required".to_owned());
        behaviour.promise = IssuerPromise::NotGiven;
        behaviour.keys = Some(json!([key()]));
        for left_out in ["userinfo_endpoint", "response_modes_supported", "token_endpoint_auth_methods_supported"] {
            behaviour.metadata.insert(left_out.to_owned(), Value::Null);
        }
        let algorithms = json!(["ES256", "RS256"]);
        behaviour.metadata.insert("id_token_signing_alg_values_supported".to_owned(), algorithms);
    });
    provider
}

async fn check_async(folder: &Path) -> CheckOutput {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || check(&folder, &[])).await.unwrap()
}

async fn provider_and_installation() -> (FakeProvider, Installation) {
    let provider = provider().await;
    let installation = Installation::with_config(&config(provider.issuer()));
    (provider, installation)
}

/// A public key for ES256: that of RFC 7517 appendix A.1.
fn key() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "use": "sig",
    })
}

/// The command's output, and whether it found nothing wrong.
struct CheckOutput {
    text: String,
    succeeded: bool,
}

fn check(folder: &Path, options: &[&str]) -> CheckOutput {
    let Output { status, stdout, stderr } = process_in(folder, &["check"]).args(options).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stderr), "");
    CheckOutput { text: String::from_utf8(stdout).unwrap(), succeeded: status.success() }
}

impl CheckOutput {
    /// The only line that begins with `start`.
    fn line(&self, start: &str) -> &str {
        let found: Vec<&str> = self.text.lines().filter(|line| line.starts_with(start)).collect();
        let [line] = found.as_slice() else { panic!("{} lines begin with {start:?} in:\n{}", found.len(), self.text) };
        line
    }

    /// The lines of one verdict.
    fn lines_with(&self, verdict: &str) -> Vec<&str> {
        self.text.lines().filter(|line| line.starts_with(verdict)).collect()
    }
}
