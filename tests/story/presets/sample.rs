//! What a provider with a preset is sent, what it answers, and who the person then is.

use serde_json::{Map, Value};
use support::provider::{
    Answer, Behaviour, Fields, IssuerInAnswer, IssuerPromise, Person, SigningAlgorithm, TokenRequest, UserinfoEndpoint,
};
use support::{Page, TestServer};
use vestibule::upstream::KINDS;

const NOTES: &str = "https://notes.example.org/signed-in";

/// A sign-in at one provider.
#[derive(Default)]
pub struct Sample {
    pub preset: &'static str,
    /// The keys of the config that the preset wants, beside the client.
    pub inputs: &'static [(&'static str, &'static str)],
    pub issuer: &'static str,
    pub sent: Sent,
    /// `iss` of the provider's answer.
    pub iss: Iss,
    /// Members of the metadata that differ from the fake provider's. Null: it has none.
    pub metadata: Value,
    pub algorithm: Option<SigningAlgorithm>,
    /// Claims of the ID token, beside those that are different each time. Null: it has no such claim.
    pub id_token: Value,
    /// Members of the token answer that differ from the fake provider's.
    pub token_answer: Value,
    pub userinfo: Value,
    /// Whether userinfo is a signed JWT.
    pub userinfo_is_signed: bool,
    /// The answer if the person says no, without `state`.
    pub refusal: &'static [(&'static str, &'static str)],
    /// Groups of the provider, with the local ones.
    pub groups: &'static [(&'static str, &'static str)],
    pub known: Known,
}

/// What the provider is sent.
#[derive(Default)]
pub struct Sent {
    pub scope: Option<&'static str>,
    pub auth: Auth,
    /// Parameters of the request that must have these values. `None`: it must not have it.
    pub request: &'static [(&'static str, Option<&'static str>)],
    pub token: &'static [(&'static str, &'static str)],
    pub userinfo: &'static [(&'static str, &'static str)],
}

/// How the client authenticates.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    #[default]
    Basic,
    Post,
    /// By a signature of this key, in PEM. The last text is the key's public half, as a JWK.
    Key(&'static str, &'static str),
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub enum Iss {
    #[default]
    None,
    Sent,
    /// The metadata promise it, and it comes.
    Promised,
}

/// Who the person is for Vestibule and its apps.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub subject: &'static str,
    pub username: &'static str,
    /// `None`: the provider tells none, so that the username stands in for it.
    pub name: Option<&'static str>,
    /// The address, and whether it is verified.
    pub email: Option<(&'static str, bool)>,
    pub groups: &'static [&'static str],
}

