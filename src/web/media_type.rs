//! The media type of a request's body.

use http::header::{CONTENT_TYPE, HeaderMap};

/// The kinds of body that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    Form,
    Json,
    Other,
}

/// The media type of a body. The header must come once and be well-formed. We ignore its parameters (RFC 9110
/// §8.3.1).
#[must_use]
pub fn media_type(headers: &HeaderMap) -> MediaType {
    let mut stated = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (stated.next(), stated.next()) else { return MediaType::Other };
    // A quoted value may have any byte above ASCII (RFC 9110 §5.6.4).
    let text = String::from_utf8_lossy(only.as_bytes());
    let mut parts = outside_quotes(&text).into_iter().map(|part| part.trim_matches([' ', '\t']));
    let essence = parts.next().unwrap_or_default();
    if !parts.all(|part| part.is_empty() || is_parameter(part)) {
        return MediaType::Other;
    }
    if essence.eq_ignore_ascii_case("application/json") {
        MediaType::Json
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        MediaType::Form
    } else {
        MediaType::Other
    }
}

/// The parts between semicolons. Semicolons within quotation marks don't count.
fn outside_quotes(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' => return !quoted,
            _ => {}
        }
        false
    })
    .collect()
}

fn is_parameter(part: &str) -> bool {
    let token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
    let Some((name, value)) = part.split_once('=') else { return false };
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    token(name) && (token(value) || quoted.is_some())
}

/// RFC 9110 §5.6.2.
const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(
            b,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

    use super::{MediaType, media_type};

    fn of(stated: &[&'static str]) -> MediaType {
        let mut headers = HeaderMap::new();
        for text in stated {
            headers.append(CONTENT_TYPE, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        }
        media_type(&headers)
    }

    // C51
    #[test]
    fn application_json_is_json_with_any_parameters() {
        for json in [
            "application/json",
            "Application/JSON",
            "application/json;charset=utf-8",
            "application/json ; charset=\"utf-8\"",
            "application/json; charset=utf-8; a=\"; text/plain\\\"\"",
            "application/json;",
            "application/json; name=\"Zürich\"",
        ] {
            assert_eq!(of(&[json]), MediaType::Json, "{json}");
        }
        assert_eq!(of(&["application/x-www-form-urlencoded; charset=UTF-8"]), MediaType::Form);
    }

    // C51: a media type that a browser sends to another site without a preflight is not read as JSON
    #[test]
    fn a_media_type_that_only_looks_like_json_is_not_json() {
        for other in [
            "text/plain",
            "text/plain; application/json",
            "text/plain; charset=application/json",
            "text/plain;\"application/json\"",
            "application/json, text/plain",
            "application/json text/plain",
            "application/json; text/plain",
            "application/json; a=\"b",
            "application/json; a=Zürich",
            "application/jsön",
            "application/jsonp",
            "application/json-seq",
            "application/problem+json",
            "multipart/form-data; boundary=application/json",
            "json",
            "*/*",
            "",
        ] {
            assert_eq!(of(&[other]), MediaType::Other, "{other}");
        }
        assert_eq!(of(&[]), MediaType::Other);
        assert_eq!(of(&["application/json", "application/json"]), MediaType::Other);
        assert_eq!(of(&["application/json", "text/plain"]), MediaType::Other);
    }
}
