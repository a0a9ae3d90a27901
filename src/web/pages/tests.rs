//! Draws every sample of every page, in every language, and checks the rules that all pages share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::messages::{AskedIds, Messages};
use super::{Brand, Frame, Help, Language, Page, PageVisitor, Pages, Refusal, SignIn, assets, visit_pages};

/// A value that must not become markup.
pub const HOSTILE: &str = "\"'><script>alert(1)</script>";

pub fn brand() -> Brand {
    Brand { name: "Example".into(), logo: None, help: Help::parse("mailto:help@example.org") }
}

struct Drawn {
    name: String,
    language: Language,
    html: String,
}

fn draw_all() -> Vec<Drawn> {
    draw_with(&Pages::new().unwrap())
}

/// Draws every sample of every page.
struct Draws<'p> {
    pages: &'p Pages,
    all: Vec<Drawn>,
}

impl PageVisitor for Draws<'_> {
    fn visit<P: Page>(&mut self) {
        self.all.extend(draw::<P>(self.pages));
    }
}

fn draw_with(pages: &Pages) -> Vec<Drawn> {
    let mut draws = Draws { pages, all: Vec::new() };
    visit_pages(&mut draws);
    draws.all
}

fn draw<P: Page>(pages: &Pages) -> Vec<Drawn> {
    let brands = [
        brand(),
        Brand {
            name: HOSTILE.into(),
            logo: Some(HOSTILE.into()),
            help: Help::parse("https://example.org/?\"><script>"),
        },
        Brand { name: "Example".into(), logo: Some("/static/logo".into()), help: None },
    ];
    let mut all = Vec::new();
    for language in Language::ALL {
        for (number, page) in P::samples().iter().enumerate() {
            for (brand, here) in brands.iter().zip([Some("/auth/galene?room=a"), Some("/?\"><script>"), None]) {
                let frame = Frame { brand, languages: &Language::ALL, here };
                let html = pages.render(page, language, &frame).unwrap();
                all.push(Drawn { name: format!("{} {number} {}", P::TEMPLATE, language.tag()), language, html });
            }
        }
    }
    all
}

fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    html.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn a_value_never_becomes_markup() {
    for Drawn { name, html, .. } in draw_all() {
        let scripts = html.matches("<script").count();
        let ours = html.matches("<script src=\"/static/repost-").count();
        assert_eq!(scripts, ours, "{name}");
        assert!(ours == 0 || name.starts_with("repost"), "{name}");
    }
}

#[test]
fn no_page_has_script_or_style_inline() {
    for Drawn { name, html, .. } in draw_all() {
        assert!(!html.contains("<style") && !html.contains(" style="), "{name}");
        assert!(!html.contains("javascript:"), "{name}");
        // An attribute such as onclick, outside of any quoted value.
        let unquoted: String = html.split('"').step_by(2).collect();
        assert!(!unquoted.split_whitespace().any(|word| word.starts_with("on") && word.ends_with('=')), "{name}");
    }
}

#[test]
fn every_page_has_one_heading_a_language_and_a_direction() {
    for Drawn { name, language, html } in draw_all() {
        assert!(html.starts_with("<!doctype html>"), "{name}: {}", &html[..40]);
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        assert!(html.contains(&format!("<html lang=\"{}\" dir=\"ltr\">", language.tag())), "{name}");
        assert!(!between(&html, "<h1>", "</h1>").trim().is_empty(), "{name}");
    }
}

#[test]
fn the_title_names_the_state_first_and_the_operator_last() {
    for Drawn { name, html, .. } in draw_all() {
        let (state, operator) = between(&html, "<title>", "</title>").rsplit_once(" · ").unwrap();
        assert!(!state.trim().is_empty() && !state.ends_with('.'), "{name}: {state}");
        assert!(operator.starts_with("Example") || operator.contains("&lt;script"), "{name}: {operator}");
    }
    let pages = Pages::new().unwrap();
    let brand = brand();
    let frame = Frame { brand: &brand, languages: &Language::ALL, here: None };
    let silent = Refusal {
        provider_name: Some("Example University".into()),
        ..super::samples::unknown(crate::broker::Public::NotAnswering)
    };
    let html = pages.render(&silent, Language::English, &frame).unwrap();
    assert!(html.contains("<title>Not answering: Example University · Example</title>"), "{html}");
}

