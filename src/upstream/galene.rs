//! A client for Galène's API: it gives groups our keys, and reads where a group sends people.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::http::{Http, HttpError, Phase, Reach};
use super::peer_info::PeerInfo;
use crate::base::readable_json::readable;
use crate::base::secret::Secret;
use crate::base::strict_json::Members;
use crate::config::GaleneApi;
use crate::signin::app::Room;

/// One Galène server, by its root address.
#[derive(Debug, Clone)]
pub struct Galene {
    http: Http,
    root: Url,
}

/// Why a group did not get our keys: the cause, and after the last `; ` the fix. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("{}; {}", .0, fix(.0, "`url` of galene_api"))]
    Unreachable(#[from] HttpError),
    #[error(
        "Galène does not take our name and password; make the user {username} an \"admin\" in its config.json, and \
         fix {place}"
    )]
    Credentials { username: String, place: String },
    #[error("Galène may not change its group files; set \"writableGroups\": true in its config.json")]
    NotWritable,
    #[error("Galène has no file for this group; make one in its groups folder, or take the group out of `rooms`")]
    NoSuchGroup,
    #[error("Galène could not use the keys, or write the group's file; its own log says why")]
    Failed,
    #[error("Galène, or a proxy before it, answers with status {0}; is `url` of galene_api Galène's root?")]
    UnexpectedStatus(u16),
    #[error("no address can be made of this group's name; take it out of `rooms`")]
    InvalidName,
}

/// The public status of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub fields: StatusFields,
    pub peer: PeerInfo,
}

/// The members of a group's `.status` that we read. A member that is null counts as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusFields {
    /// The address of the group: under `proxyURL` if that is set, else under the host of the request.
    pub location: String,
    pub auth_server: String,
    pub auth_portal: String,
    /// The group that Galène sends people to instead.
    pub redirect: String,
}

impl StatusFields {
    /// A member that is missing or null is empty.
    ///
    /// # Errors
    /// What is wrong with the answer.
    fn read(body: &[u8]) -> Result<Self, String> {
        let body = readable(body);
        let members = Members::read(&body).map_err(|why| format!("it is no JSON object ({why})"))?;
        let text = |name: &str| match members.get(name) {
            Ok(None) => Ok(String::new()),
            Ok(Some(Value::String(text))) => Ok(text),
            Ok(Some(_)) => Err(format!("its `{name}` is no text")),
            Err(why) => Err(format!("its `{name}` can't be read ({why})")),
        };
        Ok(Self {
            location: text("location")?,
            auth_server: text("authServer")?,
            auth_portal: text("authPortal")?,
            redirect: text("redirect")?,
        })
    }
}

/// Why the status of a group can't be read: the cause, and after the last `; ` the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    #[error("{}; {}", .0, fix(.0, "the app's `url`"))]
    Unreachable(#[from] HttpError),
    #[error("Galène has no such group; make a file for it in the groups folder")]
    NoSuchGroup,
    #[error(
        "Galène calls itself {0} (`canonicalHost`), and a redirect there would lose the token; let the app's `url` \
         name that host"
    )]
    OtherHost(String),
    #[error("it answers with status {0}; is the app's `url` Galène's root?")]
    UnexpectedStatus(u16),
    /// What is wrong with the answer.
    #[error("its answer is not the status of a Galène group: {0}; is the app's `url` Galène's root?")]
    NotAStatus(String),
    #[error("no address can be made of this group's name; name another")]
    InvalidName,
}

/// If TLS failed, something is running there, so the fix does not ask whether Galène is.
fn fix(why: &HttpError, url: &str) -> String {
    match why.phase {
        Phase::Tls => why.tls_fix(url, "`ca_file` under [app.galene_api]"),
        Phase::Address | Phase::Resolve | Phase::Connect | Phase::Read | Phase::Size => {
            format!("is Galène running, and {url} its root?")
        }
    }
}

impl Galene {
    /// `ca`: certificates in PEM, trusted in addition to the system's. The client may reach private addresses: Galène
    /// is often on this machine or in the operator's network, and the operator names it in the config.
    ///
    /// # Errors
    /// When `ca` holds no readable certificate.
    pub fn new(root: Url, ca: Option<&[u8]>) -> Result<Self, reqwest::Error> {
        Ok(Self { http: Http::new(Reach::Private, ca)?, root })
    }

    /// Replaces all keys of the group by `keys`, a JWK Set.
    ///
    /// # Errors
    /// Why not. Then the group keeps its keys.
    pub async fn put_keys(&self, api: &GaleneApi, room: &Room, keys: &str) -> Result<(), PushError> {
        let url = self.group_url("galene-api/v0/.groups/", room, "/.keys").ok_or(PushError::InvalidName)?;
        let mut request = reqwest::Request::new(Method::PUT, url);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
        headers.insert(AUTHORIZATION, basic(&api.username, &api.password.value));
        *request.body_mut() = Some(keys.to_owned().into());
        let answer = self.http.send(request).await?;
        // Galène asks for credentials if ours are wrong. It does not ask if no credentials would help.
        let asks = answer.headers().contains_key(WWW_AUTHENTICATE);
        match (answer.status(), asks) {
            (StatusCode::NO_CONTENT, _) => Ok(()),
            (StatusCode::UNAUTHORIZED, true) => {
                Err(PushError::Credentials { username: api.username.clone(), place: api.password.place.clone() })
            }
            (StatusCode::UNAUTHORIZED, false) => Err(PushError::NotWritable),
            (StatusCode::NOT_FOUND, _) => Err(PushError::NoSuchGroup),
            (StatusCode::INTERNAL_SERVER_ERROR, _) => Err(PushError::Failed),
            (other, _) => Err(PushError::UnexpectedStatus(other.as_u16())),
        }
    }

