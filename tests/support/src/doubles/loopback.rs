//! Serves a double on a free port of the loopback address, in the test's own runtime.

use std::net::Ipv4Addr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A double that is served until this is dropped.
pub struct Loopback {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    serving: JoinHandle<()>,
}

impl Loopback {
    pub async fn serve(router: Router) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { origin, serving }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
