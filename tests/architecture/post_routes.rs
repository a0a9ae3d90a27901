//! Only `src/web/post.rs` adds POST routes: their handlers take a form whose origin was checked (C53).

use super::source::{Source, Token};

/// The only file that may add a POST route.
const HOME: &str = "src/web/post.rs";
/// What a file of `src/web` may import from `axum::routing`.
const READING: [&str; 3] = ["get", "head", "options"];
/// Methods of a route that add any other HTTP method.
const CHANGING: [&str; 11] = [
    "delete",
    "delete_service",
    "fallback_service",
    "on",
    "on_service",
    "patch",
    "patch_service",
    "post",
    "post_service",
    "put",
    "put_service",
];

/// Each place in `source` that adds a route for a method that changes something.
pub fn faults(source: &Source) -> Vec<String> {
    let is_page = source.path.starts_with("src/web/") && source.path != HOME && !source.path.contains("tests");
    if !is_page {
        return Vec::new();
    }
    let fault = |token: &Token| {
        let Token { text, line } = token;
        format!("{}:{line}: `{text}` adds a route that changes something: use {HOME}", source.path)
    };
    imported(&source.tokens).chain(called(&source.tokens)).map(fault).collect()
}

/// The names after `routing::`, single or in braces, that do more than read.
fn imported(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    let after = |at: usize| {
        let names = tokens.get(at + 2..).unwrap_or_default();
        let end = match names.first() {
            Some(first) if first.text == "{" => names.iter().position(|token| token.text == "}").unwrap_or(names.len()),
            Some(_) | None => names.len().min(1),
        };
        names[..end].iter().filter(|token| token.text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '*'))
    };
    let places = tokens.array_windows().enumerate();
    let places = places.filter(|(_, [word, colons])| word.text == "routing" && colons.text == "::");
    places.flat_map(move |(at, _)| after(at)).filter(|token| !READING.contains(&token.text.as_str()))
}

fn called(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    let calls = tokens.array_windows().filter(|[dot, _, open]| dot.text == "." && open.text == "(");
    calls.map(|[_, name, _]| name).filter(|name| CHANGING.contains(&name.text.as_str()))
}

// C53
#[test]
fn every_form_of_a_post_route_elsewhere_is_found() {
    let found = |code: &str| faults(&Source::read("src/web/routes.rs", code)).len();
    for bad in [
        "use axum::routing::{get, post};",
        "use axum::routing::post;",
        "use axum::routing::*;",
        "use axum::{Router, routing::{any}};",
        "fn f() { axum::routing::on(filter, handler) }",
        "fn f() { get(ask).post(leave) }",
        "fn f() { get(ask)\n    .on(MethodFilter::POST, leave) }",
    ] {
        assert_eq!(found(bad), 1, "{bad}");
    }
    for good in [
        "use axum::routing::get;",
        "use axum::routing::{get, options};",
        "fn f() { get(ask).options(preflight); list.iter().any(|one| one) }",
        "fn f() { own_form(get(show), sign_out); CrossSiteRoute::AppJson.route(get(begin), post) }",
    ] {
        assert_eq!(found(good), 0, "{good}");
    }
    assert!(faults(&Source::read(HOME, "fn f() { at.post(handler) }")).is_empty());
}
