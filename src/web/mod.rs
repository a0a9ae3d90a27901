//! HTTP: routes, cookies, headers and pages. A handler reads the request, asks the broker, and makes the response.

pub mod cookies;
pub mod pages;

mod access_request;
mod account;
mod admin;
mod authserver;
mod begin;
mod browser;
mod callback;
mod forwarded;
mod health;
mod image;
mod link;
mod link_address;
mod link_request;
mod listen;
mod logout;
mod media_type;
mod own_form;
mod password_change;
mod post;
mod public_files;
mod refusal;
mod response;
mod routes;
mod security_headers;
mod settings;
mod sign_in_form;
mod sign_in_page;

#[cfg(test)]
mod second_protocol;

pub use browser::accepted_languages;
pub use health::HEALTHY;
pub use image::ImageError;
pub use listen::{ConnectionLimits, MAX_HEAD_BYTES, listen};
pub use routes::router;
pub use settings::WebSettings;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::admin::Admin;
use crate::broker::Broker;
use pages::Pages;

/// What all handlers share.
pub struct Web {
    pub broker: Arc<Broker>,
    pub admin: Admin,
    pub pages: Pages,
    /// Replaced when the config is read again.
    pub settings: ArcSwap<WebSettings>,
}

impl Web {
    /// # Errors
    /// When a template in the binary cannot be read.
    pub fn new(broker: Arc<Broker>, settings: WebSettings) -> Result<Self, minijinja::Error> {
        let admin = Admin::new(broker.store().clone(), broker.clock().clone());
        Ok(Self { broker, admin, pages: Pages::new()?, settings: ArcSwap::from_pointee(settings) })
    }
}
