//! An app kind of the test's own, to show how little code a new kind needs.
//!
//! It needs two places: the constant below, in place of a file in `src/apps`, and one row in a table of kinds. No
//! other code names the kind. Config, token, refusals and check are shared by all kinds. The check has its own test
//! in `src/cli/check`, which repeats the constant: unit tests compile the library again, so their `AppKind` is
//! another type.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use support::TestServer;
use support::provider::Person;
use vestibule::apps::{AppKinds, KINDS};
use vestibule::config::{self, Environment};
use vestibule::signin::app::{
    AddressScheme, AppKind, AuthServerSupport, ErrorReturn, KeyDelivery, Permissions, ResponseMode, SubjectClaim,
};
use vestibule::upstream;

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
    check_username: |name| if name.contains(' ') { Err("the toy takes no space in a name") } else { Ok(()) },
};

/// The product's table, and one more row.
fn kinds() -> AppKinds {
    AppKinds { offered: [KINDS.offered, &[&TOY]].concat().leak(), ..KINDS }
}

const APP: [(&str, &str); 4] =
    [("id", "box"), ("kind", "toy"), ("name", "Toy Box"), ("url", "https://toys.example.org/")];

async fn server() -> TestServer {
    TestServer::with(|config| {
        config.add_app_of_kind(kinds(), &APP).allow(&["rooms = [\"bears\"]\npermissions = [\"play\"]"]);
    })
    .await
}

#[tokio::test]
async fn an_app_kind_made_of_one_row_and_one_file_gets_its_token() {
    let server = server().await;
    let page = server.browser().sign_in("/auth/box?room=bears").await;
    let (header, claims) = server.verify_token(&page.token_at("https://toys.example.org/box/bears")).await;
    assert_eq!(header["typ"], "toy+jwt");
    assert_eq!((&claims["sub"], &claims["room"]), (&json!("ada"), &json!("bears")));
    assert_eq!(claims["aud"], "https://toys.example.org/box/bears");
    assert_eq!(claims["permissions"], json!(["see", "touch"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 30);
}

#[tokio::test]
async fn an_app_kind_made_of_one_row_and_one_file_refuses_and_receives_the_error() {
    let server = server().await;
    let refused = server.browser().sign_in("/auth/box?room=dolls&state=s").await;
    assert_eq!(refused.status, 403);
    let way_back = refused.links().into_iter().find(|(_, to)| to.contains("error=access_denied")).unwrap().1;
    assert!(way_back.starts_with("https://toys.example.org/box/dolls?error="), "{way_back}");

    server.behave(|uni| uni.person = Person::new("another").with("preferred_username", "ada l"));
    let refused = server.browser().sign_in("/auth/box?room=bears").await;
    assert_eq!(refused.status, 403);
    let explained = server.explain(&refused.reference_code()).await.unwrap();
    assert!(format!("{explained:?}").contains("the toy takes no space in a name"), "{explained:?}");
}

#[test]
fn config_mistakes_in_an_app_of_the_new_kind_are_reported_in_its_own_terms() {
    let mistakes = |kinds: &AppKinds, keys: &str, rule: &str| {
        let text = format!(
            "[server]\npublic_url = \"https://auth.example.org\"\n\
             [[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Passwords\"\n\
             [[app]]\nid = \"box\"\nname = \"Toy Box\"\nurl = \"https://toys.example.org/\"\n{keys}\n\
             [[app.allow]]\n{rule}\n"
        );
        let (file, environment) = (Path::new("v.toml"), Environment::default());
        config::read_with_app_kinds(&text, file, &environment, &upstream::KINDS, kinds).unwrap_err().to_string()
    };
    for (keys, rule, what) in [
        ("kind = \"toys\"", "", "`kind` does not know \"toys\"; did you mean \"toy\"?"),
        ("kind = \"toy\"", "permissions = [\"plays\"]", "not a permission of a toy app; did you mean \"play\"?"),
        ("kind = \"toy\"", "permissions = [\"admin\"]", "holds \"admin\", which no rule can give"),
        ("kind = \"toy\"\nlocations = []", "", "is not allowed in a toy app: its rooms are {url}box/{room}"),
        ("kind = \"toy\"\nroom_location = \"x\"", "", "Toy Box's page, at {url}box/{room}, reads the query"),
        ("kind = \"toy\"\nauthserver = [\"local\"]", "", "is for apps of kind \"galene\""),
        ("kind = \"toy\"\n[app.galene_api]\nusername = \"x\"", "", "is for apps of kind \"galene\""),
    ] {
        let message = mistakes(&kinds(), keys, rule);
        assert!(message.contains(what), "{keys}: {message}");
    }
    assert!(mistakes(&KINDS, "kind = \"toy\"", "").contains("`kind` does not know \"toy\""));
}
