//! Registers a client by an API: Mastodon's documentation, "apps API methods", which other servers of the fediverse
//! have, too.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::answer_words::{error_details, error_note, media_type_note};
use super::http::{Accept, Http, HttpError};
use super::probe_addresses::http_fix;
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::base::strict_json::Members;

/// The client that is registered.
#[derive(Debug)]
pub struct NewClient<'c> {
    /// The name that people see when the server asks for their consent.
    pub name: &'c str,
    pub redirect_address: &'c str,
    pub scopes: &'c [String],
    /// Where the name leads to.
    pub website: Option<&'c Url>,
}

/// A client that the server has registered.
#[derive(Debug)]
pub struct RegisteredClient {
    pub id: String,
    pub secret: Secret<String>,
}

/// Why there is no client. The text ends with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    #[error("{url} can't be asked ({}: {}); {}", why.phase, why.why, http_fix(why, "`host`"))]
    Unreachable { url: Url, why: HttpError },
    #[error("{url} registers nothing: its status is {}{words}; {}", status.as_u16(), fix(*status))]
    Refused { url: Url, status: StatusCode, words: String },
    #[error("{url} answers with no client: {why}; {OTHER_SERVER}")]
    Unusable { url: Url, why: String },
}

const OTHER_SERVER: &str = "check that `host` names the server as its addresses do";

/// What to do about a refusal.
fn fix(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => OTHER_SERVER,
        StatusCode::TOO_MANY_REQUESTS => "wait some minutes, and try again",
        _ if status.is_redirection() => "write in `host` the host that it leads to",
        _ if status.is_server_error() => "try again later, or ask the people who run that server",
        _ => "change what it names; if it does not know the scopes, it is an older version, with other settings",
    }
}

/// Registers the client. Makes one request: a second one would make a second client.
///
/// # Errors
/// When the server can't be asked, refuses, or gives no client.
pub async fn register(http: &Http, url: &Url, client: &NewClient<'_>) -> Result<RegisteredClient, RegistrationError> {
    let unreachable = |why| RegistrationError::Unreachable { url: url.clone(), why };
    let request = Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, Accept::Json)
        .body(client.to_form().into_bytes())
        .map_err(|why| RegistrationError::Unusable { url: url.clone(), why: why.to_string() })?;
    let answer = http.send_oauth2(request).await.map_err(unreachable)?;
    let nothing_secret = Redaction::default();
    if !answer.status().is_success() {
        let words = error_details(&answer, &nothing_secret);
        return Err(RegistrationError::Refused { url: url.clone(), status: answer.status(), words });
    }
    read(answer.body()).map_err(|why| {
        let why = format!("{why}{}", media_type_note(&answer, &nothing_secret));
        RegistrationError::Unusable { url: url.clone(), why }
    })
}

impl NewClient<'_> {
    fn to_form(&self) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("client_name", self.name);
        form.append_pair("redirect_uris", self.redirect_address);
        form.append_pair("scopes", &self.scopes.join(" "));
        if let Some(website) = self.website {
            form.append_pair("website", website.as_str());
        }
        form.finish()
    }
}

/// The client of an answer. An error quotes nothing of it but the server's words for an error: it may hold the secret
/// (security rule C56).
fn read(body: &[u8]) -> Result<RegisteredClient, String> {
    let body = readable(body);
    let members = Members::read(&body).map_err(|why| why.to_string())?;
    let member = |name: &str| match members.get(name) {
        Ok(Some(Value::String(text))) if is_credential(&text) => Ok(text),
        Ok(Some(_)) => Err(format!("its `{name}` is not a text of visible ASCII")),
        Ok(None) => Err(format!("it has no `{name}`{}", error_note(&members, &Redaction::default()))),
        Err(_) => Err(format!("its `{name}` can't be read")),
    };
    Ok(RegisteredClient { id: member("client_id")?, secret: Secret::new(member("client_secret")?) })
}

/// RFC 6749 appendices A.1 and A.2. A space is allowed there, but no server gives one.
fn is_credential(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::{NewClient, read};

    #[test]
    fn the_form_has_the_parameters_that_the_documentation_names() {
        let (scopes, website) = (["profile".to_owned(), "read:accounts".to_owned()], "https://a.example/".parse());
        let client = NewClient {
            name: "Sign-in & more",
            redirect_address: "https://auth.example.org/callback/mastodon",
            scopes: &scopes,
            website: website.as_ref().ok(),
        };
        assert_eq!(
            client.to_form(),
            "client_name=Sign-in+%26+more&redirect_uris=https%3A%2F%2Fauth.example.org%2Fcallback%2Fmastodon&\
             scopes=profile+read%3Aaccounts&website=https%3A%2F%2Fa.example%2F"
        );
        assert!(!NewClient { website: None, ..client }.to_form().contains("website"));
    }

    // C56
    #[test]
    fn an_answer_without_a_usable_client_is_an_error_that_quotes_no_secret() {
        for (body, expected) in [
            ("", "it is empty"),
            ("<html>", "it does not begin as an object"),
            (r#"{"client_id": "a"}"#, "it has no `client_secret`"),
            (r#"{"error": "no", "client_secret": "hunter2"}"#, "it has no `client_id`; it says: no"),
            (r#"{"client_id": "a b", "client_secret": "hunter2"}"#, "its `client_id` is not a text of visible ASCII"),
            (r#"{"client_id": "a", "client_secret": "hunter2\n"}"#, "its `client_secret` is not a text of visible"),
            (r#"{"client_id": "a", "client_secret": 7}"#, "its `client_secret` is not a text of visible ASCII"),
            (r#"{"client_id": "a", "client_id": "b", "client_secret": "hunter2"}"#, "its `client_id` can't be read"),
        ] {
            let why = read(body.as_bytes()).unwrap_err();
            assert!(why.starts_with(expected) && !why.contains("hunter2"), "{body}: {why}");
        }
    }
}
