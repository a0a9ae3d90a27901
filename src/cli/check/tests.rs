//! Tests of the findings about an app.

use std::path::Path;
use std::time::Duration;

use super::check_config;
use crate::apps::{AppKinds, KINDS};
use crate::config::{Environment, read_with_app_kinds};
use crate::signin::app::{
    AddressScheme, AppKind, AuthServerSupport, ErrorReturn, KeyDelivery, Permissions, ResponseMode, SubjectClaim,
};
use crate::upstream;
use crate::upstream::probe::Finding;

/// A kind of the test's own, as a file in `src/apps` would hold it.
const TOY: AppKind = AppKind {
    name: "toy",
    product: "Toy Box",
    addresses: AddressScheme::RoomsBelowUrl("box/{room}"),
    response_mode: ResponseMode::Query,
    lifetime: Duration::from_secs(30),
    authserver: AuthServerSupport::None,
    keys: KeyDelivery::Fetched,
    token_type: "toy+jwt",
    subject: SubjectClaim::Username,
    error_return: ErrorReturn::Location,
    permissions: Permissions::Table(&[("play", &["see", "touch"])]),
    check_username: |name| if name == "ada" { Err("the toy takes no ada") } else { Ok(()) },
};

const CONFIG: &str = r#"
[server]
public_url = "https://auth.example.org"
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
issuer = "https://sso.example.edu"
client_id = "vestibule"
client_secret = "s3cret"
[[app]]
id = "box"
kind = "toy"
name = "Toy Box"
url = "https://toys.example.org/"
[[app.allow]]
"#;

#[test]
fn an_app_of_a_new_kind_is_checked_by_the_rules_of_its_kind() {
    let kinds = AppKinds { offered: [KINDS.offered, &[&TOY]].concat().leak(), ..KINDS };
    let (file, environment) = (Path::new("vestibule.toml"), Environment::default());
    let config = read_with_app_kinds(CONFIG, file, &environment, &upstream::KINDS, &kinds).unwrap();
    let mut findings = Vec::new();
    check_config(&config, None, &mut |finding: Finding| findings.push(finding.to_string()));
    let findings = findings.join("\n");
    for line in [
        "tokens at https://toys.example.org/box/{room}, in the query as `token`, valid for 30 s",
        "not tried: whether the app is there and accepts a token; a sign-in shows it",
        "delivery = \"query\": tokens appear in the app's access log",
        "gives names such as \"ada\": the toy takes no ada",
    ] {
        assert!(findings.contains(line), "{line}\n{findings}");
    }
}
