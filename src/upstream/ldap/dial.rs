//! Opens a connection with a server: resolve, connect, TLS. An error names the step that failed.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::connection::Connection;
use super::results::{Failover, NO_ANSWER, ServerError};
use super::server::{Protection, Server};
use super::starttls;

/// Opens a connection, without a bind.
///
/// # Errors
/// The step that failed, with its cause and its fix.
pub async fn connect(server: &Server, tls: &Arc<ClientConfig>, deadline: Instant) -> Result<Connection, ServerError> {
    let dialer = Dialer { server, deadline };
    let mut stream = dialer.tcp().await?;
    if server.protection == Protection::StartTls {
        let asked = dialer.within("TLS", starttls::request_tls(&mut stream)).await?;
        asked.map_err(|why| ServerError::of_connecting(server, why))?;
        // From here on, the same as a stream that begins with TLS.
    }
    let opened = match server.protection {
        Protection::None => Connection::open(server.name(), stream).await,
        Protection::Tls | Protection::StartTls => {
            let name = ServerName::try_from(server.host().to_owned());
            let name = name.map_err(|why| ServerError::of_connecting(server, why.into()))?;
            let handshake = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
            let secured = dialer.within("TLS", handshake).await?;
            let secured = secured.map_err(|why| ServerError::of_connecting(server, why.into()))?;
            Connection::open(server.name(), secured).await
        }
    };
    opened.map_err(|why| ServerError::of_connecting(server, why))
}

struct Dialer<'s> {
    server: &'s Server,
    deadline: Instant,
}

impl Dialer<'_> {
    /// Tries each address of the server's name.
    async fn tcp(&self) -> Result<TcpStream, ServerError> {
        let found = self.within("resolve", tokio::net::lookup_host((self.server.host(), self.server.port()))).await?;
        let unknown = |why: String| {
            let fix = "check that the name in `servers` is right and that this machine can look it up";
            self.error("resolve", format!("{why}; {fix}"))
        };
        let mut found: Vec<SocketAddr> = found.map_err(|why| unknown(why.to_string()))?.collect();
        if self.server.protection == Protection::None {
            found.retain(|address| address.ip().is_loopback());
        }
        let mut last = None;
        for address in found {
            match self.within("connect", TcpStream::connect(address)).await? {
                Ok(stream) => return Ok(stream),
                Err(why) => {
                    let fix = "check that it is up and that this machine may reach it";
                    last = Some(self.error("connect", format!("{address}: {why}; {fix}")));
                }
            }
        }
        Err(last.unwrap_or_else(|| unknown("the name has no allowed address".to_owned())))
    }

    async fn within<T>(&self, phase: &'static str, work: impl Future<Output = T>) -> Result<T, ServerError> {
        let silent = |_| self.error(phase, NO_ANSWER.to_owned());
        tokio::time::timeout_at(self.deadline, work).await.map_err(silent)
    }

    fn error(&self, phase: &'static str, why: String) -> ServerError {
        ServerError::new(self.server.name(), phase, why, Failover::NextServer)
    }
}
