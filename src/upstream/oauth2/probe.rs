//! What `vestibule check` finds at an OAuth 2.0 provider, without a person.

use std::collections::BTreeSet;

use super::OAuth2;
use crate::upstream::http::Accept;
use crate::upstream::oauth_client::{RegistrationCheck, WantedTokens};
use crate::upstream::peer_info::PeerInfo;
use crate::upstream::probe::{FindingSink, Reporter};
use crate::upstream::probe_addresses::{http_fix, report_certificate};

impl OAuth2 {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        reporter.good(format!("the redirect address to register there: {}", self.callback));
        self.settings.client.report_key(&mut reporter);
        if self.check_addresses(&mut reporter).await {
            let (http, callback) = (&self.http, self.callback.as_str());
            let check = RegistrationCheck { http, callback, wanted: WantedTokens::AccessToken, more: &[] };
            self.client.check_registration(&check, &mut reporter).await;
        }
    }

    /// Asks each host once, without a token. Returns whether all hosts that we have to reach answer.
    async fn check_addresses(&self, reporter: &mut Reporter<'_>) -> bool {
        let (mut seen, mut all_answer) = (BTreeSet::new(), true);
        let needed = [("token_url", &self.settings.token_url), ("userinfo_url", &self.settings.userinfo_url)];
        let calls = self.settings.calls.iter().map(|(_, url)| ("calls", url));
        for (key, url) in needed.into_iter().chain(calls) {
            if !seen.insert(url.origin().ascii_serialization()) {
                continue;
            }
            match self.http.get_as(Accept::Json, url).await {
                Ok(answer) => report_certificate(url, PeerInfo::of(&answer), self.clock.now(), reporter),
                Err(why) => {
                    all_answer = false;
                    reporter.wrong(format!("{key}: {why}"), http_fix(&why, &format!("`{key}`")));
                }
            }
        }
        // Only browsers must reach the sign-in page.
        if seen.insert(self.settings.authorization_url.origin().ascii_serialization())
            && let Err(why) = self.http.get_as(Accept::Page, &self.settings.authorization_url).await
        {
            reporter.warn(format!("sign-in page: not reached from here: {why}"), "test it in a browser");
        }
        all_answer
    }
}
