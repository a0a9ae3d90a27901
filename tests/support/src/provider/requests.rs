//! What the provider received, for a test to look at.

use axum::http::HeaderMap;

/// Names and values in the order in which they came, repeated ones too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    pub fn read(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The fields of the first form on a page: what its hidden inputs hold.
    pub fn of_form(html: &str) -> Self {
        let between = |text: &str, start: &str| {
            let (_, rest) = text.split_once(start)?;
            rest.split_once('"').map(|(value, _)| unescaped(value))
        };
        let inputs = html.split("<input ").skip(1).filter_map(|input| input.split_once('>').map(|(tag, _)| tag));
        Self(inputs.filter_map(|tag| Some((between(tag, "name=\"")?, between(tag, "value=\"")?))).collect())
    }

    /// The value under a name that was given exactly once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every request, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// The parameters of each authorization request.
    pub authorize: Vec<Fields>,
    pub token: Vec<TokenRequest>,
    /// The access token of each userinfo request, or none.
    pub userinfo: Vec<Option<String>>,
    /// How often the discovery document was fetched.
    pub discovery: usize,
    /// How many waited at once for it to answer slowly.
    pub concurrent_discovery: usize,
    /// How often the key set was fetched.
    pub jwks: usize,
    /// Requests at an address that only redirects and token headers name.
    pub stray_requests: usize,
}

#[derive(Debug, Clone)]
pub struct TokenRequest {
    pub headers: HeaderMap,
    pub form: Fields,
}
