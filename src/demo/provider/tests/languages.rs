//! Every page of both providers, in every language.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::ACCEPT_LANGUAGE;

use super::{PersonSelection, Site, TestProvider, challenge, query, request};
use crate::web::pages::Language;

const LOCALES: [(Language, &str, &str); 3] = [
    (Language::English, "Who are you?", include_str!("../../../../templates/demo/locales/en.ftl")),
    (Language::French, "Qui êtes-vous", include_str!("../../../../templates/demo/locales/fr.ftl")),
    (Language::German, "Wer sind Sie?", include_str!("../../../../templates/demo/locales/de.ftl")),
];

impl TestProvider {
    async fn page(&mut self, method: &str, path: &str, accept_language: &str) -> String {
        let request = Request::builder().method(method).uri(path).header(ACCEPT_LANGUAGE, accept_language);
        self.send(request.body(Body::empty()).unwrap()).await.body
    }
}

/// The address of a request with `changes`.
fn address(changes: &[(&str, &str)]) -> String {
    format!("/authorize?{}", query(&request(&challenge(), changes)))
}

#[tokio::test]
async fn each_page_is_whole_in_every_language() {
    for site in [Site::University, Site::Social] {
        for (language, heading, _) in LOCALES {
            let (mut provider, tag) = (TestProvider::at(site, PersonSelection::ByPage), language.tag());
            let mut pages = Vec::new();
            for path in [
                address(&[]),
                "/".to_owned(),
                address(&[("client_id", "other")]),
                address(&[("redirect_uri", "other")]),
                address(&[("response_mode", "form_post"), ("prompt", "none")]),
            ] {
                pages.push(provider.page("GET", &path, tag).await);
            }
            assert!(pages[0].contains(heading), "{}", pages[0]);
            pages.push(provider.page("GET", &address(&[("ui_locales", tag)]), "").await);
            let foreign = Request::post("/logout").header("sec-fetch-site", "cross-site").header(ACCEPT_LANGUAGE, tag);
            pages.push(provider.send(foreign.body(Body::empty()).unwrap()).await.body);
            let someone = provider.people[0].username.clone();
            provider.press(&request(&challenge(), &[]), ("person", &someone)).await;
            pages.push(provider.page("GET", "/logout", tag).await);
            pages.push(provider.page("GET", &address(&[("prompt", "login")]), tag).await);
            for page in pages {
                assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{site:?} {tag}: {page}");
                assert_eq!(page.matches("<h1>").count(), 1, "{page}");
                assert!(page.contains(site.name()));
            }
        }
    }
}

#[tokio::test]
async fn a_request_names_the_language_before_the_browser_does() {
    let mut provider = TestProvider::at(Site::Social, PersonSelection::ByPage);
    assert!(provider.page("GET", &address(&[("ui_locales", "de")]), "fr").await.contains("Wer sind Sie?"));
}

/// The ids of the messages.
fn ids(texts: &str) -> BTreeSet<&str> {
    let lines = texts.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    lines.filter_map(|line| line.split_once(" =")).map(|(id, _)| id).collect()
}

#[test]
fn all_languages_have_the_same_messages() {
    let [(_, _, english), others @ ..] = LOCALES;
    for (language, _, texts) in others {
        assert_eq!(ids(texts), ids(english), "{language:?}");
    }
}
