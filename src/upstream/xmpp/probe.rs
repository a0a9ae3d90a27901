//! `vestibule check` for XMPP servers: connects to each, without a login.

use time::Duration;
use tokio::time::Instant;
use tokio_xmpp::parsers::sasl::Mechanism as Name;

use super::Xmpp;
use super::connection::Connection;
use super::login::no_way;
use super::mechanism;
use super::name::Domain;
use super::settings::Tls;
use super::srv_records::{self, Target};
use crate::upstream::probe::{Speaker, Tell};

/// How long before it expires a certificate should be renewed.
const RENEWAL: Duration = Duration::days(14);

impl Xmpp {
    pub(super) async fn look(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.id), tell);
        to.good(
            "subject: an account is tied to the JID alone: if a JID is removed there and later given to somebody else, \
             they get that account; unlink it first (vestibule identity unlink)",
        );
        for domain in self.settings.domains.iter() {
            match srv_records::targets(domain, &self.settings, Instant::now() + self.settings.timeout).await {
                Ok(targets) => self.look_at(domain, targets, &mut to).await,
                Err(why) => to.wrong_as_told(&format!("{domain}: {why}")),
            }
        }
    }

    /// One target that works is enough. The others still get a finding, since logins may try them first.
    async fn look_at(&self, domain: &Domain, targets: Vec<Target>, to: &mut Speaker<'_>) {
        let mut silent = Vec::new();
        let mut reached = false;
        for target in targets {
            match Connection::open_at(target, domain, &self.trust, Instant::now() + self.settings.timeout).await {
                Ok(connection) => {
                    reached = true;
                    self.judge(domain, &connection, to);
                    connection.close().await;
                }
                Err(why) => silent.push(why),
            }
        }
        for why in silent {
            let told = format!("{domain}: {why}");
            match (reached, told.rsplit_once("; ")) {
                (true, Some((what, fix))) => to.warn(what, fix),
                (true, None) | (false, _) => to.wrong_as_told(&told),
            }
        }
    }

    fn judge(&self, domain: &Domain, connection: &Connection, to: &mut Speaker<'_>) {
        let way = match connection.target.tls {
            Tls::Direct => "TLS from the first byte",
            Tls::StartTls => "STARTTLS",
        };
        to.good(format!("{domain}: {} answers, with {way} and a certificate for the domain", connection.target));
        if let Some(until) = connection.secured.certificate_expires {
            let left = until - self.clock.now();
            let what = format!("{domain}: certificate: {} days left, until {}", left.whole_days(), until.date());
            if left < RENEWAL { to.warn(what, "have it renewed there") } else { to.good(what) }
        }
        let offered = &connection.features.sasl_mechanisms;
        for name in mechanism::ignored(offered) {
            to.good(format!("{domain}: it offers {name}, which is never used: it proves nothing of a password"));
        }
        match mechanism::choose(&connection.features, &connection.secured).map(|chosen| chosen.name) {
            None => to.wrong_as_told(&format!("{domain}: {}", no_way(offered))),
            Some(Name::Plain) => to.warn(
                format!("{domain}: it takes passwords by PLAIN alone, so it reads each of them, within TLS"),
                "switch SCRAM-SHA-256 or SCRAM-SHA-1 on there",
            ),
            Some(name) => to.good(format!("{domain}: passwords are proved by {}", mechanism::spelt(&name))),
        }
    }
}
