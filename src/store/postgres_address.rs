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

/// Whether the driver has to make up a user. `pg_user`: the variable `PGUSER`, which the driver reads.
pub(super) fn names_no_user(url: &str, pg_user: Option<&str>) -> bool {
    let in_url = Url::parse(url)
        .is_ok_and(|url| !url.username().is_empty() || url.query_pairs().any(|(name, _)| name == "user"));
    !in_url && pg_user.is_none_or(str::is_empty)
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
    use super::{connect_options, location_of, names_no_user};

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

    #[test]
    fn an_address_without_a_user_is_distinguished_from_a_user_called_anonymous() {
        for url in ["postgres://u@h/d", "postgres://anonymous@h/d", "postgres://h/d?user=anonymous"] {
            assert!(!names_no_user(url, None), "{url}");
        }
        for url in ["postgres://h/d", "postgres://anonymous-db.example.org/d", "postgres://:pw@h/anonymous"] {
            assert!(names_no_user(url, None) && names_no_user(url, Some("")), "{url}");
            assert!(!names_no_user(url, Some("anonymous")), "{url}");
        }
    }
}
