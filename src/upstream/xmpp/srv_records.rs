//! The servers of a domain: those of the config, else those of its SRV records (RFC 6120 §3.2, XEP-0368).

use std::fmt;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::RData;
use tokio::time::{Instant, timeout_at};

use super::jid::Domain;
use super::settings::{Server, Tls, XmppSettings};
use crate::base::random;
use crate::signin::identify::password::NotAvailable;

/// Where a server listens, and how TLS begins there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// One SRV record (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    priority: u16,
    weight: u16,
    target: Target,
}

/// The answer of DNS about one service of a domain.
#[derive(Debug, PartialEq, Eq)]
enum SrvAnswer {
    /// Its records. Empty if the domain states that it has no such service.
    Records(Vec<Record>),
    /// No record, or no answer. Then the domain's own address is used.
    Nothing,
}

/// The targets of a domain, in the order in which to try them; at least one.
///
/// # Errors
/// When the domain says that it has no such server.
pub async fn targets(domain: &Domain, settings: &XmppSettings, deadline: Instant) -> Result<Vec<Target>, NotAvailable> {
    if let Some(Server { host, port }) = &settings.server {
        let tls = settings.tls.unwrap_or(Tls::StartTls);
        return Ok(vec![Target { host: host.clone(), port: *port, tls }]);
    }
    // A resolver without a configuration answers nothing, like one that hangs. The domain's own address may still work.
    let resolver = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build).ok();
    let half = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
    let dns_deadline = half.min(Instant::now() + DNS_TIMEOUT);
    resolve_targets(domain, settings.tls, resolver.as_ref(), dns_deadline).await
}

/// How much of a login's time DNS may take.
const DNS_TIMEOUT: Duration = Duration::from_millis(1500);

async fn resolve_targets(
    domain: &Domain,
    tls: Option<Tls>,
    resolver: Option<&TokioResolver>,
    deadline: Instant,
) -> Result<Vec<Target>, NotAvailable> {
    let ask = async |way: Tls| match (resolver, tls.is_none_or(|only| only == way)) {
        (Some(resolver), true) => {
            timeout_at(deadline, records(resolver, domain, way)).await.unwrap_or(SrvAnswer::Nothing)
        }
        (None, _) | (_, false) => SrvAnswer::Nothing,
    };
    let (starttls, direct) = tokio::join!(ask(Tls::StartTls), ask(Tls::Direct));
    let records = match (starttls, direct) {
        (SrvAnswer::Nothing, SrvAnswer::Nothing) => return Ok(fallback_targets(domain, tls)),
        // XEP-0368 §3: the records of both services are one list, ordered together.
        (SrvAnswer::Records(mut records), SrvAnswer::Records(more)) => {
            records.extend(more);
            records
        }
        (SrvAnswer::Records(records), SrvAnswer::Nothing) | (SrvAnswer::Nothing, SrvAnswer::Records(records)) => {
            records
        }
    };
    if records.is_empty() {
        return Err(NotAvailable::new(
            domain.ascii(),
            "resolve",
            "its SRV records say that there is no XMPP server for people; check that the domain is right, or name its \
             server in `server`",
        ));
    }
    Ok(by_priority(records, |most| u64::from_le_bytes(random::bytes()) % (most + 1)))
}

async fn records(resolver: &TokioResolver, domain: &Domain, tls: Tls) -> SrvAnswer {
    let service = match tls {
        Tls::StartTls => "_xmpp-client",
        Tls::Direct => "_xmpps-client",
    };
    let answer = match resolver.srv_lookup(format!("{service}._tcp.{}.", domain.ascii())).await {
        Ok(answer) => answer,
        Err(why) => {
            if !matches!(&why, NetError::Dns(_)) {
                tracing::debug!(%domain, service, error = %why, "no answer to a look-up of SRV records");
            }
            return SrvAnswer::Nothing;
        }
    };
    let found: Vec<Option<Record>> = answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(srv),
            _ => None,
        })
        .map(|srv| {
            // RFC 2782: a target of "." means that the service does not exist.
            let host = srv.target.to_ascii();
            let host = host.trim_end_matches('.');
            let target = Target { host: host.to_owned(), port: srv.port, tls };
            (!host.is_empty()).then_some(Record { priority: srv.priority, weight: srv.weight, target })
        })
        .collect();
    if found.is_empty() { SrvAnswer::Nothing } else { SrvAnswer::Records(found.into_iter().flatten().collect()) }
}

/// The targets when DNS says nothing (RFC 6120 §3.2.2).
fn fallback_targets(domain: &Domain, tls: Option<Tls>) -> Vec<Target> {
    let target = |port, tls| Target { host: domain.ascii().to_owned(), port, tls };
    match tls {
        Some(Tls::Direct) => vec![target(5223, Tls::Direct)],
        Some(Tls::StartTls) => vec![target(5222, Tls::StartTls)],
        None => vec![target(5222, Tls::StartTls), target(5223, Tls::Direct)],
    }
}

/// Lowest priority first, and at random by weight within one priority (RFC 2782). `draw` returns a number up to its
/// argument.
fn by_priority(mut records: Vec<Record>, mut draw: impl FnMut(u64) -> u64) -> Vec<Target> {
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut order = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let equal = records.iter().take_while(|record| record.priority == priority);
        let drawn = draw(equal.clone().map(|record| u64::from(record.weight)).sum());
        let chosen = equal
            .scan(0, |sum, record| {
                *sum += u64::from(record.weight);
                Some(*sum)
            })
            .position(|sum| sum >= drawn);
        order.push(records.remove(chosen.unwrap_or_default()).target);
    }
    order
}

#[cfg(test)]
mod tests;
