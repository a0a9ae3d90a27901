//! What a look at the XMPP servers of a provider finds, before anybody signs in. Logs nobody in.

use time::Duration;
use tokio::time::Instant;
use tokio_xmpp::parsers::sasl::Mechanism as Name;

use super::Xmpp;
use super::connection::Door;
use super::login::no_way;
use super::mechanism;
use super::name::Domain;
use super::places::{self, Place};
use super::settings::Tls;
use crate::upstream::probe::{Speaker, Tell};

/// How long before its end a certificate should have been renewed.
const RENEWAL: Duration = Duration::days(14);

impl Xmpp {
    pub(super) async fn look(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.id), tell);
        to.good(
            "subject: an account is tied to the JID alone: if a JID is removed there and later given to somebody else, they get \
             that account; unlink it first (vestibule identity unlink)",
        );
        for domain in self.settings.domains.iter() {
            match places::of(domain, &self.settings, Instant::now() + self.settings.timeout).await {
                Ok(places) => self.look_at(domain, places, &mut to).await,
                Err(why) => to.wrong_as_told(&format!("{domain}: {why}")),
            }
        }
    }

    /// One place that lets people in is enough; that another doesn't is worth a word, for it is tried before or after it.
    async fn look_at(&self, domain: &Domain, places: Vec<Place>, to: &mut Speaker<'_>) {
        let mut silent = Vec::new();
        let mut reached = false;
        for place in places {
            match Door::knock(place, domain, &self.trust, Instant::now() + self.settings.timeout).await {
                Ok(door) => {
                    reached = true;
                    self.judge(domain, &door, to);
                    door.close().await;
                }
                Err(why) => silent.push(why),
            }
        }
        for why in silent {
            let told = format!("{domain}: {why}");
            match (reached, told.rsplit_once("; ")) {
                (true, Some((what, mend))) => to.warn(what, mend),
                (true, None) | (false, _) => to.wrong_as_told(&told),
            }
        }
    }

    fn judge(&self, domain: &Domain, door: &Door, to: &mut Speaker<'_>) {
        let way = match door.place.tls {
            Tls::Direct => "TLS from the first byte",
            Tls::StartTls => "STARTTLS",
        };
        to.good(format!("{domain}: {} answers, with {way} and a certificate for the domain", door.place));
        if let Some(until) = door.secured.certificate_until {
            let left = until - self.clock.now();
            let what = format!("{domain}: certificate: {} days left, until {}", left.whole_days(), until.date());
            if left < RENEWAL { to.warn(what, "have it renewed there") } else { to.good(what) }
        }
        let offered = &door.features.sasl_mechanisms;
        for name in mechanism::ignored(offered) {
            to.good(format!("{domain}: it offers {name}, which is never used: it proves nothing of a password"));
        }
        match mechanism::choose(&door.features, &door.secured).map(|chosen| chosen.name) {
            None => to.wrong_as_told(&format!("{domain}: {}", no_way(offered))),
            Some(Name::Plain) => to.warn(
                format!("{domain}: it takes passwords by PLAIN alone, so it reads each of them, within TLS"),
                "switch SCRAM-SHA-256 or SCRAM-SHA-1 on there",
            ),
            Some(name) => to.good(format!("{domain}: passwords are proved by {}", mechanism::spelt(&name))),
        }
    }
}
