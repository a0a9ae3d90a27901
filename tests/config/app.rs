//! Mistakes in an app and its rules.

use super::{PROVIDER, SERVER, good, mistakes};
use vestibule::signin::app::{App, Audience, Claim};

const PLAIN: &str =
    "[[app]]\nid = \"notes\"\nkind = \"plain\"\nname = \"Notes\"\nurl = \"https://notes.example.org/\"\n";
const GALENE: &str =
    "[[app]]\nid = \"galene\"\nkind = \"galene\"\nname = \"Conference\"\nurl = \"https://galene.example.org/\"\n";
const ALLOW: &str = "[[app.allow]]\n";

fn mistakes_in(app: &[&str]) -> String {
    mistakes(&[SERVER, PROVIDER, &app.concat()].concat())
}

fn app(app: &[&str]) -> App {
    App::clone(&good(&[SERVER, PROVIDER, &app.concat()].concat()).apps[0])
}

#[test]
fn planned_values_of_an_app_are_refused_and_never_ignored() {
    assert_eq!(
        mistakes_in(&[PLAIN, "bind = \"dpop\"\ndelivery = \"form_post\"\n", ALLOW]),
        "\
vestibule.toml:15: [app.notes] `bind` is not offered yet; leave it out
vestibule.toml:16: [app.notes] `delivery` = \"form_post\" is not offered yet; use \"fragment\" or \"query\""
    );
    assert_eq!(
        mistakes_in(&[&PLAIN.replace("\"plain\"", "\"jitsi\""), ALLOW]),
        "vestibule.toml:12: [app.notes] `kind` = \"jitsi\" is not offered yet; use \"plain\" or \"galene\""
    );
}

#[test]
fn a_location_is_written_exactly_and_has_no_fragment() {
    assert_eq!(
        mistakes_in(&[
            PLAIN,
            "locations = [\n\"https://notes.example.org/#in\",\n\"https://NOTES.example.org\",\n\"http://notes.example.\
             org/\",\n",
            "\"myapp://in\",\n\"https://u@a.example/\"]\n",
            ALLOW
        ]),
        "\
vestibule.toml:16: [app.notes] `locations` holds a #; leave out the # and what follows: the token goes there
vestibule.toml:17: [app.notes] `locations` must be written as browsers write it, since it is compared character for \
    character; write \"https://notes.example.org/\"
vestibule.toml:18: [app.notes] `locations` must be https: over plain http, others on the network can read tokens; use \
    https, or a loopback address while trying things out
vestibule.toml:19: [app.notes] `locations` must be an address such as https://app.example.org/: https and no other \
    scheme
vestibule.toml:20: [app.notes] `locations` must be an address such as https://app.example.org/: no name or password in \
    it"
    );
    let rooms = "holds {room}, but names one address; write it in `room_location`";
    assert_eq!(
        mistakes_in(&[&PLAIN.replace(".org/", ".org/{room}/"), ALLOW]),
        format!("vestibule.toml:14: [app.notes] `url` {rooms}")
    );
    assert_eq!(
        mistakes_in(&[PLAIN, "locations = [\"https://a.example/{room}/\"]\n", ALLOW]),
        format!("vestibule.toml:15: [app.notes] `locations` {rooms}")
    );
    let twice = "locations = [\"https://a.example/\", \"https://a.example/\"]\n";
    assert_eq!(
        mistakes_in(&[PLAIN, twice, ALLOW]),
        "vestibule.toml:15: [app.notes] `locations` holds \"https://a.example/\" twice"
    );
    let local = app(&[PLAIN, "locations = [\"http://127.0.0.1:9/in?a=b\"]\n", ALLOW]);
    assert_eq!(local.addresses.listed, ["http://127.0.0.1:9/in?a=b"]);
}

