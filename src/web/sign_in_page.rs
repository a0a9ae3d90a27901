//! The sign-in page: links to providers, and a form if some provider checks passwords.

use axum::response::Response;
use http::StatusCode;
use time::OffsetDateTime;

use super::Web;
use super::browser::Browser;
use super::pages::{
    Choice, FormNotice, PasswordSource, PromptReason, SEARCH_THRESHOLD, Search, SignIn, SignInForm, filtered_by_name,
};
use super::response::{PageResponse, page};
use super::security_headers::Policy;
use crate::base::ids::ProviderId;
use crate::base::urls::PASSWORD_CHANGE;
use crate::broker;
use crate::signin::arrive::{Destination, Preferences, Prompt};
use crate::signin::challenge::throttle::MAX_WAIT;
use crate::upstream::Availability;

/// The parameter of the search field.
const SEARCH_PARAMETER: &str = "find";
/// The parameter with the end of a wait, in seconds since 1970. It only changes the words on the page.
const WAIT_PARAMETER: &str = "wait";
/// Longest text in the search field, in bytes. A longer one counts as not sent.
const MAX_SEARCH_LENGTH: usize = 256;

/// What the page shows after a rejected form.
pub struct FormError {
    pub status: StatusCode,
    /// The name that the person typed.
    pub name: String,
    pub retry_after_seconds: Option<u32>,
    pub code: String,
}

impl FormError {
    /// The notice above the form. `refresh_href`: where a GET shows the page again.
    pub fn notice(&self, refresh_href: String) -> FormNotice {
        match self.retry_after_seconds {
            Some(seconds) => FormNotice::TooManyAttempts { seconds, refresh_href },
            None => FormNotice::WrongPassword,
        }
    }
}

/// Renders the page, as the answer to a start or to a rejected form.
pub fn sign_in(web: &Web, browser: &Browser, options: &broker::SignInOptions, error: Option<FormError>) -> Response {
    let destination = &options.destination;
    let path = destination.start_path_with(&[]);
    let full_path = destination.start_path();
    let status = error.as_ref().map_or(StatusCode::OK, |error| error.status);
    let form = password_source(options)
        .map(|source| form(web, browser, destination.preferences(), full_path.clone(), source, error));
    let hidden = destination.parameters().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let search = Search { query: String::new(), action: path, hidden: hidden.collect(), full_list_href: full_path };
    let (choices, search) = provider_choices(browser, options, search, |provider| {
        destination.clone().with(|asked| asked.provider = Some(provider.clone())).start_path()
    });
    let prompt_reason = match destination.preferences().prompt {
        Prompt::Login | Prompt::LoginWithoutProof => Some(PromptReason::Again),
        Prompt::SelectAccount | Prompt::LoginForAnotherAccount => {
            Some(PromptReason::AnotherAccount { account_name: None })
        }
        Prompt::AsNeeded | Prompt::None => None,
    };
    // Chromium checks every redirect of a form against `form-action`: to us, to the app, and on from there. The search
    // is a form, too: it redirects to the app if the person has signed in through another tab meanwhile.
    let (app_name, room, policy) = match destination {
        Destination::App { app, request } => {
            let has_form = form.is_some() || search.is_some();
            let policy = if has_form { Policy::SignIn(app.addresses.reached_by_forms()) } else { Policy::Form };
            (Some(app.name.clone()), request.location.room().map(|room| room.as_str().to_owned()), policy)
        }
        Destination::OwnPage { .. } => (None, None, Policy::Form),
    };
    let another = || destination.clone().with(Preferences::ask_for_another_account).start_path();
    let another_account_href = options.another_account.then(another);
    let page_data = SignIn { app_name, room, choices, search, prompt_reason, form, another_account_href };
    let page_path = page_path(web, browser, options);
    page(web, browser, &PageResponse { status, page: &page_data, policy, page_path: Some(&page_path) })
}

