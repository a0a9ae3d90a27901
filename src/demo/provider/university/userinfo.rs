//! Claims for an access token (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};

use super::super::DemoProvider;
use super::claims::UserClaims;

pub async fn userinfo(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap) -> Response {
    match provider.token_grant(&headers) {
        Ok(grant) => {
            let claims = UserClaims::new(&grant.person, &grant.scopes);
            ([(CACHE_CONTROL, "no-store")], Json(claims)).into_response()
        }
        Err(why) => why.into_response(),
    }
}
