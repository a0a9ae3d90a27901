//! `/healthz` and `/readyz`: whether this process answers, and whether it can sign people in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::Web;

/// The body of `/healthz`.
pub const HEALTHY: &str = "ok\n";

/// Whether this process answers.
pub async fn healthz() -> &'static str {
    HEALTHY
}

/// Whether the database answers and a signing key is usable. Writes nothing.
pub async fn readyz(State(web): State<Arc<Web>>) -> Response {
    if let Err(why) = web.broker.store().readiness().await {
        tracing::warn!(cause = "store_unavailable", error = %why, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the database can't be used: see the log\n").into_response();
    }
    if let Err(why) = web.broker.signer().ready() {
        tracing::warn!(cause = "signer_unavailable", error = %why, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "no signing key can be used: see the log\n").into_response();
    }
    "ready\n".into_response()
}
