//! Apple's answer: an authorization response, and the field `user` at the first sign-in of a person.

use super::user_field::display_name;
use crate::base::parameters::Parameters;
use crate::upstream::oauth_client::AuthorizationResponse;
use crate::upstream::provider_words::ProviderWords;
use crate::upstream::redirect::{ProviderRefusal, UnreadableAnswer, UnverifiedAnswer};

/// What Apple's form holds.
#[derive(Debug)]
pub struct Answer {
    pub response: AuthorizationResponse,
    /// As the person's browser sent it: nobody vouches for it.
    pub name: Option<String>,
}

impl UnverifiedAnswer for Answer {
    const PARAMETERS: &'static [&'static str] =
        &["iss", "code", "error", "error_description", "error_reason", "error_code", "error_message", "user"];

    fn read(parameters: &Parameters) -> Result<Self, UnreadableAnswer> {
        let response = AuthorizationResponse::read(parameters)?;
        // A field that can't be read refuses nothing: without a name, the sign-in goes on.
        let user = parameters.once("user").ok().flatten();
        Ok(Self { response, name: user.and_then(display_name) })
    }

    fn declined(&self, words: &ProviderWords) -> Option<ProviderRefusal> {
        self.response.declined(words)
    }
}

#[cfg(test)]
mod tests {
    use url::form_urlencoded;

    use super::Answer;
    use crate::base::parameters::Parameters;
    use crate::upstream::oauth_client::AuthorizationResponse;
    use crate::upstream::provider_words::ProviderWords;
    use crate::upstream::redirect::{ResponsibleParty, UnverifiedAnswer as _};

    fn read(pairs: &[(&str, &str)]) -> Answer {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Answer::read(&Parameters::read(encoded.as_bytes())).unwrap()
    }

    #[test]
    fn an_answer_has_all_parameters_of_an_authorization_response_and_the_field() {
        let (standard, own) = Answer::PARAMETERS.split_at(AuthorizationResponse::PARAMETERS.len());
        assert_eq!((standard, own), (AuthorizationResponse::PARAMETERS, &["user"][..]));
    }

    // C76
    #[test]
    fn a_field_that_comes_twice_or_is_broken_refuses_no_answer() {
        let ada = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"}}"#;
        assert_eq!(read(&[("code", "c"), ("user", ada)]).name.as_deref(), Some("Ada Lovelace"));
        for pairs in [&[("code", "c"), ("user", ada), ("user", ada)][..], &[("code", "c"), ("user", "{")]] {
            assert_eq!(read(pairs).name, None, "{pairs:?}");
        }
        let not_utf8 = Answer::read(&Parameters::read(b"code=c&user=%7B%22name%22%3A%22%E9%22%7D")).unwrap();
        assert_eq!(not_utf8.name, None);
    }

    #[test]
    fn a_person_who_cancels_has_said_no() {
        let answer = read(&[("error", "user_cancelled_authorize"), ("state", "s")]);
        let declined = answer.declined(&ProviderWords::without(["s3cr3t"])).unwrap();
        assert_eq!(declined.responsible, ResponsibleParty::Person);
    }
}
