//! The codes of an authorization server: each is redeemed once, by its own request (RFC 6749 §4.1.3, RFC 7636 §4.6).

use std::collections::HashMap;

use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule::base::random;
use vestibule::base::secret::sha256;
use vestibule::base::urls::query;

use crate::provider::Fields;

/// The authorization request of each unused code.
#[derive(Default)]
pub struct Codes(HashMap<String, Fields>);

/// Why a code is not redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unredeemed {
    UsedOrUnknown,
    OtherRedirect,
    WrongVerifier,
}

impl Codes {
    pub fn issue(&mut self, request: &Fields) -> String {
        let code = random::token();
        self.0.insert(code.clone(), request.clone());
        code
    }

    /// The authorization request of the code in a token request. The code is used up, whatever comes out.
    pub fn redeem(&mut self, form: &Fields) -> Result<Fields, Unredeemed> {
        let request = form.get("code").and_then(|code| self.0.remove(code)).ok_or(Unredeemed::UsedOrUnknown)?;
        if request.get("redirect_uri") != form.get("redirect_uri") {
            return Err(Unredeemed::OtherRedirect);
        }
        let hashed = form.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes())));
        if request.get("code_challenge") != hashed.as_deref() {
            return Err(Unredeemed::WrongVerifier);
        }
        Ok(request)
    }
}

/// A redirect to the address of the request, with these fields and `after` at the end.
pub fn back(request: &Fields, fields: &[(&str, &str)], after: &str) -> (StatusCode, [(HeaderName, String); 1]) {
    let to = request.get("redirect_uri").unwrap_or_default();
    (StatusCode::FOUND, [(LOCATION, format!("{to}?{}{after}", query(fields)))])
}
