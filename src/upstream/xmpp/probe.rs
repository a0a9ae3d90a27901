//! `vestibule check` for XMPP servers: connects to each, without a login.

use time::Duration;
use tokio::time::Instant;
use tokio_xmpp::parsers::sasl::Mechanism as Name;

use super::Xmpp;
use super::connection::Connection;
use super::jid::Domain;
use super::login::no_mechanism;
use super::mechanism;
use super::settings::Tls;
use super::srv_records::{self, Target};
use crate::base::counted::counted;
use crate::upstream::probe::{FindingSink, Reporter};

/// A certificate should be renewed at least this long before it expires.
const RENEWAL_PERIOD: Duration = Duration::days(14);

impl Xmpp {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        reporter.good(
            "subject: an account is tied to the JID alone: if a JID is removed there and later given to somebody else, \
             they get that account; unlink it first (vestibule identity unlink)",
        );
        for domain in self.settings.domains.iter() {
            match srv_records::targets(domain, &self.settings, Instant::now() + self.settings.timeout).await {
                Ok(targets) => self.check_targets(domain, targets, &mut reporter).await,
                Err(why) => reporter.wrong_from_error(&format!("{domain}: {why}")),
            }
        }
    }

    /// One target that works is enough. The others still get a finding, since logins may try them first.
    async fn check_targets(&self, domain: &Domain, targets: Vec<Target>, reporter: &mut Reporter<'_>) {
        let mut silent = Vec::new();
        let mut reached = false;
        for target in targets {
            match Connection::open_at(target, domain, &self.tls_setup, Instant::now() + self.settings.timeout).await {
                Ok(connection) => {
                    reached = true;
                    self.report_connection(domain, &connection, reporter);
                    connection.close().await;
                }
                Err(why) => silent.push(why),
            }
        }
        for why in silent {
            let cause = format!("{domain}: {why}");
            match (reached, cause.rsplit_once("; ")) {
                (true, Some((what, fix))) => reporter.warn(what, fix),
                (true, None) | (false, _) => reporter.wrong_from_error(&cause),
            }
        }
    }

    fn report_connection(&self, domain: &Domain, connection: &Connection, reporter: &mut Reporter<'_>) {
        let way = match connection.target.tls {
            Tls::Direct => "TLS from the first byte",
            Tls::StartTls => "STARTTLS",
        };
        reporter.good(format!("{domain}: {} answers, with {way} and a certificate for the domain", connection.target));
        if let Some(until) = connection.tls_session.certificate_expires() {
            let left = until - self.clock.now();
            let what = format!(
                "{domain}: certificate: {} left, until {}",
                counted(left.whole_days(), "day", "days"),
                until.date()
            );
            if left < RENEWAL_PERIOD { reporter.warn(what, "have it renewed there") } else { reporter.good(what) }
        }
        let offered = &connection.features.sasl_mechanisms;
        for name in mechanism::unused_mechanisms(offered) {
            reporter.good(format!("{domain}: it offers {name}, which is never used: it proves no password"));
        }
        match mechanism::choose(&connection.features, &connection.tls_session).map(|chosen| chosen.name) {
            None => reporter.wrong_from_error(&format!("{domain}: {}", no_mechanism(offered))),
            Some(Name::Plain) => reporter.warn(
                format!("{domain}: it accepts passwords only by PLAIN, so it reads each of them, within TLS"),
                "switch SCRAM-SHA-256 or SCRAM-SHA-1 on there",
            ),
            Some(name) => reporter.good(format!("{domain}: passwords are proved by {}", mechanism::wire_name(&name))),
        }
    }
}
