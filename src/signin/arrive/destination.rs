//! Where a sign-in leads.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{LoginRequest, OwnPageRequest, Preferences};
use crate::base::ids::AppId;
use crate::base::urls::{auth_path, own_auth_path};
use crate::signin::app::{App, Room};

/// Where a sign-in leads. `A` is the app: its id while the login is pending, then its registration.
///
/// Code that depends on it matches every variant, so that the compiler finds each place that a new variant affects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination<A = AppId> {
    /// To an app, with what it asked for.
    #[serde(rename = "a")]
    App {
        #[serde(rename = "i")]
        app: A,
        #[serde(rename = "r")]
        request: LoginRequest,
    },
    /// To a page of our own.
    #[serde(rename = "o")]
    OwnPage {
        #[serde(rename = "r")]
        request: OwnPageRequest,
    },
}

impl<A> Destination<A> {
    #[must_use]
    pub fn preferences(&self) -> &Preferences {
        match self {
            Self::App { request, .. } => &request.preferences,
            Self::OwnPage { request } => &request.preferences,
        }
    }

    pub fn preferences_mut(&mut self) -> &mut Preferences {
        match self {
            Self::App { request, .. } => &mut request.preferences,
            Self::OwnPage { request } => &mut request.preferences,
        }
    }

    /// The same destination, with changed preferences.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Preferences)) -> Self {
        change(self.preferences_mut());
        self
    }

    /// The query of its start.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::App { request, .. } => request.parameters(),
            Self::OwnPage { request } => request.parameters(),
        }
    }
}

impl Destination<Arc<App>> {
    #[must_use]
    pub fn app(&self) -> Option<&Arc<App>> {
        match self {
            Self::App { app, .. } => Some(app),
            Self::OwnPage { .. } => None,
        }
    }

    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        match self {
            Self::App { request, .. } => request.location.room(),
            Self::OwnPage { .. } => None,
        }
    }

    /// As the browser keeps it.
    #[must_use]
    pub fn to_pending(&self) -> Destination {
        match self {
            Self::App { app, request } => Destination::App { app: app.id.clone(), request: request.clone() },
            Self::OwnPage { request } => Destination::OwnPage { request: request.clone() },
        }
    }

    /// The path of its start, with these parameters.
    #[must_use]
    pub fn start_path_with(&self, parameters: &[(&str, &str)]) -> String {
        match self {
            Self::App { app, .. } => auth_path(&app.id, parameters),
            Self::OwnPage { .. } => own_auth_path(parameters),
        }
    }

    /// The path and query that start the same sign-in again.
    #[must_use]
    pub fn start_path(&self) -> String {
        self.start_path_with(&self.parameters())
    }
}
