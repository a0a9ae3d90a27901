//! The university's pages: plain HTML that works without script, in the university's own colours.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use url::Url;

use super::claims::Scopes;
use super::{DemoProvider, Person};

/// All templates, parsed once.
pub struct Pages(Environment<'static>);

/// A page and its values.
pub trait Page {
    const TEMPLATE: &'static str;
    fn values(&self) -> Value;
    /// The other site that a form on this page may lead to.
    fn form_target(&self) -> Option<&str>;
}

/// The page on which the person chooses who signs in.
pub struct ChoicePage<'a> {
    /// The request as it came: the form sends it along.
    pub query: &'a str,
    pub to: &'a str,
    pub people: Vec<&'a Person>,
    pub signed_in: Option<&'a Person>,
    pub scopes: Scopes,
}

/// A form that posts itself to the service (OAuth 2.0 Form Post Response Mode §2).
pub struct FormPostPage<'a> {
    pub to: &'a str,
    pub fields: &'a [(&'a str, &'a str)],
}

/// Who is signed in here.
pub struct FrontPage<'a> {
    pub signed_in: Option<&'a Person>,
}

/// An error that only the person may see.
pub struct ErrorPage {
    pub what: &'static str,
}

impl Page for ChoicePage<'_> {
    const TEMPLATE: &'static str = "university_choice.html";

    fn values(&self) -> Value {
        let person =
            |person: &&Person| context!(username => &person.username, name => &person.name, note => &person.note);
        let shared_claims: Vec<&str> =
            [("profile", "your name"), ("email", "your e\u{2011}mail address"), ("groups", "your groups")]
                .into_iter()
                .filter(|(scope, _)| self.scopes.contains(scope))
                .map(|(_, what)| what)
                .collect();
        context!(
            action => format!("/sign-in?{}", self.query),
            service => origin(self.to).unwrap_or_default(),
            people => self.people.iter().map(person).collect::<Vec<_>>(),
            signed_in => self.signed_in.map(|person| &person.username),
            shared_claims,
        )
    }

    fn form_target(&self) -> Option<&str> {
        Some(self.to)
    }
}

impl Page for FormPostPage<'_> {
    const TEMPLATE: &'static str = "university_post.html";

    fn values(&self) -> Value {
        let fields = self.fields.iter().map(|&(name, value)| context!(name, value)).collect::<Vec<_>>();
        context!(to => self.to, service => origin(self.to).unwrap_or_default(), fields)
    }

    fn form_target(&self) -> Option<&str> {
        Some(self.to)
    }
}

impl Page for FrontPage<'_> {
    const TEMPLATE: &'static str = "university_front.html";

    fn values(&self) -> Value {
        context!(name => self.signed_in.map(|person| &person.name))
    }

    fn form_target(&self) -> Option<&str> {
        None
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "university_trouble.html";

    fn values(&self) -> Value {
        context!(what => self.what)
    }

    fn form_target(&self) -> Option<&str> {
        None
    }
}

impl Pages {
    pub fn load() -> Result<Self, minijinja::Error> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self(templates))
    }

    pub fn render<P: Page>(&self, status: StatusCode, page: &P) -> Response {
        let html = self.0.get_template(P::TEMPLATE).and_then(|template| template.render(page.values()));
        match html {
            Ok(html) => {
                let headers = [
                    (CONTENT_SECURITY_POLICY, policy(page.form_target())),
                    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
                    // With `no-referrer`, our own form would send `Origin: null`.
                    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
                    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                ];
                (status, headers, Html(html)).into_response()
            }
            Err(why) => {
                tracing::error!(error = %why, page = P::TEMPLATE, "a page of Example University could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

const TEMPLATES: [(&str, &str); 5] = [
    ("university.html", include_str!("../../../templates/demo/university.html")),
    (ChoicePage::TEMPLATE, include_str!("../../../templates/demo/university_choice.html")),
    (FormPostPage::TEMPLATE, include_str!("../../../templates/demo/university_post.html")),
    (FrontPage::TEMPLATE, include_str!("../../../templates/demo/university_front.html")),
    (ErrorPage::TEMPLATE, include_str!("../../../templates/demo/university_trouble.html")),
];

/// Chromium holds a form to `form-action` through all redirects that follow: the broker's callback, and the app that
/// the broker goes on to, which the university cannot know. In a demo all of them are on this machine.
fn policy(form_target: Option<&str>) -> HeaderValue {
    let onward = form_target
        .and_then(origin)
        .map_or_else(String::new, |origin| format!(" {origin} http://localhost:* http://127.0.0.1:*"));
    let policy = format!(
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'{onward}; base-uri \
         'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

fn origin(address: &str) -> Option<String> {
    Url::parse(address).ok().map(|url| url.origin().ascii_serialization())
}

pub async fn stylesheet(State(_): State<Arc<DemoProvider>>) -> Response {
    asset("text/css; charset=utf-8", include_str!("../../../templates/demo/university.css"))
}

pub async fn crest(State(_): State<Arc<DemoProvider>>) -> Response {
    asset("image/svg+xml", include_str!("../../../templates/demo/university.svg"))
}

/// Presses the one button of the page that posts itself.
pub async fn script(State(_): State<Arc<DemoProvider>>) -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../../templates/demo/university_post.js"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}
