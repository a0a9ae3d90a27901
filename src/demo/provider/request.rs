//! Checks authorization requests (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.2, RFC 9700 §2.1).

use std::collections::{HashMap, HashSet};

use super::Settings;
use super::answer::{AuthorizationError, ResponseMode, ResponseTarget};
use super::pages::Trouble;
use super::scopes::Scopes;
use super::site::Site;
use crate::web::pages::Language;

/// The parameters of a request by query or form. An empty value counts as none (RFC 6749 §3.1).
pub struct Parameters {
    values: HashMap<String, String>,
    repeated: HashSet<String>,
}

impl Parameters {
    pub fn parse(encoded: &[u8]) -> Self {
        let (mut values, mut repeated) = (HashMap::new(), HashSet::new());
        for (name, value) in url::form_urlencoded::parse(encoded).filter(|(_, value)| !value.is_empty()) {
            if values.insert(name.to_string(), value.into_owned()).is_some() {
                repeated.insert(name.into_owned());
            }
        }
        Self { values, repeated }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// One that was sent exactly once.
    fn single(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|_| !self.repeated.contains(name))
    }

    /// RFC 6749 §3.1, §3.2: no parameter may be given more than once.
    pub fn has_repeated(&self) -> bool {
        !self.repeated.is_empty()
    }
}

/// A request that can be answered with a code.
#[derive(Debug)]
pub struct Request {
    pub target: ResponseTarget,
    pub scopes: Scopes,
    pub challenge: String,
    pub nonce: Option<String>,
    pub prompt: Prompt,
    pub login_hint: Option<String>,
    /// Seconds since the person last signed in, at most.
    pub max_age: Option<i64>,
}

/// What the request says about asking the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing: a session is enough.
    Unspecified,
    /// `none`: no page may be shown.
    Never,
    /// `login`, `consent` or `select_account`: our one page does all three.
    Always,
}

/// Why a request gets no code.
#[derive(Debug)]
pub enum RequestError {
    /// The client or the address is unknown, so only the person may see the error (RFC 6749 §4.1.2.1).
    ShowPage(Trouble, Language),
    /// The client gets the error.
    Redirect(ResponseTarget, AuthorizationError, &'static str),
}

impl Request {
    /// Checks a request, the address first: nothing is sent to an unknown address. `language` is for pages about it.
    pub fn check(parameters: &Parameters, settings: &Settings, language: Language) -> Result<Self, RequestError> {
        if parameters.single("client_id") != Some(&settings.client_id) {
            return Err(RequestError::ShowPage(Trouble::UnknownClient, language));
        }
        let known = |uri: &&str| settings.redirect_uris.iter().any(|registered| registered == uri);
        let Some(redirect_uri) = parameters.single("redirect_uri").filter(known) else {
            return Err(RequestError::ShowPage(Trouble::UnknownAddress, language));
        };
        let mode = match parameters.get("response_mode") {
            Some("form_post") => ResponseMode::FormPost,
            _ => ResponseMode::Query,
        };
        let target = ResponseTarget {
            uri: redirect_uri.to_owned(),
            mode,
            state: parameters.single("state").map(ToOwned::to_owned),
            language,
        };
        match Self::check_rest(parameters, &target, settings.site) {
            Ok(request) => Ok(request),
            Err((error, why)) => Err(RequestError::Redirect(target, error, why)),
        }
    }

    fn check_rest(
        parameters: &Parameters,
        target: &ResponseTarget,
        site: Site,
    ) -> Result<Self, (AuthorizationError, &'static str)> {
        use AuthorizationError::{
            InvalidRequest, InvalidScope, RequestNotSupported, RequestUriNotSupported, UnsupportedResponseType,
        };
        let wrong = |why| Err((InvalidRequest, why));
        if parameters.has_repeated() {
            return wrong("a parameter is given more than once");
        }
        if parameters.get("request").is_some() {
            return Err((RequestNotSupported, "request objects are not accepted"));
        }
        if parameters.get("request_uri").is_some() {
            return Err((RequestUriNotSupported, "request objects are not accepted"));
        }
        match parameters.get("response_type") {
            Some("code") => {}
            Some(_) => return Err((UnsupportedResponseType, "response_type must be code")),
            None => return wrong("response_type is missing"),
        }
        if !matches!(parameters.get("response_mode"), None | Some("query" | "form_post")) {
            return wrong("response_mode must be query or form_post");
        }
        let scopes = Scopes::parse(parameters.get("scope").unwrap_or_default(), site.scopes());
        match site {
            Site::University if !scopes.contains("openid") => {
                return Err((InvalidScope, "scope must contain openid"));
            }
            Site::University | Site::Social => {}
        }
        if parameters.get("code_challenge_method") != Some("S256") {
            return wrong("PKCE is required: code_challenge_method must be S256");
        }
        let Some(challenge) = parameters.get("code_challenge").filter(|challenge| is_challenge(challenge)) else {
            return wrong("PKCE is required: code_challenge must be 43 characters of base64url");
        };
        let Ok(max_age) = parameters.get("max_age").map(parse_seconds).transpose() else {
            return wrong("max_age must be a number of seconds");
        };
        let Some(prompt) = Prompt::parse(parameters.get("prompt").unwrap_or_default()) else {
            return wrong("prompt must be none, or any of login, consent and select_account");
        };
        Ok(Self {
            target: target.clone(),
            scopes,
            challenge: challenge.to_owned(),
            nonce: parameters.get("nonce").map(ToOwned::to_owned),
            prompt,
            login_hint: parameters.get("login_hint").map(ToOwned::to_owned),
            max_age,
        })
    }
}

impl Prompt {
    /// Core §3.1.2.1: `none` must be the only value.
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Unspecified),
            "none" => Some(Self::Never),
            _ => text
                .split(' ')
                .all(|word| matches!(word, "login" | "consent" | "select_account"))
                .then_some(Self::Always),
        }
    }
}

/// RFC 7636 §4.2: SHA-256 in base64url is 43 characters.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
}

fn parse_seconds(text: &str) -> Result<i64, std::num::ParseIntError> {
    text.parse::<u32>().map(i64::from)
}
