//! Brings the answers of token endpoints into one form. Providers send them as JSON or as a form, with errors of many
//! shapes.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::base::readable_json::readable;
use crate::base::strict_json::{JsonError, Members};
use crate::signin::identify::RuleViolation;

/// The members that we use. All others may be missing, or hold anything.
#[derive(Debug, PartialEq, Eq)]
pub struct NormalizedAnswer {
    /// If there is an error, there are no tokens, whatever else the answer holds.
    pub error: Option<TokenError>,
    pub id_token: Member,
    pub access_token: Member,
    pub token_type: Member,
}

/// Text; or `None` if it is missing or null; or what is wrong with it.
pub type Member = Result<Option<String>, RuleViolation>;

/// An error (RFC 6749 §5.2), as the provider wrote it.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenError {
    pub code: String,
    /// The number of the error, if it is an object that has one.
    pub number: Option<u64>,
    pub description: Option<String>,
}

/// Reads the answer of a token endpoint. Neither its status nor its media type matters.
///
/// # Errors
/// When it is neither a JSON object nor a form.
pub fn normalize(body: &[u8]) -> Result<NormalizedAnswer, JsonError> {
    let body = as_json(body);
    let members = Members::read(&body)?;
    Ok(NormalizedAnswer {
        error: error(&members),
        id_token: text(&members, "id_token"),
        access_token: text(&members, "access_token"),
        token_type: text(&members, "token_type"),
    })
}

/// A form becomes JSON. GitHub sends one to clients that accept anything, and other providers send nothing else.
fn as_json(body: &[u8]) -> Cow<'_, [u8]> {
    let trimmed = body.trim_ascii();
    if !is_form(trimmed) {
        return readable(body);
    }
    let json = |text: Cow<'_, str>| Value::from(text.into_owned()).to_string();
    // A name that comes twice stays twice, so that its reader refuses it (security rule C16).
    let members: Vec<String> =
        form_urlencoded::parse(trimmed).map(|(name, value)| format!("{}:{}", json(name), json(value))).collect();
    Cow::Owned(format!("{{{}}}", members.join(",")).into_bytes())
}

/// Whether the text begins with the name of a parameter and `=`. Neither JSON nor HTML does.
fn is_form(text: &[u8]) -> bool {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let length = name.count();
    length > 0 && text.get(length) == Some(&b'=')
}

/// A member that we use: text, or missing.
fn text(members: &Members<'_>, name: &'static str) -> Member {
    match members.get(name) {
        Ok(None) => Ok(None),
        Ok(Some(Value::String(text))) => Ok(Some(text)),
        Ok(Some(_)) => Err(RuleViolation::new("C15", "the token answer", format!("`{name}` as text"), "another type")),
        Err(why) => Err(RuleViolation::new("C16", "the token answer", format!("`{name}` once"), why.to_string())),
    }
}

/// The code of an error that holds no code of its own.
const UNNAMED: &str = "error";

/// The error, if there is one. Some good answers have an empty `error`.
fn error(members: &Members<'_>) -> Option<TokenError> {
    let named = |code: String| TokenError { code, number: None, description: members.lossy_text("error_description") };
    match members.get("error") {
        Ok(None | Some(Value::Null | Value::Bool(false))) => None,
        Ok(Some(Value::Number(number))) if number.as_f64() == Some(0.0) => None,
        Ok(Some(Value::String(code))) => (!code.is_empty()).then(|| named(code)),
        // Facebook: `{"error": {"message": "…", "type": "OAuthException", "code": 100}}`.
        Ok(Some(Value::Object(error))) => (!error.is_empty()).then(|| of_object(&error)),
        Ok(Some(Value::Array(errors))) if errors.is_empty() => None,
        Ok(Some(Value::Bool(true) | Value::Number(_) | Value::Array(_))) => Some(named(UNNAMED.to_owned())),
        // Named twice, or unreadable: there is an error, whatever it says.
        Err(_) => Some(named(members.lossy_text("error").unwrap_or_else(|| UNNAMED.to_owned()))),
    }
}

