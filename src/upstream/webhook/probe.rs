//! `vestibule check` for a hook. Sends no name and no password.

use http::StatusCode;
use serde_json::{Value, json};
use time::Duration;

use super::Webhook;
use super::answer::PROBE;
use super::settings::Endpoint;
use crate::base::counted::counted;
use crate::base::random;
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::base::strict_json::Members;
use crate::signin::identify::password::NotAvailable;
use crate::upstream::http::HttpError;
use crate::upstream::peer_info::PeerInfo;
use crate::upstream::probe::{FindingSink, Reporter};

/// A certificate should be renewed at least this long before it expires.
const RENEWAL_PERIOD: Duration = Duration::days(14);

/// The fix for a hook that does not know the probe.
const ANSWER_TO_PROBE: &str = "have it answer 200 {\"probe\": true} to {\"probe\": true}";

impl Webhook {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        let answer = match self.send_probe(&self.settings.secret).await {
            Ok(answer) => answer,
            Err(why) => return reporter.wrong_from_error(&self.http_error(&why)),
        };
        self.check_certificate(&answer, &mut reporter);
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => return reporter.warn("it is busy: status 429", "ask again later"),
            _ => return reporter.wrong_from_error(&self.refused_probe(&answer)),
        }
        match self.members(&answer, &readable(answer.body()), Redaction::default).map(|members| members.get(PROBE)) {
            Err(why) => return reporter.wrong_from_error(&why),
            Ok(Ok(Some(Value::Bool(true)))) => reporter.good("it answers, and accepts our secret"),
            Ok(_) => {
                let why = format!("status 200 to {{\"probe\": true}}, without `\"probe\": true`; {ANSWER_TO_PROBE}");
                return reporter.wrong_from_error(&self.not_available("answer", why));
            }
        }
        // A hook that accepts any secret lets strangers try passwords.
        let other_secret = Secret::new(random::token());
        match self.send_probe(&other_secret).await {
            Ok(answer) if answer.status().is_success() => {
                reporter
                    .wrong("it accepts any other secret, too", "have it refuse with 401 requests without our secret");
            }
            Ok(_) => reporter.good("it refuses another secret"),
            Err(why) => reporter.wrong_from_error(&self.http_error(&why)),
        }
    }

    /// The error for a status other than 200 to the probe. A hook that does not know the probe may treat it as a name.
    pub(super) fn refused_probe(&self, answer: &http::Response<Vec<u8>>) -> NotAvailable {
        let status = answer.status();
        let body = readable(answer.body());
        let treats_as_name = Members::read(&body).is_ok_and(|members| members.has("refused") || members.has("unknown"));
        if !treats_as_name || status.is_server_error() || status.is_redirection() {
            return self.status_error(status);
        }
        let what = format!("status {} to {{\"probe\": true}}, as to a name that it refuses", status.as_u16());
        if status == StatusCode::UNAUTHORIZED {
            let why = format!("{what}, or it does not accept our secret, from {}", self.settings.secret_place);
            return self.not_available("secret", format!("{why}; give both the same secret, and {ANSWER_TO_PROBE}"));
        }
        self.not_available("answer", format!("{what}; {ANSWER_TO_PROBE}"))
    }

    async fn send_probe(&self, secret: &Secret<String>) -> Result<http::Response<Vec<u8>>, HttpError> {
        let url = self.settings.endpoint.url();
        self.http.post(url, secret, &json!({ "probe": true }), self.settings.timeout).await
    }

    fn check_certificate(&self, answer: &http::Response<Vec<u8>>, reporter: &mut Reporter<'_>) {
        let Endpoint::Network(url) = &self.settings.endpoint else { return };
        let Some(until) = PeerInfo::of(answer).certificate_expires else { return };
        let (host, left) = (url.host_str().unwrap_or_default(), until - self.clock.now());
        let what = format!(
            "certificate of {host}: {} left, until {}",
            counted(left.whole_days(), "day", "days"),
            until.date()
        );
        if left < RENEWAL_PERIOD { reporter.warn(what, "have it renewed there") } else { reporter.good(what) }
    }
}
