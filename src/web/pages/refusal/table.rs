//! The table of refusals. A row says how a refusal is answered, for pages, JSON answers and the samples of the pages.

use http::StatusCode;

use crate::broker::Public;
use crate::web::pages::{NextStep, NextStepKind};

/// How one refusal is answered.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The id of the message with the page's words, without its beginning `refused-`.
    pub message: &'static str,
    /// The status of the page.
    pub status: StatusCode,
    /// The next steps, the most likely first. A page shows those that have an address.
    pub next_steps: &'static [NextStepKind],
    /// The answer to an app that signs its user in by JSON.
    pub json: Json,
}

/// The answer to an app. Every fault in a person's name or password is `Refused`, byte for byte the same (C42).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    Malformed,
    Refused,
    NotFound,
    Throttled,
    Unavailable,
}

impl Json {
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Refused => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The member `error`.
    #[must_use]
    pub const fn error(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
        }
    }
}

const BAD: StatusCode = StatusCode::BAD_REQUEST;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// The row of a refusal.
#[must_use]
pub fn row(public: Public) -> Row {
    use NextStepKind::{
        ChooseProvider, Continue, Return, SignIn, SignInHere, SignOut, StartAgain, StartAgainHere, StartAgainSignedOut,
        TryAgain, UseAnotherAccount,
    };
    let row = |message, status, next_steps, json| Row { message, status, next_steps, json };
    match public {
        // The login is over, or began in another browser.
        Public::LoginExpired => row("login-expired", BAD, &[StartAgain], Json::Refused),
        Public::LoginEvicted => row("login-evicted", BAD, &[StartAgain], Json::Refused),
        Public::ProviderChanged => row("provider-changed", BAD, &[StartAgain], Json::Refused),
        Public::AlreadyFinished => row("already-finished", BAD, &[StartAgain], Json::Refused),
        Public::AlreadySignedIn => row("already-signed-in", BAD, &[Continue], Json::Refused),
        Public::LoginMissing => row("login-missing", BAD, &[StartAgainHere], Json::Refused),
        Public::InvalidCallback => row("invalid-callback", BAD, &[SignIn], Json::Refused),
        // The provider said no, or can't be used.
        Public::ProviderDenied => row("provider-denied", BAD, &[TryAgain, ChooseProvider, Return], Json::Refused),
        Public::AnswerRefused => row("answer-refused", BAD, &[TryAgain, ChooseProvider, Return], Json::Refused),
        Public::OtherOrganization => {
            row("other-organization", FORBIDDEN, &[UseAnotherAccount, ChooseProvider, Return], Json::Refused)
        }
        Public::ProofUnknown => {
            row("proof-unknown", BAD, &[StartAgainSignedOut, ChooseProvider, Return], Json::Refused)
        }
        Public::ProofTooOld => row("proof-too-old", BAD, &[StartAgainSignedOut, ChooseProvider, Return], Json::Refused),
        Public::MethodRefused => row("method-refused", BAD, &[TryAgain, ChooseProvider, Return], Json::Refused),
        Public::GroupsUnknown => {
            row("groups-unknown", UNAVAILABLE, &[TryAgain, ChooseProvider, Return], Json::Unavailable)
        }
        Public::ProviderUnreachable => {
            row("provider-unreachable", UNAVAILABLE, &[TryAgain, ChooseProvider, Return], Json::Unavailable)
        }
        Public::AddressBanned => {
            row("address-banned", UNAVAILABLE, &[TryAgain, ChooseProvider, Return], Json::Unavailable)
        }
        Public::ClientRejected => {
            row("client-rejected", UNAVAILABLE, &[TryAgain, ChooseProvider, Return], Json::Unavailable)
        }
        Public::ProviderDisabled => row("provider-disabled", FORBIDDEN, &[ChooseProvider, Return], Json::Refused),
        // The name and the password.
        Public::WrongPassword => row("wrong-password", FORBIDDEN, &[TryAgain, ChooseProvider, Return], Json::Refused),
        Public::TooManyAttempts => row(
            "too-many-attempts",
            StatusCode::TOO_MANY_REQUESTS,
            &[TryAgain, ChooseProvider, Return],
            Json::Throttled,
        ),
        // The account.
        Public::AccountDisabled => row("account-disabled", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused),
        Public::NotPermitted => row("not-permitted", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused),
        Public::IdentityUnknown => row("identity-unknown", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused),
        // The question at a first login.
        Public::LinkRequestOver => row("link-request-over", BAD, &[Continue], Json::Refused),
        Public::LinkTaken => row("link-taken", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused),
        Public::LinkProofRefused => row("link-proof-refused", BAD, &[TryAgain, Return], Json::Refused),
        Public::UsernameMissing => {
            row("username-missing", BAD, &[UseAnotherAccount, TryAgain, ChooseProvider, Return], Json::Refused)
        }
        Public::UsernameInvalid => {
            row("username-invalid", BAD, &[UseAnotherAccount, ChooseProvider, Return], Json::Refused)
        }
        // The app and its link.
        Public::AppDisabled => row("app-disabled", FORBIDDEN, &[Return], Json::Refused),
        Public::InvalidLink => row("invalid-link", BAD, &[Return], Json::Malformed),
        Public::UnusableLink => row("unusable-link", BAD, &[Return, SignInHere], Json::Malformed),
        Public::UnknownApp => row("invalid-link", NOT_FOUND, &[Return], Json::NotFound),
        // The request.
        Public::NotFound => row("not-found", NOT_FOUND, &[], Json::NotFound),
        Public::BadRequest => row("bad-request", BAD, &[], Json::Malformed),
        Public::CrossSiteRequest => {
            row("cross-site-request", FORBIDDEN, &[StartAgainHere, Return, SignOut], Json::Refused)
        }
        // Vestibule itself.
        Public::ServiceUnavailable => row("service-unavailable", UNAVAILABLE, &[TryAgain, Return], Json::Unavailable),
        Public::StillSignedIn => row("still-signed-in", UNAVAILABLE, &[SignOut], Json::Unavailable),
        Public::PasswordUnchanged => row("password-unchanged", UNAVAILABLE, &[], Json::Unavailable),
    }
}

impl Row {
    /// The next steps that have an address. `href` gives the address of each, and `app` is the app's name.
    pub fn next_steps(&self, href: impl Fn(NextStepKind) -> Option<String>, app: Option<&str>) -> Vec<NextStep> {
        self.next_steps.iter().filter_map(|&kind| Some(NextStep::new(kind, href(kind)?, app))).collect()
    }
}
