//! `vestibule check` for a hook. Sends no name and no password.

use serde_json::{Value, json};
use time::Duration;

use super::Webhook;
use super::answer::PROBE;
use super::settings::At;
use crate::base::random;
use crate::base::readable_json::readable;
use crate::base::secret::Secret;
use crate::upstream::http::HttpError;
use crate::upstream::peer_info::PeerInfo;
use crate::upstream::probe::{Speaker, Tell};

/// How long before it expires a certificate should be renewed.
const RENEWAL: Duration = Duration::days(14);

impl Webhook {
    pub(super) async fn look(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.id), tell);
        let answer = match self.greet(&self.settings.secret).await {
            Ok(answer) => answer,
            Err(why) => return to.wrong_as_told(&self.broke_off(&why)),
        };
        self.judge_certificate(&answer, &mut to);
        match answer.status() {
            http::StatusCode::OK => {}
            http::StatusCode::TOO_MANY_REQUESTS => return to.warn("it is busy: status 429", "ask again later"),
            _ => return to.wrong_as_told(&self.other(&answer)),
        }
        match self.members(&answer, &readable(answer.body())).map(|said| said.get(PROBE)) {
            Err(why) => return to.wrong_as_told(&why),
            Ok(Ok(Some(Value::Bool(true)))) => to.good("it answers, and takes our secret"),
            Ok(_) => {
                return to.wrong_as_told(&self.unclear("status 200 to {\"probe\": true}, without `\"probe\": true`"));
            }
        }
        // A hook that answers everybody lets strangers try passwords.
        let stranger = Secret::new(random::token());
        match self.greet(&stranger).await {
            Ok(answer) if answer.status().is_success() => {
                to.wrong("it takes any other secret, too", "have it refuse with 401 whoever does not send ours");
            }
            Ok(_) => to.good("it refuses another secret"),
            Err(why) => to.wrong_as_told(&self.broke_off(&why)),
        }
    }

    async fn greet(&self, secret: &Secret<String>) -> Result<http::Response<Vec<u8>>, HttpError> {
        let url = self.settings.at.url();
        self.http.post(url, secret, &json!({ "probe": true }), self.settings.patience).await
    }

    fn judge_certificate(&self, answer: &http::Response<Vec<u8>>, to: &mut Speaker<'_>) {
        let At::Network(url) = &self.settings.at else { return };
        let Some(until) = PeerInfo::of(answer).certificate_expires else { return };
        let (host, left) = (url.host_str().unwrap_or_default(), until - self.clock.now());
        let what = format!("certificate of {host}: {} days left, until {}", left.whole_days(), until.date());
        if left < RENEWAL { to.warn(what, "have it renewed there") } else { to.good(what) }
    }
}
