//! The order of targets, and the targets for answers of a test DNS server.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ProtocolConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, Record as Answer};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::{Record, Target, Tls, by_priority, resolve_targets};
use crate::upstream::xmpp::jid::Domain;

fn record(priority: u16, weight: u16, host: &str) -> Record {
    Record { priority, weight, target: Target { host: host.into(), port: 5222, tls: Tls::StartTls } }
}

// RFC 2782
#[test]
fn the_lowest_priority_comes_first_and_weights_decide_within_a_priority() {
    let order = |draw: fn(u64) -> u64| {
        let records =
            [record(20, 0, "last"), record(10, 1, "light"), record(10, 9, "heavy"), record(10, 0, "weightless")];
        by_priority(records.into(), draw).into_iter().map(|target| target.host).collect::<Vec<_>>()
    };
    assert_eq!(order(|_| 0), ["weightless", "light", "heavy", "last"]);
    assert_eq!(order(|most| most), ["heavy", "light", "weightless", "last"]);
    assert_eq!(order(|most| most.min(1)), ["light", "heavy", "weightless", "last"]);
}

/// Priority, port and target of the records of a name.
type RecordsOf = fn(&str) -> Option<Vec<(u16, u16, &'static str)>>;

/// A DNS server that answers look-ups of SRV records, and does not answer names without an entry.
async fn dns(records_of: RecordsOf) -> TokioResolver {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut bytes = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
            let query = Message::from_vec(&bytes[..length]).unwrap();
            if let Some(answer) = answer(&query, records_of) {
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        }
    });
    resolver(address)
}

fn answer(query_message: &Message, records_of: RecordsOf) -> Option<Message> {
    let query = query_message.queries.first()?.clone();
    let records = records_of(&query.name().to_ascii())?;
    let mut answer = Message::response(query_message.metadata.id, query_message.metadata.op_code);
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_available = true;
    if records.is_empty() {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    for (priority, port, host) in records {
        let srv = SRV::new(priority, 0, port, Name::from_ascii(host).unwrap());
        answer.add_answer(Answer::from_rdata(query.name().clone(), 60, RData::SRV(srv)));
    }
    answer.add_query(query);
    Some(answer)
}

fn resolver(at: SocketAddr) -> TokioResolver {
    let mut udp = ConnectionConfig::new(ProtocolConfig::Udp);
    udp.port = at.port();
    let server = NameServerConfig::new(at.ip(), true, vec![udp]);
    let config = ResolverConfig::from_parts(None, vec![], vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap()
}

async fn targets(resolver: &TokioResolver, tls: Option<Tls>) -> Result<Vec<String>, String> {
    targets_within(Duration::from_secs(30), resolver, tls).await
}

async fn targets_within(timeout: Duration, resolver: &TokioResolver, tls: Option<Tls>) -> Result<Vec<String>, String> {
    let domain = Domain::parse("münchen.example").unwrap();
    let deadline = Instant::now() + timeout;
    let targets = resolve_targets(&domain, tls, Some(resolver), deadline).await.map_err(|why| why.to_string())?;
    Ok(targets.iter().map(|target| format!("{target} {:?}", target.tls)).collect())
}

// XEP-0368 §3
#[tokio::test]
async fn both_services_of_a_domain_are_one_list() {
    let resolver = dns(|name| match name {
        "_xmpp-client._tcp.xn--mnchen-3ya.example." => Some(vec![(20, 5222, "b.example."), (5, 5322, "a.example.")]),
        "_xmpps-client._tcp.xn--mnchen-3ya.example." => Some(vec![(10, 443, "c.example.")]),
        _ => None,
    })
    .await;
    let all = ["a.example:5322 StartTls", "c.example:443 Direct", "b.example:5222 StartTls"];
    assert_eq!(targets(&resolver, None).await.unwrap(), all);
    assert_eq!(targets(&resolver, Some(Tls::Direct)).await.unwrap(), ["c.example:443 Direct"]);
    assert_eq!(targets(&resolver, Some(Tls::StartTls)).await.unwrap(), [all[0], all[2]]);
}

#[tokio::test]
async fn without_records_or_an_answer_the_domain_itself_is_the_target() {
    let (plain, tls) = ("xn--mnchen-3ya.example:5222 StartTls", "xn--mnchen-3ya.example:5223 Direct");
    for (records_of, timeout) in
        [((|_| Some(vec![])) as RecordsOf, Duration::from_secs(30)), (|_| None, Duration::from_millis(700))]
    {
        let resolver = dns(records_of).await;
        assert_eq!(targets_within(timeout, &resolver, None).await.unwrap(), [plain, tls]);
        assert_eq!(targets_within(timeout, &resolver, Some(Tls::Direct)).await.unwrap(), [tls]);
    }
}

#[tokio::test]
async fn a_domain_that_states_that_it_has_no_server_is_an_error() {
    let resolver = dns(|_| Some(vec![(0, 0, ".")])).await;
    let why = targets(&resolver, None).await.unwrap_err();
    assert!(why.contains("resolve: its SRV records say that there is no XMPP server"), "{why}");
    let half = dns(|name| name.starts_with("_xmpps").then(|| vec![(0, 443, "c.example.")]).or(Some(vec![(0, 0, ".")])));
    assert_eq!(targets(&half.await, None).await.unwrap(), ["c.example:443 Direct"]);
}
