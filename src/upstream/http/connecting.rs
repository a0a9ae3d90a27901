//! Observes whether a request opens a connection of its own, and how far that comes. The HTTP library does not tell.

use std::cell::Cell;

/// The connection that a request opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connecting {
    /// The request uses a kept connection.
    NotBegun,
    Begun,
    /// The connection is open, with TLS if the address is https.
    Done,
}

tokio::task_local! {
    static STATE: Cell<Connecting>;
}

/// Runs a request, and returns how far its own connection came.
pub async fn observe<T>(request: impl Future<Output = T>) -> (T, Connecting) {
    let observed = async {
        let answer = request.await;
        (answer, STATE.with(Cell::get))
    };
    STATE.scope(Cell::new(Connecting::NotBegun), observed).await
}

/// Wraps the opening of a connection.
pub async fn mark<T, E>(connecting: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    // The library finishes some connections in a task of their own, after the request has found another one.
    let note = |state| _ = STATE.try_with(|cell| cell.set(state));
    note(Connecting::Begun);
    let connected = connecting.await;
    if connected.is_ok() {
        note(Connecting::Done);
    }
    connected
}
