//! The pages of both providers: plain HTML that works without script, in the provider's own colours.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, context};
use url::Url;

use super::scopes::Scopes;
use super::site::Site;
use super::{DemoProvider, Person};
use crate::web::pages::{Language, Messages};

/// All templates with the texts of each language, parsed once.
pub struct Pages {
    site: Site,
    languages: Vec<(Language, Environment<'static>)>,
}

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
    pub scopes: &'a Scopes,
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
pub struct TroublePage {
    pub what: Trouble,
}

/// What such a page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    UnknownClient,
    UnknownAddress,
    ForeignForm,
}

impl Page for ChoicePage<'_> {
    const TEMPLATE: &'static str = "choice.html";

    fn values(&self) -> Value {
        let person =
            |person: &&Person| context!(username => &person.username, name => &person.name, note => person.note);
        let learns = [("profile", "learns-name"), ("email", "learns-email"), ("groups", "learns-groups")];
        let learns: Vec<_> =
            learns.into_iter().filter(|(scope, _)| self.scopes.contains(scope)).map(|(_, what)| what).collect();
        context!(
            action => format!("/sign-in?{}", self.query),
            service => origin(self.to).unwrap_or_default(),
            people => self.people.iter().map(person).collect::<Vec<_>>(),
            signed_in => self.signed_in.map(|person| &person.username),
            learns,
        )
    }

    fn form_target(&self) -> Option<&str> {
        Some(self.to)
    }
}

impl Page for FormPostPage<'_> {
    const TEMPLATE: &'static str = "post.html";

    fn values(&self) -> Value {
        let fields = self.fields.iter().map(|&(name, value)| context!(name, value)).collect::<Vec<_>>();
        context!(to => self.to, service => origin(self.to).unwrap_or_default(), fields)
    }

    fn form_target(&self) -> Option<&str> {
        Some(self.to)
    }
}

impl Page for FrontPage<'_> {
    const TEMPLATE: &'static str = "front.html";

    fn values(&self) -> Value {
        context!(name => self.signed_in.map(|person| &person.name))
    }

    fn form_target(&self) -> Option<&str> {
        None
    }
}

impl Page for TroublePage {
    const TEMPLATE: &'static str = "trouble.html";

    fn values(&self) -> Value {
        let what = match self.what {
            Trouble::UnknownClient => "trouble-client",
            Trouble::UnknownAddress => "trouble-address",
            Trouble::ForeignForm => "trouble-form",
        };
        context!(what)
    }

    fn form_target(&self) -> Option<&str> {
        None
    }
}

impl Pages {
    pub fn load(site: Site) -> Result<Self, Error> {
        let with_templates = |language| Ok((language, environment(language)?));
        Ok(Self { site, languages: Language::ALL.into_iter().map(with_templates).collect::<Result<_, Error>>()? })
    }

    pub fn render<P: Page>(&self, language: Language, status: StatusCode, page: &P) -> Response {
        match self.html(language, page) {
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
                tracing::error!(error = %why, page = P::TEMPLATE, "a page of a provider could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    fn html<P: Page>(&self, language: Language, page: &P) -> Result<String, Error> {
        let entry = self.languages.iter().find(|(entry, _)| *entry == language);
        let (_, templates) = entry.ok_or_else(|| Error::new(ErrorKind::TemplateNotFound, "no language"))?;
        let site = context!(name => self.site.name(), id => self.site.id());
        templates.get_template(P::TEMPLATE)?.render(context!(site, lang => language.tag(), ..page.values()))
    }
}

fn environment(language: Language) -> Result<Environment<'static>, Error> {
    let texts = match language {
        Language::English => include_str!("../../../templates/demo/locales/en.ftl"),
        Language::French => include_str!("../../../templates/demo/locales/fr.ftl"),
        Language::German => include_str!("../../../templates/demo/locales/de.ftl"),
    };
    let messages = Messages::new(language, texts)?;
    let mut templates = Environment::new();
    // Otherwise an error in a template would write the page's values to the log, and one may be a code (C56).
    templates.set_debug(false);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.add_function("t", move |id: &str, names| messages.text(id, &names));
    for (name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    Ok(templates)
}

const TEMPLATES: [(&str, &str); 5] = [
    ("provider.html", include_str!("../../../templates/demo/provider.html")),
    (ChoicePage::TEMPLATE, include_str!("../../../templates/demo/choice.html")),
    (FormPostPage::TEMPLATE, include_str!("../../../templates/demo/post.html")),
    (FrontPage::TEMPLATE, include_str!("../../../templates/demo/front.html")),
    (TroublePage::TEMPLATE, include_str!("../../../templates/demo/trouble.html")),
];

/// Chromium holds a form to `form-action` through all redirects that follow: the broker's callback, and the app that
/// the broker goes on to, which the provider cannot know. In a demo all of them are on this machine.
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

pub async fn stylesheet(State(provider): State<Arc<DemoProvider>>) -> Response {
    asset("text/css; charset=utf-8", provider.settings.site.stylesheet())
}

pub async fn icon(State(provider): State<Arc<DemoProvider>>) -> Response {
    asset("image/svg+xml", provider.settings.site.icon())
}

/// Presses the one button of the page that posts itself.
pub async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../../templates/demo/post.js"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}
