//! Reads the authorization response (RFC 6749 §4.1.2, RFC 9207 §2): the provider's answer, not verified yet.

use crate::base::parameters::Parameters;
use crate::base::secret::Secret;
use crate::upstream::provider_words::ProviderWords;
use crate::upstream::redirect::{ProviderRefusal, ResponsibleParty, UnreadableAnswer, UnverifiedAnswer};

/// The values of these parameters.
#[derive(Debug)]
pub struct AuthorizationResponse {
    pub iss: Option<String>,
    pub code: Result<Secret<String>, ErrorResponse>,
}

/// The provider's error (RFC 6749 §4.1.2.1), in its own words.
#[derive(Debug)]
pub struct ErrorResponse {
    pub error: String,
    pub description: Option<String>,
}

/// Longer than the codes of any provider. A provider may drop a request that is too large, and would then look silent.
const LONGEST_CODE: usize = 4096;

/// Before the number of an error that has no name. Facebook sends `error_code`, with or without `error_message`, in
/// place of `error`.
const NUMBERED: &str = "error_code-";

impl UnverifiedAnswer for AuthorizationResponse {
    const PARAMETERS: &'static [&'static str] =
        &["iss", "code", "error", "error_description", "error_reason", "error_code", "error_message"];

    fn read(parameters: &Parameters) -> Result<Self, UnreadableAnswer> {
        // Only for the log, so an invalid one refuses no answer.
        let description = ["error_description", "error_message"].into_iter().find_map(|name| parameters.lossy(name));
        let description = description.map(str::to_owned);
        // RFC 6749 §3.1: in a request, a parameter without a value counts as not sent. Some providers send such answers
        // too.
        let given = |name| parameters.once(name).map(|value| value.filter(|value| !value.is_empty()));
        let iss = given("iss")?.map(str::to_owned);
        let code = match (given("code")?, given("error")?) {
            (Some(code), None) if code.len() <= LONGEST_CODE => Ok(Secret::new(code.to_owned())),
            (Some(code), None) => {
                let length = code.len();
                return Err(UnreadableAnswer(format!(
                    "its `code` has {length} bytes; the longest accepted code has {LONGEST_CODE}"
                )));
            }
            (None, Some(error)) => Err(ErrorResponse { error: error.to_owned(), description }),
            (None, None) if let Some(error) = given("error_reason")? => {
                Err(ErrorResponse { error: error.to_owned(), description })
            }
            (None, None) if let Some(number) = given("error_code")? => {
                Err(ErrorResponse { error: format!("{NUMBERED}{number}"), description })
            }
            (None, None) => return Err(UnreadableAnswer("it has neither `code` nor `error`".to_owned())),
            (Some(_), Some(_)) => return Err(UnreadableAnswer("it has both `code` and `error`".to_owned())),
        };
        Ok(Self { iss, code })
    }

    fn declined(&self, words: &ProviderWords) -> Option<ProviderRefusal> {
        self.code.as_ref().err().map(|error| error.declined(words))
    }
}

impl ErrorResponse {
    /// The refusal, with the party that can resolve it (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
    pub fn declined(&self, words: &ProviderWords) -> ProviderRefusal {
        // LINE writes them in capital letters.
        let responsible = match self.error.to_ascii_lowercase().as_str() {
            "server_error" | "temporarily_unavailable" => ResponsibleParty::Provider,
            error if is_about_our_request(error) => ResponsibleParty::Operator,
            error if let Some(number) = error.strip_prefix(NUMBERED) => responsible_for(number),
            _ => ResponsibleParty::Person,
        };
        ProviderRefusal::new(responsible, &self.error, self.description.as_deref(), words)
    }
}

/// Facebook's numbers ("Handling Errors"). Those of a refusal are certain; others are about the app's settings there.
fn responsible_for(number: &str) -> ResponsibleParty {
    match number {
        // "Permissions error", which also comes beside `user_denied`; and "User canceled the Dialog flow".
        "200" | "4201" => ResponsibleParty::Person,
        // Its API is unknown, down, or asked too often.
        "1" | "2" | "4" => ResponsibleParty::Provider,
        _ => ResponsibleParty::Operator,
    }
}

/// Whether an error is about our request, and not about the person. Providers use more such errors than the standards
/// define, with the same beginnings and endings: Entra's `invalid_resource`, Twitch's `redirect_mismatch`, and
/// `unauthorized_scope_error`.
fn is_about_our_request(error: &str) -> bool {
    ["unauthorized_client", "unauthorized_scope_error"].contains(&error)
        || error.starts_with("redirect_") && error.ends_with("_mismatch")
        || ["invalid_", "unsupported_"].iter().any(|start| error.starts_with(start))
        || error.ends_with("_not_supported")
}

#[cfg(test)]
mod tests;
