//! The outside: routes, cookies, headers, pages. Handlers unpack, ask the broker, and pack.

pub mod cookies;
pub mod pages;

mod account;
mod authserver;
mod begin;
mod browser;
mod callback;
mod face;
mod forwarded;
mod guard;
mod listen;
mod logout;
mod media_type;
mod own_form;
mod password;
mod post;
mod refusal;
mod reply;
mod routes;
mod sign_in;
mod wellknown;

pub use face::{Face, FaceError};
pub use listen::{Bounds, LONGEST_HEAD, listen};
pub use routes::router;
pub use wellknown::HEALTHY;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::broker::Broker;
use pages::Pages;

/// What every handler shares.
pub struct Web {
    pub broker: Arc<Broker>,
    pub pages: Pages,
    /// The operator's own name and languages; changes when the config is read again.
    pub face: ArcSwap<Face>,
}

impl Web {
    /// # Errors
    /// When a template in the binary cannot be read.
    pub fn new(broker: Arc<Broker>, face: Face) -> Result<Self, minijinja::Error> {
        Ok(Self { broker, pages: Pages::new()?, face: ArcSwap::from_pointee(face) })
    }
}
