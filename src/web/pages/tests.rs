//! Renders every sample of every page, in every language, and checks the rules that all pages share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::messages::{Messages, UsedIds};
use super::{Brand, Help, Language, Layout, Page, PageVisitor, Pages, RefusalPage, SignIn, assets, visit_pages};

/// A value that must not become markup.
pub const HOSTILE: &str = "\"'><script>alert(1)</script>";

pub fn brand() -> Brand {
    Brand { name: "Example".into(), logo: None, help: Help::parse("mailto:help@example.org") }
}

struct RenderedPage {
    name: String,
    language: Language,
    html: String,
}

fn render_all() -> Vec<RenderedPage> {
    render_with(&Pages::new().unwrap())
}

/// Renders every sample of every page.
struct Renderer<'p> {
    pages: &'p Pages,
    all: Vec<RenderedPage>,
}

impl PageVisitor for Renderer<'_> {
    fn visit<P: Page>(&mut self) {
        self.all.extend(render::<P>(self.pages));
    }
}

fn render_with(pages: &Pages) -> Vec<RenderedPage> {
    let mut renderer = Renderer { pages, all: Vec::new() };
    visit_pages(&mut renderer);
    renderer.all
}

fn render<P: Page>(pages: &Pages) -> Vec<RenderedPage> {
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
            for (brand, page_path) in brands.iter().zip([Some("/auth/galene?room=a"), Some("/?\"><script>"), None]) {
                let layout = Layout { brand, languages: &Language::ALL, page_path };
                let html = pages.render(page, language, &layout).unwrap();
                all.push(RenderedPage { name: format!("{} {number} {}", P::TEMPLATE, language.tag()), language, html });
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
    for RenderedPage { name, html, .. } in render_all() {
        let scripts = html.matches("<script").count();
        let ours = html.matches("<script src=\"/static/repost-").count();
        assert_eq!(scripts, ours, "{name}");
        assert!(ours == 0 || name.starts_with("repost"), "{name}");
    }
}

#[test]
fn no_page_has_script_or_style_inline() {
    for RenderedPage { name, html, .. } in render_all() {
        assert!(!html.contains("<style") && !html.contains(" style="), "{name}");
        assert!(!html.contains("javascript:"), "{name}");
        // An attribute such as onclick, outside of any quoted value.
        let unquoted: String = html.split('"').step_by(2).collect();
        assert!(!unquoted.split_whitespace().any(|word| word.starts_with("on") && word.ends_with('=')), "{name}");
    }
}

#[test]
fn every_page_has_one_heading_a_language_and_a_direction() {
    for RenderedPage { name, language, html } in render_all() {
        assert!(html.starts_with("<!doctype html>"), "{name}: {}", &html[..40]);
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        assert!(html.contains(&format!("<html lang=\"{}\" dir=\"ltr\">", language.tag())), "{name}");
        assert!(!between(&html, "<h1>", "</h1>").trim().is_empty(), "{name}");
    }
}

#[test]
fn the_title_names_the_state_first_and_the_operator_last() {
    for RenderedPage { name, html, .. } in render_all() {
        let (state, operator) = between(&html, "<title>", "</title>").rsplit_once(" · ").unwrap();
        assert!(!state.trim().is_empty() && !state.ends_with('.'), "{name}: {state}");
        assert!(operator.starts_with("Example") || operator.contains("&lt;script"), "{name}: {operator}");
    }
    let pages = Pages::new().unwrap();
    let brand = brand();
    let layout = Layout { brand: &brand, languages: &Language::ALL, page_path: None };
    let unreachable = RefusalPage {
        provider_name: Some("Example University".into()),
        ..super::samples::unknown(crate::broker::Public::ProviderUnreachable)
    };
    let html = pages.render(&unreachable, Language::English, &layout).unwrap();
    assert!(html.contains("<title>Not answering: Example University · Example</title>"), "{html}");
}

#[test]
fn a_page_and_its_stylesheet_are_small() {
    let stylesheet = assets::STYLESHEET.body.len();
    for RenderedPage { name, html, .. } in render_all() {
        assert!(html.len() + stylesheet <= 20 * 1024, "{name}: {} + {stylesheet}", html.len());
    }
}

#[test]
fn a_missing_name_leaves_no_gap() {
    // A missing name is the number 0 in a message. No page may print that 0, or leave a gap in its place.
    let pages = Pages::new().unwrap();
    for RenderedPage { name, html, .. } in render::<RefusalPage>(&pages).into_iter().chain(render::<SignIn>(&pages)) {
        let text = between(&html, "<main>", "</main>");
        for gap in [">0", " 0.", " 0<", " 0’", "  with", ": <", "none<"] {
            assert!(!text.contains(gap), "{name} has {gap:?}: {text}");
        }
    }
}

#[test]
fn no_page_uses_words_that_blame_or_frighten_people() {
    for (language, words) in [
        (Language::English, &["error", "invalid", "failed", "unauthori"][..]),
        (Language::French, &["erreur", "invalide", "échou", "non autoris"]),
        (Language::German, &["fehler", "ungültig", "fehlgeschlagen", "unberechtigt", "nicht autorisiert"]),
    ] {
        let lines = language.messages().lines().filter(|line| !line.starts_with('#'));
        let text = lines.map(without_message_id).collect::<String>().to_lowercase();
        for word in words {
            assert!(!text.contains(word), "{word} in {}", language.tag());
        }
    }
}

/// A message's id is for developers.
fn without_message_id(line: &str) -> &str {
    let is_id = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    line.split_once(" =").filter(|(id, _)| is_id(id)).map_or(line, |(_, text)| text)
}

#[test]
fn french_punctuation_stays_on_the_line_of_its_word() {
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
fn every_message_appears_on_some_page() {
    let recorded_ids = UsedIds::default();
    let recording = |language: Language| {
        Messages::new(language, language.messages()).map(|messages| messages.recording_in(Arc::clone(&recorded_ids)))
    };
    render_with(&Pages::with_messages(recording).unwrap());
    let written: BTreeSet<String> = arguments(Language::English).into_keys().collect();
    assert_eq!(*recorded_ids.lock().unwrap(), written);
}

#[test]
fn every_message_has_a_comment_for_translators() {
    for language in Language::ALL {
        let lines: Vec<&str> = language.messages().lines().collect();
        for pair in lines.windows(2) {
            let begins = pair[1].starts_with(|c: char| c.is_ascii_lowercase()) && pair[1].contains(" =");
            assert!(!begins || pair[0].starts_with("# "), "{}: {}", language.tag(), pair[1]);
        }
    }
}
