//! Checks whether the service can listen at its address.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;
use url::Url;

use super::public_url::is_healthy;
use crate::config::{Config, DatabaseUrl};
use crate::store::{Server, StoreError};
use crate::upstream::ProviderSettings;
use crate::upstream::http::{Http, Reach};
use crate::upstream::probe::Reporter;

/// Whether a server runs on the database of this config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnServer {
    /// It runs, or we can't know: several servers may share PostgreSQL.
    MayRun,
    DoesNotRun,
}

impl OwnServer {
    pub fn of(database: &DatabaseUrl, found: &Result<Option<Server>, StoreError>) -> Self {
        match (database, found) {
            (DatabaseUrl::Sqlite { .. }, Ok(None)) => Self::DoesNotRun,
            (DatabaseUrl::Sqlite { .. } | DatabaseUrl::Postgres(_), _) => Self::MayRun,
        }
    }
}

/// The port of `listen`.
pub enum Port {
    /// It is free, or Vestibule uses it, or this user can't try it.
    Usable,
    /// Another program uses it.
    Taken,
}

/// Checks whether the service can listen at its address: it listens already, or the address is free.
pub async fn check(config: &Config<ProviderSettings>, own: OwnServer, reporter: &mut Reporter<'_>) -> Port {
    let listen = config.server.listen;
    match TcpListener::bind(listen).await {
        Ok(_closed_at_once) => reporter.good(format!("{listen} is free")),
        Err(why) if why.kind() == ErrorKind::AddrInUse => {
            if is_vestibule(listen).await {
                if own == OwnServer::DoesNotRun {
                    reporter.wrong(
                        format!("another Vestibule, which works on another database, uses {listen}"),
                        "write another port in `listen` under [server], and in the proxy; or stop that Vestibule",
                    );
                    return Port::Taken;
                }
                reporter.good(format!("Vestibule runs, and answers on {listen}"));
            } else {
                reporter.wrong(
                    format!("another program uses {listen}: address in use"),
                    "stop that program, or write another port in `listen` under [server], and in the proxy",
                );
                return Port::Taken;
            }
        }
        Err(why) if why.kind() == ErrorKind::PermissionDenied => reporter.warn(
            format!("{listen} can't be tried by this user: {why}"),
            "run the check as the service's user; a port below 1024 needs CAP_NET_BIND_SERVICE",
        ),
        Err(why) => {
            reporter.wrong(format!("{listen} can't be used: {why}"), "write an address of this machine in `listen`");
        }
    }
    Port::Usable
}

async fn is_vestibule(listen: SocketAddr) -> bool {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let Ok(url) = Url::parse(&format!("http://{}/healthz", SocketAddr::new(ip, listen.port()))) else { return false };
    let Ok(http) = Http::new(Reach::Private, None) else { return false };
    http.get(&url, None).await.is_ok_and(|answer| is_healthy(&answer))
}