/// Sent with every code. Neither needs an encoding, and X allows 500 characters, so each provider takes it.
fn is_plain(handle: &str) -> bool {
    handle.len() <= 500 && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

impl Sample {
    /// A server whose only provider has this preset.
    pub async fn server(&self) -> TestServer {
        let preset = KINDS.preset(self.preset).unwrap();
        TestServer::with(|config| {
            let uni = config.provider("uni").text("issuer").unwrap();
            config.only_provider(KINDS, &[("id", self.preset), ("kind", self.preset), ("client_id", "vestibule")]);
            let provider = config.provider(self.preset);
            provider.set("allow_private", "true");
            match self.sent.auth {
                Auth::Basic | Auth::Post => provider.set_text("client_secret", support::CLIENT_SECRET),
                Auth::Key(pem, _) => provider.set("client_key", &format!("{pem:?}")),
            };
            for (key, value) in self.inputs {
                provider.set_text(key, value);
            }
            if preset.base == "oidc" {
                provider.set_text("discovery_url", &format!("{uni}/.well-known/openid-configuration"));
            } else {
                for (key, path) in [("auth_url", "authorize"), ("token_url", "token"), ("userinfo_url", "userinfo")] {
                    provider.set_text(key, &format!("{uni}/{path}"));
                }
            }
            if !self.groups.is_empty() {
                let rows = self.groups.iter().map(|(theirs, ours)| format!("{theirs:?} = {ours:?}"));
                provider.set("groups", &format!("{{ {} }}", rows.collect::<Vec<_>>().join(", ")));
            }
        })
        .await
    }

    /// Makes the fake provider behave as this one.
    pub fn play(&self, uni: &mut Behaviour) {
        uni.issuer = Some(self.issuer.to_owned());
        (uni.iss, uni.promise) = match self.iss {
            Iss::None => (IssuerInAnswer::Missing, IssuerPromise::NotGiven),
            Iss::Sent => (IssuerInAnswer::Right, IssuerPromise::NotGiven),
            Iss::Promised => (IssuerInAnswer::Right, IssuerPromise::Given),
        };
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        uni.metadata = members(&self.metadata);
        uni.algorithm = self.algorithm.unwrap_or(SigningAlgorithm::Rs256);
        uni.claims = members(&self.id_token);
        uni.token_answer = members(&self.token_answer);
        let subject = self.id_token["sub"].as_str().unwrap_or("not read");
        uni.person = Person { only_userinfo: members(&self.userinfo), ..Person::new(subject) };
        if self.userinfo_is_signed {
            uni.userinfo = UserinfoEndpoint::Jwt;
        } else {
            uni.userinfo_answer = Some(self.userinfo.clone());
        }
        if let Auth::Key(_, public) = self.sent.auth {
            uni.client_key = Some(serde_json::from_str(public).unwrap());
            uni.assertion_audience = support::provider::AssertionAudience::TokenEndpoint;
        }
    }

    /// Signs in once. Returns the last page.
    pub async fn sign_in(&self) -> (TestServer, Page) {
        let server = self.server().await;
        server.behave(|uni| self.play(uni));
        let page = server.browser().sign_in("/auth/notes").await;
        (server, page)
    }

    /// A whole sign-in: what is sent, and who the person is.
    pub async fn assert_sign_in(&self) {
        let (server, page) = self.sign_in().await;
        assert_eq!(page.status, 303, "{}: {}", self.preset, page.text());
        self.assert_known(&server, &page).await;
        let received = server.uni.received();
        self.assert_request(&received.authorize[0]);
        self.assert_token_request(&received.token[0], received.authorize[0].has("code_challenge"));
        for (name, value) in self.sent.userinfo {
            assert_eq!(received.userinfo_parameters[0].get(name), Some(*value), "{}: {name}", self.preset);
        }
        // Some providers don't read `+` as a space.
        let address = server.browser().go("/auth/notes").await.redirect_target();
        assert!(!address.contains('+'), "{address}");
    }

    /// Who the person is after a sign-in.
    pub async fn assert_known(&self, server: &TestServer, page: &Page) {
        let claims = server.verify_token(&page.token_at(NOTES)).await.1;
        let identities = server.broker.store().identities(2).await.unwrap();
        let [identity] = identities.as_slice() else { panic!("{identities:?}") };
        assert_eq!(identity.key.issuer.as_str(), self.issuer);
        let text = |name: &str| claims[name].as_str();
        let groups = claims["groups"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        let email = text("email").map(|address| (address, claims["email_verified"].as_bool().unwrap()));
        let found = (identity.key.subject.as_str(), text("preferred_username").unwrap(), text("name"), email, &*groups);

        let Known { subject, username, name, email, groups } = self.known;
        assert_eq!(found, (subject, username, name.or(Some(username)), email, groups), "{}", self.preset);
    }

    fn assert_request(&self, request: &Fields) {
        let Sent { scope, request: expected, .. } = self.sent;
        assert_eq!(request.get("scope"), scope, "{}", self.preset);
        assert_eq!(request.get("client_id"), Some("vestibule"));
        assert!(["state", "nonce"].iter().all(|name| request.get(name).is_none_or(is_plain)), "{request:?}");
        let method = request.has("code_challenge").then_some("S256");
        assert_eq!(request.get("code_challenge_method"), method);
        for (name, value) in expected {
            let sent = request.get(name);
            match (serde_json::from_str::<Map<_, _>>(value.unwrap_or_default()), sent) {
                (Ok(json), Some(sent)) => assert_eq!(serde_json::from_str::<Map<_, _>>(sent).unwrap(), json),
                _ => assert_eq!(sent, *value, "{}: {name}", self.preset),
            }
        }
    }

    fn assert_token_request(&self, request: &TokenRequest, has_challenge: bool) {
        let form = &request.form;
        let credentials = (request.headers.contains_key("authorization"), form.has("client_secret"));
        let expected = match self.sent.auth {
            Auth::Basic => (true, false),
            Auth::Post => (false, true),
            Auth::Key(..) => (false, false),
        };
        assert_eq!(credentials, expected, "{}", self.preset);
        assert_eq!(form.has("code_verifier"), has_challenge, "{}", self.preset);
        for (name, value) in self.sent.token {
            assert_eq!(form.get(name), Some(*value), "{}: {name}", self.preset);
        }
    }

    /// The person says no.
    pub async fn assert_refusal(&self) {
        let server = self.server().await;
        server.behave(|uni| {
            self.play(uni);
            uni.answer = Answer::Parameters(self.refusal.to_vec());
        });
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        let title = &KINDS.preset(self.preset).unwrap().title;
        let heading = format!("You did not finish signing in with {title}.");
        assert_eq!(page.heading(), heading, "{}", self.preset);
        assert!(browser.session().is_none() && server.uni.received().token.is_empty());
    }
}