/// The path of this page, with only the parameters that we read. A query can be long, and each language link has it.
fn page_path(web: &Web, browser: &Browser, options: &broker::SignInOptions) -> String {
    let wait = remaining_wait(browser, web.broker.clock().now()).and(query_parameter(browser, WAIT_PARAMETER));
    let search = Some(searched_text(browser)).filter(|text| !text.is_empty());
    let own = [(SEARCH_PARAMETER, search), (WAIT_PARAMETER, wait)];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let parameters: Vec<_> = options.destination.parameters().into_iter().chain(own).collect();
    options.destination.start_path_with(&parameters)
}

/// The providers to choose from, and the search field if there are many. `href`: where a choice leads. `search`: the
/// field's addresses.
pub fn provider_choices(
    browser: &Browser,
    options: &broker::SignInOptions,
    search: Search,
    href: impl Fn(&ProviderId) -> String,
) -> (Vec<Choice>, Option<Search>) {
    let choice = |offer: &broker::Offer| Choice {
        name: offer.provider.name.clone(),
        href: href(&offer.provider.id),
        button: browser.settings.buttons.get(&offer.provider.id).cloned().unwrap_or_default(),
        last_used: offer.last_used,
        answering: !matches!(offer.availability, Availability::Silent { .. }),
    };
    let mut all: Vec<Choice> = options.offers.iter().map(choice).collect();
    all.sort_by_key(|choice| (!choice.last_used, !choice.button.always_in_view));
    if all.len() < SEARCH_THRESHOLD {
        return (all, None);
    }
    let query = searched_text(browser).to_owned();
    (filtered_by_name(all, &query), Some(Search { query, ..search }))
}

fn searched_text(browser: &Browser) -> &str {
    query_parameter(browser, SEARCH_PARAMETER).filter(|text| text.len() <= MAX_SEARCH_LENGTH).unwrap_or_default()
}

/// Whose passwords the form takes. `None`: no provider checks passwords, so there is no form.
pub fn password_source(options: &broker::SignInOptions) -> Option<PasswordSource> {
    let (local, others): (Vec<_>, Vec<_>) =
        options.password_providers.iter().partition(|provider| provider.module.local_passwords().is_some());
    let mut names: Vec<String> = others.into_iter().map(|provider| provider.name.clone()).collect();
    let Some(provider) = names.pop() else { return (!local.is_empty()).then_some(PasswordSource::Local) };
    let others = (!names.is_empty()).then(|| names.join(", "));
    Some(match local.as_slice() {
        [] => PasswordSource::External { others, provider },
        _ => PasswordSource::LocalOrExternal { others, provider },
    })
}

fn form(
    web: &Web,
    browser: &Browser,
    preferences: &Preferences,
    action: String,
    password_source: PasswordSource,
    error: Option<FormError>,
) -> SignInForm {
    let now = web.broker.clock().now();
    let wait = |seconds: u32| {
        let until = now.unix_timestamp() + i64::from(seconds);
        let separator = if action.contains('?') { '&' } else { '?' };
        FormNotice::TooManyAttempts { seconds, refresh_href: format!("{action}{separator}{WAIT_PARAMETER}={until}") }
    };
    let (name, notice, code) = match error {
        Some(FormError { name, retry_after_seconds, code, .. }) => {
            (name, Some(retry_after_seconds.map_or(FormNotice::WrongPassword, wait)), Some(code))
        }
        None => (preferences.login_hint.clone().unwrap_or_default(), remaining_wait(browser, now).map(wait), None),
    };
    let change_password_href = match password_source {
        PasswordSource::Local | PasswordSource::LocalOrExternal { .. } => Some(PASSWORD_CHANGE),
        PasswordSource::External { .. } => None,
    };
    SignInForm { action, name, notice, code, change_password_href, password_source }
}

/// The seconds left of the wait that an earlier response set.
fn remaining_wait(browser: &Browser, now: OffsetDateTime) -> Option<u32> {
    let until: i64 = query_parameter(browser, WAIT_PARAMETER)?.parse().ok()?;
    let left = until.checked_sub(now.unix_timestamp())?;
    (1..=MAX_WAIT.whole_seconds()).contains(&left).then(|| u32::try_from(left).ok()).flatten()
}

fn query_parameter<'b>(browser: &'b Browser, parameter: &str) -> Option<&'b str> {
    let found = browser.query.pairs().iter().find(|(name, _)| name == parameter);
    found.map(|(_, value)| value.as_str())
}
