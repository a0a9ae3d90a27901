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
[[provider]]                          # for people without an account at the university
id = "local"
kind = "password"
name = "Local account"
"#;

/// The origins of the demo's three servers.
#[derive(Debug, Clone)]
pub struct Origins {
    /// On `localhost`, while the others are on `127.0.0.1`, so that both are other sites for the browser.
    pub vestibule: String,
    pub provider: String,
    pub conference: String,
}

/// The config that the demo's Vestibule runs on: as an operator would write it.
#[must_use]
pub fn config(origins: &Origins, client_secret: &Secret<String>) -> String {
    let Origins { vestibule, provider, conference } = origins;
    let listen = vestibule.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let secret = client_secret.expose();
    format!(
        r#"[server]
public_url = "{vestibule}"
listen = "{listen}"
[log]
level = "warn"
[brand]
name = "Vestibule, the demo"

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
[[app.allow]]                         # seminar B is for staff and students
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
