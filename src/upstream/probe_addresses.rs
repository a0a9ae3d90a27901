//! What `vestibule check` finds about the addresses of a provider.

use time::{Duration, OffsetDateTime};
use url::Url;

use super::http::{HttpError, Phase};
use super::peer_info::PeerInfo;
use super::probe::Reporter;
use crate::base::counted::counted;

/// How long before its expiry a certificate should be renewed.
const RENEWAL_PERIOD: Duration = Duration::days(14);

/// The fix for a request without an answer. `setting`: where its address is written.
pub fn http_fix(why: &HttpError, setting: &str) -> String {
    let fix = match why.phase {
        // The error names what permits the address.
        Phase::Address if why.why.contains("`allow_private`") => {
            "give it a public https address, or add allow_private = true if this one is meant"
        }
        Phase::Address => "give it an https address",
        Phase::Resolve => {
            return format!("check that the name in {setting} is right and that this machine can look it up");
        }
        Phase::Connect => "check that it is up and that this machine may reach it",
        Phase::Tls => return why.tls_fix(setting, "ca_file"),
        Phase::Read | Phase::Size => "see what the provider sends",
    };
    fix.to_owned()
}

/// Reports how long the certificate of an address is valid.
pub fn report_certificate(address: &Url, peer: PeerInfo, now: OffsetDateTime, reporter: &mut Reporter<'_>) {
    let Some(until) = peer.certificate_expires else { return };
    let (host, left) = (address.host_str().unwrap_or_default(), until - now);
    let what =
        format!("certificate of {host}: {} left, until {}", counted(left.whole_days(), "day", "days"), until.date());
    if left < RENEWAL_PERIOD { reporter.warn(what, "have it renewed there") } else { reporter.good(what) }
}