fn of_object(error: &Map<String, Value>) -> TokenError {
    let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let number = |name: &str| error.get(name).filter(|value| value.is_number()).map(Value::to_string);
    let code = ["type", "code", "status"].into_iter().find_map(text).unwrap_or(UNNAMED).to_owned();
    let words = text("message").map(str::to_owned);
    let numbers = ["code", "error_subcode"].into_iter().filter_map(number).collect::<Vec<_>>().join(", ");
    let description = match (words, numbers.as_str()) {
        (words, "") => words,
        (None, numbers) => Some(format!("code {numbers}")),
        (Some(words), numbers) => Some(format!("{words} (code {numbers})")),
    };
    TokenError { code, number: error.get("code").and_then(Value::as_u64), description }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{NormalizedAnswer, TokenError, normalize};

    fn tokens(body: &str) -> NormalizedAnswer {
        normalize(body.as_bytes()).unwrap()
    }

    fn error(body: &str) -> Option<(String, Option<String>)> {
        tokens(body).error.map(|TokenError { code, description, .. }| (code, description))
    }

    #[test]
    fn a_form_is_read_like_json() {
        let form = tokens("access_token=gho_16C7%2B&scope=repo%2Cgist&token_type=bearer&expires_in=3599");
        let json = tokens(
            &json!({ "access_token": "gho_16C7+", "scope": ["repo", "gist"], "token_type": "bearer" }).to_string(),
        );
        assert_eq!(form, json);
        assert_eq!(form.access_token, Ok(Some("gho_16C7+".to_owned())));
        let refused = "error=bad_verification_code&error_description=The+code+passed+is+incorrect+or+expired.";
        let words = "The code passed is incorrect or expired.".to_owned();
        assert_eq!(error(refused), Some(("bad_verification_code".to_owned(), Some(words))));
        for neither in ["", "<p>a=b", "a b=c", "=x", "null", "[]", "access_token"] {
            assert!(normalize(neither.as_bytes()).is_err(), "{neither}");
        }
    }

    // C16
    #[test]
    fn a_name_that_comes_twice_in_a_form_is_refused() {
        assert!(tokens("access_token=a&access_token=b").access_token.is_err());
        assert!(error("access_token=a&error=&error=invalid_grant").is_some());
        assert!(error(r#"{"access_token":"a","error":null,"error":"invalid_grant"}"#).is_some());
    }

    #[test]
    fn each_shape_of_an_error_is_an_error() {
        let words = |code: &str, description: &str| Some((code.to_owned(), Some(description.to_owned())));
        let facebook = json!({ "error": {
            "message": "This authorization code has been used.", "type": "OAuthException", "code": 100,
            "error_subcode": 36009, "fbtrace_id": "A",
        } });
        assert_eq!(
            error(&facebook.to_string()),
            words("OAuthException", "This authorization code has been used. (code 100, 36009)")
        );
        assert_eq!(error(r#"{"error":{"status":"DENIED"}}"#), Some(("DENIED".to_owned(), None)));
        assert_eq!(error(r#"{"error":{"code":7}}"#), words("error", "code 7"));
        let odd = ["true", "1", "[1]", "\"\\ud800\"", "{\"a\":1}"];
        for odd in odd {
            assert!(error(&format!(r#"{{"access_token":"a","error":{odd}}}"#)).is_some(), "{odd}");
        }
        for none in ["null", "\"\"", "0", "0.0", "false", "{}", "[]"] {
            assert_eq!(error(&format!(r#"{{"access_token":"a","error":{none}}}"#)), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body: Vec<u8>, form in "[a-z_]{0,9}=\\PC{0,40}") {
            let _ = normalize(&body);
            let _ = normalize(form.as_bytes());
        }

        // The oracle is serde_json's own reader, and a list of the values that mean "no error".
        #[test]
        fn no_answer_with_an_error_lacks_an_error(
            error in "null|true|false|0|1|\"\"|\"[a-z]{1,9}\"|\\{\\}|\\{\"code\":1\\}|\\[\\]|\\[null\\]",
            token in "[a-z]{1,9}",
        ) {
            let text = format!("{{\"access_token\":\"{token}\",\"error\":{error}}}");
            let plain: Value = serde_json::from_str(&text).unwrap();
            let none = [json!(null), json!(false), json!(0), json!(""), json!({}), json!([])];
            prop_assert_eq!(tokens(&text).error.is_none(), none.contains(&plain["error"]));
        }

        #[test]
        fn a_form_holds_the_values_that_were_encoded(token in "\\PC{0,30}", code in "\\PC{0,30}") {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("access_token", &token).append_pair("error", &code).finish();
            let read = tokens(&form);
            prop_assert_eq!(read.access_token, Ok(Some(token)));
            prop_assert_eq!(read.error.map(|error| error.code), Some(code).filter(|code| !code.is_empty()));
        }
    }
}
