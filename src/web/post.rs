//! The only file that adds POST routes: for our own forms, and for the few routes that other sites may post to.
//!
//! `tests/architecture` finds a POST route that is added elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodRouter;

use super::Web;
use super::own_form::OwnForm;

/// Adds the POST of one of our forms. The compiler accepts only a handler whose last argument is an [`OwnForm`]
/// (security rule C53).
pub fn own_form<H, T>(methods: MethodRouter<Arc<Web>>, post: H) -> MethodRouter<Arc<Web>>
where
    H: Handler<T, Arc<Web>>,
    T: EndsInOwnForm + 'static,
{
    methods.post(post)
}

/// A route of one of our forms, at an address that has no page.
pub fn only_own_form<H, T>(post: H) -> MethodRouter<Arc<Web>>
where
    H: Handler<T, Arc<Web>>,
    T: EndsInOwnForm + 'static,
{
    own_form(MethodRouter::new(), post)
}

/// The arguments of a handler that ends in an [`OwnForm`]. The first type of the tuple is axum's own marker.
pub trait EndsInOwnForm {}

impl<M, F> EndsInOwnForm for (M, OwnForm<F>) {}
impl<M, A, F> EndsInOwnForm for (M, A, OwnForm<F>) {}
impl<M, A, B, F> EndsInOwnForm for (M, A, B, OwnForm<F>) {}

/// A route that other sites may post to, and what replaces the origin check there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrossSiteRoute {
    /// A provider's answer: its state must belong to a login that this browser began (C1, C38).
    ProviderAnswer,
    /// An app's JSON: the name and the password are the proof, and no cookie is read (C51). The sign-in page posts its
    /// form to the same address. That form is read only as an [`OwnForm`].
    AppJson,
}

impl CrossSiteRoute {
    const fn path(self) -> &'static str {
        match self {
            Self::ProviderAnswer => "/callback/{provider}",
            Self::AppJson => "/auth/{app}",
        }
    }

    /// Adds this route, with `post` and the other methods in `methods`.
    pub fn route<H, T>(self, methods: MethodRouter<Arc<Web>>, post: H) -> Router<Arc<Web>>
    where
        H: Handler<T, Arc<Web>>,
        T: 'static,
    {
        Router::new().route(self.path(), methods.post(post))
    }
}
