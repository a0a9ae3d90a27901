//! The address of a PostgreSQL server, as the config writes it and as the driver reads it.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use url::Url;

/// Reads an address. The driver looks up an IPv6 address of the host with its brackets, as a name, and finds none. The
/// parameter `host` has no brackets.
pub(super) fn connect_options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let Ok(mut parsed) = Url::parse(url) else { return PgConnectOptions::from_str(url) };
    let names_other_host = parsed.query_pairs().any(|(name, _)| name == "host" || name == "hostaddr");
    if let (Some(url::Host::Ipv6(ip)), false) = (parsed.host(), names_other_host) {
        parsed.query_pairs_mut().append_pair("host", &ip.to_string());
    }
    PgConnectOptions::from_str(parsed.as_str())
}

/// Host or socket, port and database.
pub(super) fn location_of(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    let port = options.get_port();
    match options.get_socket() {
        Some(socket) => format!("{database} at {}/.s.PGSQL.{port}", socket.display()),
        None if options.get_host().contains(':') => format!("[{}]:{port}/{database}", options.get_host()),
        None => format!("{}:{port}/{database}", options.get_host()),
    }
}

#[cfg(test)]
mod tests {
    use super::{connect_options, location_of};

    #[test]
    fn an_ipv6_address_is_connected_to_without_its_brackets() {
        for (url, host, location) in [
            ("postgres://u@[::1]:9750/d", "::1", "[::1]:9750/d"),
            ("postgres://u@[2001:db8::7]/d?sslmode=require", "2001:db8::7", "[2001:db8::7]:5432/d"),
            ("postgres://u@[::1]/d?host=db", "db", "db:5432/d"),
            ("postgres://u:p%40x@db:1/d", "db", "db:1/d"),
        ] {
            let options = connect_options(url).unwrap();
            assert_eq!((options.get_host(), location_of(&options)), (host, location.to_owned()), "{url}");
        }
    }
}
