//! Checks that Vestibule answers at `public_url`.

use std::net::SocketAddr;

use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use url::Url;

use crate::base::invisible::is_invisible;
use crate::config::Config;
use crate::upstream::ProviderSettings;
use crate::upstream::http::{Http, Phase, Reach};
use crate::upstream::probe::Reporter;
use crate::web::HEALTHY;

/// Asks `public_url`. A failure is only a warning: browsers may reach an address that this machine does not.
pub async fn check(config: &Config<ProviderSettings>, reporter: &mut Reporter<'_>) {
    let address = config.server.public_url.as_str();
    let Ok(url) = Url::parse(&format!("{address}/healthz")) else { return };
    let http = match Http::new(Reach::Private, None) {
        Ok(http) => http,
        Err(why) => {
            let fix = "check that this machine has CA certificates (Debian: ca-certificates)";
            return reporter.warn(format!("{address} could not be asked: {why}"), fix);
        }
    };
    match http.get(&url, None).await {
        Ok(answer) if is_healthy(&answer) => reporter.good(format!("{address} answers")),
        Ok(answer) => {
            let (what, fix) = unexpected_answer(&url, &answer, config.server.listen);
            reporter.warn(what, fix);
        }
        Err(why) => reporter.warn(
            format!("{address} does not answer from here ({}: {})", why.phase, why.why),
            unreachable_fix(&url, why.phase, config.server.listen),
        ),
    }
}

/// Describes the answer of another program at our address, and the fix.
fn unexpected_answer(url: &Url, answer: &http::Response<Vec<u8>>, listen: SocketAddr) -> (String, String) {
    let status = answer.status();
    let code = status.as_u16();
    let pass = format!("let the proxy pass the whole of public_url to {listen}, the address in `listen`");
    match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => (
            format!("a proxy answers at {url} with status {code}: it does not reach Vestibule"),
            format!("while Vestibule does not run, this is expected; else {pass}"),
        ),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
            format!("a proxy or another program refuses {url} with status {code}"),
            format!("{pass}, without a login of its own"),
        ),
        _ if status.is_redirection() => {
            let location =
                answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("an unknown address");
            let location: String = location.chars().filter(|c| !is_invisible(*c)).take(200).collect();
            (
                format!("{url} is redirected, with status {code}, to {location}"),
                format!("write the address in public_url that browsers use in the end; {pass}"),
            )
        }
        _ => (format!("another program answers at {url}, with status {code}"), pass),
    }
}

/// The fix if no answer came.
fn unreachable_fix(url: &Url, phase: Phase, listen: SocketAddr) -> String {
    let host = url.host_str().unwrap_or_default();
    match phase {
        Phase::Resolve => format!(
            "check that `public_url` names the right host, and that DNS has an address for {host}; browsers need it too"
        ),
        Phase::Tls => format!(
            "let the proxy offer TLS at {host} with a certificate for that name that browsers trust, and with its \
             intermediate certificates; an authority of your own must be installed on this machine and in browsers"
        ),
        Phase::Connect if url.scheme() == "http" => format!(
            "before `vestibule serve` runs, this is expected; later, check that {listen}, the address in `listen`, has \
             the host and port of public_url"
        ),
        Phase::Connect => format!(
            "start the proxy that does TLS for {host}, and let it pass everything to {listen}; if browsers reach it, a \
             firewall keeps this machine out"
        ),
        Phase::Read | Phase::Size => {
            format!("see what listens there: it should be Vestibule, or a proxy that passes everything to {listen}")
        }
        Phase::Address => "write an https address in public_url".to_owned(),
    }
}

/// Whether this is our answer at `/healthz`. Other programs say "ok" there, too, but without our headers.
pub fn is_healthy(answer: &http::Response<Vec<u8>>) -> bool {
    let ours = answer.body() == HEALTHY.as_bytes() && answer.headers().contains_key(CONTENT_SECURITY_POLICY);
    answer.status().is_success() && ours
}