#[test]
fn a_page_and_its_stylesheet_are_small() {
    let stylesheet = assets::STYLESHEET.body.len();
    for Drawn { name, html, .. } in draw_all() {
        assert!(html.len() + stylesheet <= 20 * 1024, "{name}: {} + {stylesheet}", html.len());
    }
}

#[test]
fn a_name_that_is_not_known_leaves_no_hole() {
    // A missing name is the number 0 to the messages: none may print it, nor a gap where it would stand.
    let pages = Pages::new().unwrap();
    for Drawn { name, html, .. } in draw::<Refusal>(&pages).into_iter().chain(draw::<SignIn>(&pages)) {
        let text = between(&html, "<main>", "</main>");
        for hole in [">0", " 0.", " 0<", " 0’", "  with", ": <", "none<"] {
            assert!(!text.contains(hole), "{name} has {hole:?}: {text}");
        }
    }
}

#[test]
fn no_page_blames_or_frightens() {
    for (language, words) in [
        (Language::English, &["error", "invalid", "failed", "unauthori"][..]),
        (Language::French, &["erreur", "invalide", "échou", "non autoris"]),
        (Language::German, &["fehler", "ungültig", "fehlgeschlagen", "unberechtigt", "nicht autorisiert"]),
    ] {
        let said = language.messages().lines().filter(|line| !line.starts_with('#')).collect::<String>().to_lowercase();
        for word in words {
            assert!(!said.contains(word), "{word} in {}", language.tag());
        }
    }
}

#[test]
fn french_keeps_its_signs_with_their_words() {
    for line in Language::French.messages().lines().filter(|line| !line.starts_with('#')) {
        for parted in [" :", " ;", " ?", " !", "« ", " »"] {
            assert!(!line.contains(parted), "{line}");
        }
    }
}

/// The names a message or attribute uses, by its id.
fn arguments(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut message, mut id) = (String::new(), String::new());
    for line in language.messages().lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =") {
            let attribute = name.trim().strip_prefix('.');
            if !line.starts_with(' ') {
                name.clone_into(&mut message);
            }
            id = attribute.map_or_else(|| message.clone(), |attribute| format!("{message}.{attribute}"));
            found.entry(id.clone()).or_default();
        }
        for used in line.split('$').skip(1) {
            let name = used.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().to_owned();
            found.get_mut(&id).unwrap().insert(name);
        }
    }
    found
}

#[test]
fn all_languages_have_the_same_messages_with_the_same_names() {
    let english = arguments(Language::English);
    for language in [Language::French, Language::German] {
        assert_eq!(arguments(language), english, "{}", language.tag());
    }
}

#[test]
fn every_message_is_said_on_some_page() {
    let said = AskedIds::default();
    let listening = |language| Messages::new(language).map(|messages| messages.noting_in(Arc::clone(&said)));
    draw_with(&Pages::speaking(listening).unwrap());
    let written: BTreeSet<String> = arguments(Language::English).into_keys().collect();
    assert_eq!(*said.lock().unwrap(), written);
}

#[test]
fn every_message_tells_translators_what_it_is() {
    for language in Language::ALL {
        let lines: Vec<&str> = language.messages().lines().collect();
        for pair in lines.windows(2) {
            let begins = pair[1].starts_with(|c: char| c.is_ascii_lowercase()) && pair[1].contains(" =");
            assert!(!begins || pair[0].starts_with("# "), "{}: {}", language.tag(), pair[1]);
        }
    }
}