    /// Tries our name and password, and changes nothing: it reads the group's description. An administrator of Galène
    /// may read it, and so may an administrator of only that group.
    ///
    /// # Errors
    /// Why Galène refuses them.
    pub async fn try_credentials(&self, api: &GaleneApi, room: &Room) -> Result<(), PushError> {
        let url = self.group_url("galene-api/v0/.groups/", room, "").ok_or(PushError::InvalidName)?;
        let mut request = reqwest::Request::new(Method::GET, url);
        request.headers_mut().insert(AUTHORIZATION, basic(&api.username, &api.password.value));
        match self.http.send(request).await?.status() {
            StatusCode::OK => Ok(()),
            StatusCode::UNAUTHORIZED => {
                Err(PushError::Credentials { username: api.username.clone(), place: api.password.place.clone() })
            }
            // Galène checks the credentials first, so they are right.
            StatusCode::NOT_FOUND => Err(PushError::NoSuchGroup),
            other => Err(PushError::UnexpectedStatus(other.as_u16())),
        }
    }

    /// Reads the public status of a group.
    ///
    /// # Errors
    /// Why it can't be read.
    pub async fn status(&self, room: &Room) -> Result<Status, StatusError> {
        let url = self.group_url("group/", room, "/.status").ok_or(StatusError::InvalidName)?;
        let answer = self.http.get(&url, None).await?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Err(StatusError::NoSuchGroup);
        }
        let to = answer.headers().get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
        if let Some(to) = to.filter(|to| status.is_redirection() && to.origin() != url.origin()) {
            return Err(StatusError::OtherHost(to.origin().ascii_serialization()));
        }
        if !status.is_success() {
            return Err(StatusError::UnexpectedStatus(status.as_u16()));
        }
        let fields = StatusFields::read(answer.body()).map_err(StatusError::NotAStatus)?;
        Ok(Status { fields, peer: PeerInfo::of(&answer) })
    }

    fn group_url(&self, before: &str, room: &Room, after: &str) -> Option<Url> {
        Url::parse(&format!("{}{before}{}{after}", self.root, room.encoded())).ok()
    }
}

/// RFC 7617 §2.
fn basic(username: &str, password: &Secret<String>) -> HeaderValue {
    let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
    // A header can hold all of base64. If it could not, Galène would refuse the empty value.
    let mut value = HeaderValue::try_from(format!("Basic {pair}")).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::{Galene, HttpError, Phase, PushError, StatusError, StatusFields, basic};
    use crate::base::certificate::TlsFailure;
    use crate::base::secret::Secret;
    use crate::signin::app::Room;

    #[test]
    fn an_untrusted_certificate_is_not_reported_as_a_stopped_galene() {
        let error = |phase, tls: Option<TlsFailure>| {
            let tls = tls.map(Box::new);
            HttpError { host: "galene.example".into(), phase, why: "x".into(), tls }
        };
        for (phase, tls, fix) in [
            (Phase::Tls, Some(TlsFailure::UnknownIssuer), "ca_file"),
            (Phase::Tls, Some(TlsFailure::NoTls), "names the port of its https"),
            (Phase::Connect, None, "is Galène running"),
        ] {
            let (keys, status) = (PushError::from(error(phase, tls.clone())), StatusError::from(error(phase, tls)));
            for message in [keys.to_string(), status.to_string()] {
                assert_eq!(message.contains("ca_file"), fix == "ca_file", "{message}");
                assert!(message.contains(fix), "{message}");
            }
        }
    }

    // C56
    #[test]
    fn a_password_is_sent_with_basic_authentication_and_never_shown() {
        // The example of RFC 7617 §2.
        let header = basic("Aladdin", &Secret::new("open sesame".to_owned()));
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{header:?}").contains("QWxh"));
    }

    #[test]
    fn a_group_in_a_subfolder_has_its_full_address() {
        let galene = Galene::new("https://galene.example.org:8443/below/".parse().unwrap(), None).unwrap();
        let at = |room: &str| galene.group_url("group/", &Room::parse(room).unwrap(), "/.status").unwrap().to_string();
        assert_eq!(at("deep/two words"), "https://galene.example.org:8443/below/group/deep/two%20words/.status");
        assert_eq!(at("café"), "https://galene.example.org:8443/below/group/caf%C3%A9/.status");
    }

    #[test]
    fn missing_and_null_members_of_a_group_status_are_empty() {
        for group in [
            r#"{"name":"maths","authServer":"https://a/auth/b","clientCount":2}"#,
            "\u{feff}{\"authServer\":\"https://a/auth/b\",\"authPortal\":null,\"redirect\":null,\"location\":null}",
        ] {
            let fields = StatusFields::read(group.as_bytes()).unwrap();
            assert_eq!(fields, StatusFields { auth_server: "https://a/auth/b".into(), ..StatusFields::default() });
        }
        for (body, why) in [
            ("<html>", "it is no JSON object (it does not begin as an object)"),
            (r#"{"name":"maths","authPortal":5}"#, "its `authPortal` is no text"),
        ] {
            assert_eq!(StatusFields::read(body.as_bytes()), Err(why.to_owned()));
        }
    }
}
