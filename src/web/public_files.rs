//! Files that anybody may read: the public keys, the scripts that apps import, the files of our pages, the logo.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH,
};

use super::Web;
use super::browser::{Browser, PathName};
use super::image::{Image, etag};
use super::pages::assets;
use super::refusal::refusal_response;
use crate::base::ids::ProviderId;
use crate::broker::{Cause, Context};
use crate::signer::rotation::JWKS_MAX_AGE;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const TYPES: &str = "text/plain; charset=utf-8";
/// The modules that an app imports: one starts a login and reads the answer, the other verifies a token.
const SCRIPTS: [(&str, &str, &str); 4] = [
    ("/vestibule.js", JAVASCRIPT, include_str!("../../templates/static/vestibule.js")),
    ("/vestibule.d.ts", TYPES, include_str!("../../templates/static/vestibule.d.ts")),
    ("/verify.js", JAVASCRIPT, include_str!("../../templates/static/verify.js")),
    ("/verify.d.ts", TYPES, include_str!("../../templates/static/verify.d.ts")),
];

pub async fn jwks(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let keys = web.broker.signer().jwks();
    let cache = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    cross_origin_file(&headers, "application/jwk-set+json", &cache, &keys.etag, keys.json.clone().into())
}

/// The scripts that apps import, and their types.
pub fn scripts<S: Clone + Send + Sync + 'static>() -> Router<S> {
    SCRIPTS.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(
            path,
            get(async move |headers: HeaderMap| {
                cross_origin_file(&headers, kind, SHORT_CACHE, &etag(text.as_bytes()), text.into())
            }),
        )
    })
}

/// The address of a script never changes, so caches keep it only for a short time.
const SHORT_CACHE: &str = "public, max-age=300";

pub async fn asset(State(web): State<Arc<Web>>, PathName(name): PathName, browser: Browser) -> Response {
    let path = format!("/static/{name}");
    let Some(asset) = assets::all().find(|asset| asset.path == path) else {
        return refusal_response(&web, &browser, Cause::PageNotFound.refuse(Context::default())).await;
    };
    file(&browser.headers, asset.content_type, assets::CACHE_CONTROL, &asset.etag, asset.body.into())
}

pub async fn logo(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    image(&web, &browser, browser.settings.logo.as_ref()).await
}

/// The icon that the operator chose for a provider.
pub async fn icon(State(web): State<Arc<Web>>, PathName(provider): PathName, browser: Browser) -> Response {
    let found = provider.parse::<ProviderId>().ok().and_then(|id| browser.settings.icons.get(&id));
    image(&web, &browser, found).await
}

async fn image(web: &Web, browser: &Browser, image: Option<&Image>) -> Response {
    match image {
        Some(Image { content_type, bytes, etag }) => {
            file(&browser.headers, content_type, SHORT_CACHE, etag, bytes.clone())
        }
        None => refusal_response(web, browser, Cause::PageNotFound.refuse(Context::default())).await,
    }
}

/// A file for pages of other origins, too. Their module import or fetch needs these headers, and sends no cookie.
fn cross_origin_file(asked: &HeaderMap, kind: &'static str, cache: &str, tag: &str, body: Bytes) -> Response {
    let mut response = file(asked, kind, cache, tag, body);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// RFC 9110 §13.1.2: 304 if the browser has this version.
fn file(asked: &HeaderMap, kind: &'static str, cache: &str, tag: &str, body: Bytes) -> Response {
    let mut tags = asked.get_all(IF_NONE_MATCH).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let mut response = if tags.any(|known| {
        let known = known.trim_ascii();
        known.strip_prefix(b"W/").unwrap_or(known) == tag.as_bytes()
    }) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    for (name, value) in [(CACHE_CONTROL, cache), (ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
