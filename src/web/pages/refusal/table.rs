//! How each refusal is answered, one row each. Pages, JSON answers and the samples of the page are all made from it.

use http::StatusCode;

use crate::broker::Public;
use crate::web::pages::{Way, WayKind};

/// How one refusal is answered.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its words are the message `refused-…` of this name.
    pub message: &'static str,
    /// Of the page.
    pub status: StatusCode,
    /// The ways on, the likeliest first. A page shows those that lead somewhere.
    pub ways: &'static [WayKind],
    /// For an app that asks for its user by JSON.
    pub json: Json,
}

/// The answer to an app. Whatever is wrong with a person's name or password is `Refused`, byte for byte the same (C42).
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
const AWAY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// The row of a refusal.
#[must_use]
pub fn row(public: Public) -> Row {
    use WayKind::{
        AnotherWay, Continue, Return, SignIn, SignOut, StartAgain, StartAgainHere, TryAgain, UseAnotherAccount,
    };
    let row = |message, status, ways, json| Row { message, status, ways, json };
    match public {
        // The login is over, or not here.
        Public::WaitedTooLong => row("waited-too-long", BAD, &[StartAgain], Json::Refused),
        Public::DroppedForNewer => row("dropped-for-newer", BAD, &[StartAgain], Json::Refused),
        Public::ProviderChanged => row("provider-changed", BAD, &[StartAgain], Json::Refused),
        Public::AlreadyFinished => row("already-finished", BAD, &[StartAgain], Json::Refused),
        Public::AlreadySignedIn => row("already-signed-in", BAD, &[Continue], Json::Refused),
        Public::BegunElsewhere => row("begun-elsewhere", BAD, &[StartAgainHere], Json::Refused),
        Public::NotOurs => row("not-ours", BAD, &[SignIn], Json::Refused),
        // The provider said no, or can't be used.
        Public::Denied => row("denied", BAD, &[TryAgain, AnotherWay, Return], Json::Refused),
        Public::NotTrusted => row("not-trusted", BAD, &[TryAgain, AnotherWay, Return], Json::Refused),
        Public::NotAnswering => row("not-answering", AWAY, &[TryAgain, AnotherWay, Return], Json::Unavailable),
        Public::CantBeUsed => row("cant-be-used", AWAY, &[TryAgain, AnotherWay, Return], Json::Unavailable),
        Public::ProviderSwitchedOff => row("provider-switched-off", FORBIDDEN, &[AnotherWay, Return], Json::Refused),
        // The name and the password.
        Public::PasswordNotRight => {
            row("password-not-right", FORBIDDEN, &[TryAgain, AnotherWay, Return], Json::Refused)
        }
        Public::TooManyTries => {
            row("too-many-tries", StatusCode::TOO_MANY_REQUESTS, &[TryAgain, AnotherWay, Return], Json::Throttled)
        }
        // The account.
        Public::AccountSwitchedOff => {
            row("account-switched-off", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused)
        }
        Public::NotPermitted => row("not-permitted", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused),
        Public::NotSetUp => row("not-set-up", FORBIDDEN, &[UseAnotherAccount, Return], Json::Refused),
        Public::NoName => row("no-name", BAD, &[TryAgain, AnotherWay, Return], Json::Refused),
        Public::NameUnfit => row("name-unfit", BAD, &[TryAgain, AnotherWay, Return], Json::Refused),
        // The app and its link.
        Public::AppSwitchedOff => row("app-switched-off", FORBIDDEN, &[Return], Json::Refused),
        Public::LinkNotRight => row("link-not-right", BAD, &[Return], Json::Malformed),
        Public::LinkNotUsable => row("link-not-usable", BAD, &[Return], Json::Malformed),
        Public::NoSuchApp => row("link-not-right", NOT_FOUND, &[Return], Json::NotFound),
        // The request.
        Public::NotFound => row("not-found", NOT_FOUND, &[], Json::NotFound),
        Public::OddRequest => row("odd-request", BAD, &[], Json::Malformed),
        Public::NotOurButton => row("not-our-button", FORBIDDEN, &[StartAgainHere, Return, SignOut], Json::Refused),
        // Vestibule itself.
        Public::OurTrouble => row("our-trouble", AWAY, &[TryAgain, Return], Json::Unavailable),
    }
}

impl Row {
    /// The ways on that lead somewhere. `href` says where each one leads, and `app` is its name.
    pub fn ways_on(&self, href: impl Fn(WayKind) -> Option<String>, app: Option<&str>) -> Vec<Way> {
        self.ways.iter().filter_map(|&kind| Some(Way::new(kind, href(kind)?, app))).collect()
    }
}
