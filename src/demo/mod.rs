//! The demo: the servers around Vestibule when somebody tries it on one machine.

pub mod conference;
pub mod provider;

use crate::base::secret::Secret;

/// The id of the demo's app, and its rooms.
pub const APP: &str = "conference";
pub const ROOMS: [conference::Room; 3] = [("maths", "Maths"), ("seminars/a", "Seminar A"), ("seminars/b", "Seminar B")];

/// A person without an account at the university: the name and the password that the demo prints.
pub const LOCAL_USER: (&str, &str) = ("grace", "nanoseconds of wire");

/// The provider of such a person, for the end of the config.
pub const LOCAL_PROVIDER: &str = r#"
[[provider]]                          # for people without an account elsewhere
id = "local"
kind = "password"
name = "Local account"
"#;

/// The origins of the demo's servers, but for the social network.
#[derive(Debug, Clone)]
pub struct Origins {
    /// On `localhost`, while the others are on `127.0.0.1`, so that both are other sites for the browser.
    pub vestibule: String,
    pub provider: String,
    pub conference: String,
}

/// Where the social network is, and what Vestibule sends it as its secret.
#[derive(Debug)]
pub struct SocialNetwork<'a> {
    pub origin: &'a str,
    pub client_secret: &'a Secret<String>,
}

/// The config that the demo's Vestibule runs on: as an operator would write it. The benchmark has no social network
/// and no admin.
#[must_use]
pub fn config(origins: &Origins, client_secret: &Secret<String>, social: Option<&SocialNetwork<'_>>) -> String {
    let Origins { vestibule, provider, conference } = origins;
    let listen = vestibule.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let secret = client_secret.expose();
    let (social_provider, social_rule) = (social.map(|network| network.provider() + ASKS), social.map(|_| SOCIAL_RULE));
    let (social_provider, social_rule) = (social_provider.unwrap_or_default(), social_rule.unwrap_or_default());
    let admin_grant = social.map(|_| ADMIN_GRANT).unwrap_or_default();
    format!(
        r#"[server]
public_url = "{vestibule}"
listen = "{listen}"
[log]
level = "warn"
[brand]
name = "Vestibule, the demo"
{admin_grant}
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
issuer = "{provider}"
client_id = "vestibule"
client_secret = "{secret}"
scopes = ["openid", "profile", "email", "groups"]
groups_claim = "groups"
groups = {{ "urn:uni:staff" = "staff", "urn:uni:student" = "students" }}
allow_private = true                  # the demo's university is on this machine
{social_provider}
[[app]]
id = "{APP}"
kind = "plain"
name = "Conference"
url = "{conference}/"
room_location = "{conference}/room/{{room}}/"
require_state = true
claims = ["name", "preferred_username"]
[[app.allow]]                         # everyone may enter these, and speak
rooms = ["maths", "seminars/a"]
permissions = ["speak"]
{social_rule}[[app.allow]]                         # seminar B is for staff and students
rooms = ["seminars/b"]
groups = ["staff", "students"]
permissions = ["speak"]
[[app.allow]]                         # staff moderates everywhere
rooms = ["*"]
groups = ["staff"]
permissions = ["moderate"]
"#
    )
}

impl SocialNetwork<'_> {
    /// Its table in the config.
    #[must_use]
    pub fn provider(&self) -> String {
        let (origin, secret) = (self.origin, self.client_secret.expose());
        format!(
            r#"
[[provider]]                          # OAuth 2.0 without OpenID Connect
id = "social"
kind = "oauth2"
name = "Example Social"
issuer = "{origin}"
auth_url = "{origin}/authorize"
token_url = "{origin}/token"
userinfo_url = "{origin}/me"
client_id = "vestibule"
client_secret = "{secret}"
scopes = ["profile", "email"]
subject = "id"                        # where its API has each of these
preferred_username = "login"
email = "email.address"
email_verified = "email.verified"
allow_private = true                  # it is on this machine, too
"#
        )
    }
}

/// The end of the social network's table. The benchmark signs people in without a question.
const ASKS: &str = r#"first_login = "ask"                   # some have an account by the university: they link it
"#;

/// The role of Ada, by the subject that the university gives her.
const ADMIN_GRANT: &str = r#"
[[admin.grant]]                       # Ada administers the accounts, at /admin
provider = "uni"
subject = "u-00001815"
role = "admin"
"#;

const SOCIAL_RULE: &str = r#"[[app.allow]]                         # seminar B is also for verified addresses of a club
rooms = ["seminars/b"]
providers = ["social"]
email_domains = ["makers.example"]
permissions = ["speak"]
"#;
