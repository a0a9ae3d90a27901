//! What Facebook's errors mean. All have the type `OAuthException`, so their numbers and words tell them apart
//! (docs/provider-facts.md).

use super::normalized::TokenError;

/// What is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphFault {
    /// The app's secret or id.
    Client,
    Code,
    /// Facebook itself, for the moment.
    Busy,
}

impl GraphFault {
    /// `None`: the error does not say.
    pub fn of(error: &TokenError) -> Option<Self> {
        if error.code != "OAuthException" {
            return None;
        }
        let words = error.description.as_deref().unwrap_or_default().to_ascii_lowercase();
        match error.number? {
            // "Error validating client secret."
            1 if words.contains("client secret") => Some(Self::Client),
            // "Error validating application. Invalid application ID."
            101 => Some(Self::Client),
            // By "Handling Errors", 1 and 2 may be an outage, and 4 is a limit.
            1 | 2 | 4 => Some(Self::Busy),
            // "Invalid verification code format.", "This authorization code has been used." Each wrong parameter has
            // this number.
            100 if words.contains("verification code") || words.contains("authorization code") => Some(Self::Code),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GraphFault;
    use crate::upstream::oauth_client::token_answer::normalized::TokenError;

    #[test]
    fn the_number_and_the_words_say_what_is_at_fault() {
        for (number, words, fault) in [
            (1, "Error validating client secret. (code 1)", Some(GraphFault::Client)),
            (101, "Error validating application. Invalid application ID. (code 101)", Some(GraphFault::Client)),
            (1, "An unknown error occurred (code 1)", Some(GraphFault::Busy)),
            (2, "Service temporarily unavailable (code 2)", Some(GraphFault::Busy)),
            (4, "Application request limit reached (code 4)", Some(GraphFault::Busy)),
            (100, "Invalid verification code format. (code 100)", Some(GraphFault::Code)),
            (100, "This authorization code has been used. (code 100, 36009)", Some(GraphFault::Code)),
            (100, "Error validating verification code. Please make sure your redirect_uri", Some(GraphFault::Code)),
            (100, "Invalid grant_type: 'x' (code 100)", None),
            (100, "Error validating client secret.", None),
            (190, "Invalid OAuth access token.", None),
        ] {
            let description = Some(words.to_owned());
            let error = TokenError { code: "OAuthException".to_owned(), number: Some(number), description };
            assert_eq!(GraphFault::of(&error), fault, "{number} {words}");
        }
        let other = Some("Error validating client secret.".to_owned());
        let other = TokenError { code: "invalid_grant".to_owned(), number: Some(1), description: other };
        assert_eq!(GraphFault::of(&other), None);
        let unnumbered = TokenError { code: "OAuthException".to_owned(), number: None, description: None };
        assert_eq!(GraphFault::of(&unnumbered), None);
    }
}
