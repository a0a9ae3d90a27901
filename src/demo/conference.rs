//! The demo's conference app: the files of `examples/conference`, with Vestibule's address.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use serde_json::json;

use crate::base::urls::PublicUrl;

/// A room: its id and its name.
pub type Room = (&'static str, &'static str);

/// The app on its own origin. It knows only Vestibule's address, like any app.
pub fn router(broker: &PublicUrl, app: &str, rooms: &[Room]) -> Router {
    let rooms: Vec<_> = rooms.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    let config = json!({ "broker": broker.as_str(), "app": app, "rooms": rooms }).to_string();
    let room = || async { file("text/html; charset=utf-8", ROOM) };
    Router::new()
        .route("/", get(|| async { file("text/html; charset=utf-8", INDEX) }))
        .route("/room/{*room}", get(room))
        .route("/config.json", get(|| async move { file("application/json", config) }))
        .route("/{name}", get(static_file))
}

const INDEX: &str = include_str!("../../examples/conference/index.html");
const ROOM: &str = include_str!("../../examples/conference/room.html");

const SCRIPT: &str = "text/javascript; charset=utf-8";
const FILES: [(&str, &str, &str); 5] = [
    ("app.js", SCRIPT, include_str!("../../examples/conference/app.js")),
    ("story.js", SCRIPT, include_str!("../../examples/conference/story.js")),
    ("words.js", SCRIPT, include_str!("../../examples/conference/words.js")),
    ("style.css", "text/css; charset=utf-8", include_str!("../../examples/conference/style.css")),
    ("icon.svg", "image/svg+xml", include_str!("../../examples/conference/icon.svg")),
];

async fn static_file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => file(kind, *content),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn file(kind: &'static str, content: impl IntoResponse) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