// C32: without `locations` tokens go to `url`, so `url` must be exactly what the app sends
#[test]
fn a_token_address_is_written_as_browsers_write_it() {
    for (written, normal) in [
        ("https://Notes.Example.ORG/In", "https://notes.example.org/In"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://notes.example.org:443/x", "https://notes.example.org/x"),
        ("https://notes.example.org", "https://notes.example.org/"),
    ] {
        assert_eq!(
            mistakes_in(&[&PLAIN.replace("https://notes.example.org/", written), ALLOW]),
            format!(
                "vestibule.toml:14: [app.notes] `url` must be written as browsers write it, since it is compared \
                 character for character; write \"{normal}\""
            )
        );
    }
    let link = PLAIN.replace("https://notes.example.org/", "https://Notes.Example.ORG");
    let elsewhere = app(&[&link, "locations = [\"https://notes.example.org/in\"]\n", ALLOW]);
    assert_eq!(elsewhere.url.as_str(), "https://notes.example.org/", "with `locations`, `url` is only a link");
}

#[test]
fn onward_origins_must_be_origins() {
    assert_eq!(
        mistakes_in(&[
            PLAIN,
            "onward_origins = \
             [\"https://home.example.org/in\", \"https://HOME.example.org\", \"http://home.example.org\", \"*\"]\n",
            ALLOW
        ]),
        "\
vestibule.toml:15: [app.notes] `onward_origins` must hold origins: scheme, host and port, as browsers write them; \
    write \"https://home.example.org\"
vestibule.toml:15: [app.notes] `onward_origins` must hold origins: scheme, host and port, as browsers write them; \
    write \"https://home.example.org\"
vestibule.toml:15: [app.notes] `onward_origins` must be https: over plain http, others on the network can read tokens; \
    use https, or a loopback address while trying things out
vestibule.toml:15: [app.notes] `onward_origins` must be an address such as https://app.example.org/: it does not begin \
    with https://"
    );
    // `*`, `;` and `,` mean something in the Content-Security-Policy that the origins go into.
    for host in ["*.example.org", "*", "a;b.example.org", "a,b.example.org", "a'b.example.org", "a&b.example.org"] {
        let at = format!("https://{host}/");
        for more in [
            format!("onward_origins = [\"https://{host}\"]\n"),
            format!("locations = [\"{at}\"]\n"),
            format!("room_location = \"{at}{{room}}\"\n"),
        ] {
            let key = more.split_once(' ').unwrap().0;
            assert_eq!(
                mistakes_in(&[PLAIN, &more, ALLOW]),
                format!(
                    "vestibule.toml:15: [app.notes] `{key}` holds a host with other characters than letters, digits, - \
                     and .; name each host: there are no wildcards"
                )
            );
        }
        let url = mistakes_in(&[&PLAIN.replace("https://notes.example.org/", &at), ALLOW]);
        assert!(url.starts_with("vestibule.toml:14: [app.notes] `url` holds a host with other characters"), "{url}");
    }
    app(&[PLAIN, "onward_origins = [\"https://a-b_1.example\", \"https://10.0.0.1:8443\"]\n", ALLOW]);
    let both = app(&[PLAIN, "onward_origins = [\"https://home.example.org\", \"http://[::1]:9\"]\n", ALLOW]).addresses;
    assert_eq!(both.origins().len(), 1, "no token goes to an onward origin, and its pages may not ask");
    assert_eq!(both.reached_by_forms().len(), 3);
}

#[test]
fn an_address_must_not_have_a_parameter_that_a_query_delivery_adds() {
    let query = "delivery = \"query\"\n";
    let wrong = |key: &str, name: &str| {
        format!(
            "[app.notes] `{key}` has the parameter `{name}`, which Vestibule adds with delivery = \"query\"; rename it \
             there"
        )
    };
    for name in ["token", "state", "iss", "error", "error_description"] {
        let url = PLAIN.replace(".org/", &format!(".org/?a=b&{name}=1"));
        assert_eq!(mistakes_in(&[&url, query, ALLOW]), format!("vestibule.toml:14: {}", wrong("url", name)));
        assert!(app(&[&url, ALLOW]).addresses.listed[0].contains(name), "a fragment adds nothing to the query");
    }
    let locations = "locations = [\"https://notes.example.org/?%74oken=1\"]\n";
    assert_eq!(
        mistakes_in(&[PLAIN, query, locations, ALLOW]),
        format!("vestibule.toml:16: {}", wrong("locations", "token"))
    );
    let room = "room_location = \"https://meet.example.org/?jwt=1&r={room}\"\ntoken_parameter = \"jwt\"\n";
    assert_eq!(
        mistakes_in(&[PLAIN, query, room, ALLOW]),
        format!("vestibule.toml:16: {}", wrong("room_location", "jwt"))
    );
}

// C32
#[test]
fn a_room_pattern_has_exactly_one_room() {
    for (pattern, what) in [
        ("https://meet.example.org/r/", "it needs {room} where the room's name goes"),
        ("https://{room}.example.org/", "{room} must follow a / in the path, or be a whole value in the query"),
        ("https://meet.example.org{room}/", "{room} must follow a / in the path, or be a whole value in the query"),
        ("https://u:p{room}@meet.example.org/", "it must not have a name or a password before the host"),
        ("https://meet.example.org/{room}/#x", "it must not have a #"),
        ("https://meet.example.org/{room}/?x", "it must not have a ? after the room"),
    ] {
        assert_eq!(
            mistakes_in(&[PLAIN, "room_location = \"", pattern, "\"\n", ALLOW]),
            format!(
                "vestibule.toml:15: [app.notes] `room_location` is not a pattern: {what}; \
                 write \"https://meet.example.org/r/{{room}}/\""
            )
        );
    }
    let plain_http = mistakes_in(&[PLAIN, "room_location = \"http://meet.example.org/{room}/\"\n", ALLOW]);
    assert!(plain_http.starts_with("vestibule.toml:15: [app.notes] `room_location` must be https"), "{plain_http}");
    let meet = app(&[PLAIN, "room_location = \"https://meet.example.org/r/{room}/\"\n", ALLOW, "rooms = [\"*\"]\n"]);
    assert!(meet.addresses.listed.is_empty() && meet.addresses.rooms.is_some());
}

#[test]
fn a_galene_app_cannot_have_addresses_of_its_own() {
    assert_eq!(
        mistakes_in(&[
            GALENE,
            "locations = [\"https://a.example/\"]\nroom_location = \"https://a.example/{room}/\"\n",
            ALLOW
        ]),
        "\
vestibule.toml:15: [app.galene] `locations` is not allowed in a galene app: its rooms are {url}group/{room}/; leave \
    it out
vestibule.toml:16: [app.galene] `room_location` is for a page of your own: Galène's page, at {url}group/{room}/, reads \
    the query; leave it out, or set delivery = \"fragment\""
    );
    assert_eq!(
        mistakes_in(&[&GALENE.replace(".org/", ".org/meet"), ALLOW]),
        "vestibule.toml:14: [app.galene] `url` must be Galène's root, because its rooms are {url}group/{room}/; let it \
         end in /"
    );
    assert_eq!(
        mistakes_in(&[&GALENE.replace(".org/", ".org/?x"), ALLOW]),
        "vestibule.toml:14: [app.galene] `url` must be Galène's root, because its rooms are {url}group/{room}/; leave \
         out the ? and what follows"
    );
}

// C28: Galène's server expects the address of its group, wherever the token is delivered
#[test]
fn a_page_beside_galenes_own_needs_an_audience() {
    let page = "delivery = \"fragment\"\nroom_location = \"https://galene.example.org/page/?group={room}\"\n";
    assert_eq!(
        mistakes_in(&[GALENE, page, ALLOW]),
        "vestibule.toml:10: [app.galene] `audience` is missing; add audience \
         = \"https://galene.example.org/group/{room}/\", which Galène's server expects"
    );
    let audience = "audience = \"https://galene.example.org/group/{room}/\"\n";
    let beside = app(&[GALENE, page, audience, ALLOW]);
    assert_eq!(beside.addresses.rooms.unwrap().text(), "https://galene.example.org/page/?group={room}");
    assert!(matches!(beside.addresses.audience, Some(Audience::OfRoom(_))));
    let fragment = app(&[GALENE, "delivery = \"fragment\"\n", ALLOW]);
    assert_eq!(fragment.addresses.rooms.unwrap().text(), "https://galene.example.org/group/{room}/");
}

#[test]
fn an_audience_contains_the_room_if_the_app_has_rooms() {
    assert_eq!(
        mistakes_in(&[GALENE, "audience = \"https://galene.example.org/group/\"\n", ALLOW]),
        "vestibule.toml:15: [app.galene] `audience` is the same for every room, so a token for one would open all; put \
         {room} where the room's name goes"
    );
    assert_eq!(
        mistakes_in(&[PLAIN, "audience = \"https://a.example/{room}/\"\n", ALLOW]),
        "vestibule.toml:15: [app.notes] `audience` holds {room}, but this app has no rooms; leave {room} out"
    );
    let behind = app(&[GALENE, "audience = \"https://inner.example/group/{room}/\"\n", ALLOW]);
    assert!(matches!(behind.addresses.audience, Some(Audience::OfRoom(_))));
}

#[test]
fn a_token_parameter_cannot_have_a_reserved_name() {
    for taken in ["state", "iss", "error", "error_description", "error_uri", "code"] {
        assert_eq!(
            mistakes_in(&[PLAIN, "token_parameter = \"", taken, "\"\n", ALLOW]),
            format!(
                "vestibule.toml:15: [app.notes] `token_parameter` \"{taken}\" has another meaning in the answer; \
                 choose another name"
            )
        );
    }
    assert_eq!(
        mistakes_in(&[PLAIN, "token_parameter = \"to ken\"\n", ALLOW]),
        "vestibule.toml:15: [app.notes] `token_parameter` must be 1 to 64 letters, digits, _ or -"
    );
}

#[test]
fn claims_must_be_known() {
    assert_eq!(
        mistakes_in(&[PLAIN, "claims = [\"nam\", \"groups\"]\n", ALLOW]),
        "vestibule.toml:15: [app.notes] `claims` does not know \"nam\"; did you mean \"name\"?"
    );
    assert_eq!(app(&[PLAIN, "claims = [\"email\"]\n", ALLOW]).claims, [Claim::Email]);
}

#[test]
fn a_permission_is_not_empty() {
    for nothing in ["", " "] {
        assert_eq!(
            mistakes_in(&[PLAIN, ALLOW, "permissions = [\"write\", \"", nothing, "\"]\n"]),
            "vestibule.toml:16: [app.notes.allow[1]] `permissions` holds an empty word; leave it out"
        );
    }
}

#[test]
fn an_app_without_rules_is_a_mistake() {
    let fix = "add [[app.allow]]: without a rule nobody enters, and a rule without keys lets everybody in";
    assert_eq!(mistakes_in(&[PLAIN]), format!("vestibule.toml:10: [app.notes] `allow` is missing; {fix}"));
    assert_eq!(
        mistakes_in(&[PLAIN, "allow = []\n"]),
        format!("vestibule.toml:15: [app.notes] `allow` is empty; {fix}")
    );
    assert_eq!(app(&[PLAIN, ALLOW]).rules.len(), 1);
}

#[test]
fn a_rule_names_only_things_that_exist() {
    assert_eq!(
        mistakes_in(&[
            PLAIN,
            ALLOW,
            ALLOW,
            "rooms = [\"a\"]\ngroups = []\nproviders = [\"uny\"]\nemail_domains = \
             [\"@a.example\", \"*.example\", \"org\"]\n",
            "accounts = [\"a/b\"]\npermission = [\"x\"]\n"
        ]),
        "\
vestibule.toml:17: [app.notes.allow[2]] `rooms` never hold: this app has no rooms; add room_location to the app, or \
    leave them out
vestibule.toml:18: [app.notes.allow[2]] `groups` is an empty list; name at least one, or leave the key out
vestibule.toml:19: [app.notes.allow[2]] `providers` names \"uny\", which is not a provider; did you mean \"uni\"?
vestibule.toml:20: [app.notes.allow[2]] `email_domains` holds \"@a.example\", which is not a domain: it holds an @; \
    write what follows the @: \"example.org\"
vestibule.toml:20: [app.notes.allow[2]] `email_domains` holds \"*.example\", but there are no wildcards; write out \
    each domain: \"example.org\", \"sub.example.org\"
vestibule.toml:20: [app.notes.allow[2]] `email_domains` holds \"org\", which is not a domain: it must be letters, \
    digits and -, separated by dots; write what follows the @: \"example.org\"
vestibule.toml:21: [app.notes.allow[2]] `accounts` is not usable: a username holds no / and no \\
vestibule.toml:22: [app.notes.allow[2]] unknown key `permission`; did you mean `permissions`?"
    );
}

#[test]
fn a_rule_can_name_only_providers_that_its_app_offers() {
    let other = PROVIDER.replace("\"uni\"", "\"other\"");
    let text = [SERVER, PROVIDER, &other, PLAIN, "providers = [\"uni\"]\n", ALLOW, "providers = [\"other\"]\n"];
    assert_eq!(
        mistakes(&text.concat()),
        "vestibule.toml:24: [app.notes.allow[1]] `providers` names \"other\", which this app does not offer; \
         add it to the app's `providers`"
    );
}

// C31
#[test]
fn a_rule_gives_only_permissions_of_its_app_kind_and_never_admin() {
    assert_eq!(
        mistakes_in(&[GALENE, ALLOW, "permissions = [\"admin\", \"ops\", \"teach\"]\nrooms = [\"a*\"]\n"]),
        "\
vestibule.toml:16: [app.galene.allow[1]] `permissions` holds \"admin\", which no rule can give; leave it out
vestibule.toml:16: [app.galene.allow[1]] `permissions` holds \"ops\", which is not a permission of a galene app; did \
    you mean \"op\"?
vestibule.toml:16: [app.galene.allow[1]] `permissions` holds \"teach\", which is not a permission of a galene app; \
    use \"op\", \"present\", \"observe\" or \"record\"
vestibule.toml:17: [app.galene.allow[1]] `rooms` holds \"a*\", which is not a room: only \"*\" or a trailing \"/*\" \
    stand for several rooms"
    );
    let rules = app(&[GALENE, ALLOW, ALLOW, "permissions = [\"op\"]\nemail_domains = [\"Example.ORG\"]\n"]).rules;
    assert_eq!(rules[1].name.to_string(), "galene.allow[2]");
    assert_eq!(rules[1].permissions.len(), 5);
    assert_eq!(rules[1].email_domains.as_deref(), Some(["example.org".to_owned()].as_slice()));
}

// C43: a password would be tried twice but counted once
#[test]
fn a_provider_listed_twice_in_an_app_is_a_mistake() {
    let message = mistakes_in(&[PLAIN, "providers = [\"uni\", \"uni\"]\n", ALLOW]);
    assert_eq!(message, "vestibule.toml:15: [app.notes] `providers` holds \"uni\" twice");
}
