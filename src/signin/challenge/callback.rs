//! What comes back from a provider, before anyone believes it.

use crate::base::parameters::Parameters;
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
    #[error("the state is missing, empty, given twice, too long or not UTF-8")]
    State,
    #[error("`{0}` was given more than once")]
    Repeated(&'static str),
    #[error("`{0}` is not UTF-8 where it is percent-encoded")]
    NotUtf8(&'static str),
    #[error("it has neither `code` nor `error`")]
    NoAnswer,
    #[error("it has both `code` and `error`")]
    TwoAnswers,
    #[error("its `code` has {0} bytes; the longest that is taken has {LONGEST_CODE}")]
    LongCode(usize),
}

/// Longer than the codes of any provider. A request that a provider drops for its size must not look like its silence.
const LONGEST_CODE: usize = 4096;
/// Longer than any state of ours.
const LONGEST_STATE: usize = 1024;

/// The provider's own words of an error.
pub const DESCRIPTION: &str = "error_description";

impl Callback {
    /// Reads a query or form. A parameter that nothing depends on may be anything.
    ///
    /// # Errors
    /// Why it can't be used. The state is looked at first.
    pub fn read(parameters: &Parameters) -> Result<Self, Unreadable> {
        let state = match once(parameters, "state") {
            Ok(Some(state)) if (1..=LONGEST_STATE).contains(&state.len()) => state.to_owned(),
            _ => return Err(Unreadable::State),
        };
        let iss = once(parameters, "iss")?.map(str::to_owned);
        // For the log alone, so nothing about it refuses an answer.
        let description = parameters.lossy(DESCRIPTION).map(str::to_owned);
        // RFC 6749 §3.1 says of requests that a parameter without a value counts as not sent; some providers answer so
        // too.
        let given = |name| once(parameters, name).map(|value| value.filter(|value| !value.is_empty()));
        let answer = match (given("code")?, given("error")?) {
            (Some(code), None) if code.len() <= LONGEST_CODE => Answer::Code(Secret::new(code.to_owned())),
            (Some(code), None) => return Err(Unreadable::LongCode(code.len())),
            (None, Some(error)) => Answer::Error { code: error.to_owned(), description },
            (None, None) => return Err(Unreadable::NoAnswer),
            (Some(_), Some(_)) => return Err(Unreadable::TwoAnswers),
        };
        Ok(Self { state, iss, answer })
    }
}

/// RFC 6749 §3.1: a parameter must not be included more than once.
fn once<'p>(parameters: &'p Parameters, name: &'static str) -> Result<Option<&'p str>, Unreadable> {
    if parameters.garbled(&[name]).is_some() {
        return Err(Unreadable::NotUtf8(name));
    }
    let mut given = parameters.pairs().iter().filter(|(given, _)| given == name);
    let first = given.next().map(|(_, value)| value.as_str());
    if given.next().is_some() { Err(Unreadable::Repeated(name)) } else { Ok(first) }
}
