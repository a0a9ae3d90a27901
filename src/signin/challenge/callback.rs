//! What comes back from a provider, before anyone believes it.

use crate::base::secret::Secret;

/// The parameters of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Debug)]
pub struct Callback {
    /// Sealed by us, or not ours.
    pub state: String,
    pub iss: Option<String>,
    pub answer: Answer,
}

/// What the provider answered.
#[derive(Debug)]
pub enum Answer {
    Code(Secret<String>),
    /// Its error code and description, in its own words.
    Error {
        code: String,
        description: Option<String>,
    },
}

/// Why a callback cannot be used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The same answer for a state that is missing, empty or given twice as for one that we did not make
    /// (security rule C2).
    #[error("the state is missing, empty, given twice or too long")]
    State,
    #[error("`{0}` was given more than once")]
    Repeated(&'static str),
    #[error("neither `code` nor `error`, or both, or a code longer than {LONGEST_CODE} bytes")]
    Answer,
}

/// Longer than the codes of any provider. A request that a provider drops for its size must not look like its silence.
const LONGEST_CODE: usize = 4096;
/// Longer than any state of ours.
const LONGEST_STATE: usize = 1024;

impl Callback {
    /// Reads a query or form, already decoded into names and values.
    ///
    /// # Errors
    /// Why it can't be used. The state is looked at first.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Unreadable> {
        let state = match once(pairs, "state") {
            Ok(Some(state)) if (1..=LONGEST_STATE).contains(&state.len()) => state.to_owned(),
            _ => return Err(Unreadable::State),
        };
        let iss = once(pairs, "iss")?.map(str::to_owned);
        // For the log alone, so nothing about it refuses an answer.
        let description = pairs.iter().find(|(name, _)| name == "error_description").map(|(_, words)| words.to_owned());
        // RFC 6749 §3.1 says of requests that a parameter without a value counts as not sent; some providers answer so too.
        let given = |name| once(pairs, name).map(|value| value.filter(|value| !value.is_empty()));
        let answer = match (given("code")?, given("error")?) {
            (Some(code), None) if code.len() <= LONGEST_CODE => Answer::Code(Secret::new(code.to_owned())),
            (None, Some(error)) => Answer::Error { code: error.to_owned(), description },
            _ => return Err(Unreadable::Answer),
        };
        Ok(Self { state, iss, answer })
    }
}

/// RFC 6749 §3.1: a parameter must not be included more than once.
fn once<'p>(pairs: &'p [(String, String)], name: &'static str) -> Result<Option<&'p str>, Unreadable> {
    let mut given = pairs.iter().filter(|(given, _)| given == name);
    let first = given.next().map(|(_, value)| value.as_str());
    if given.next().is_some() { Err(Unreadable::Repeated(name)) } else { Ok(first) }
}
