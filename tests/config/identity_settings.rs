//! Which settings of a provider must be as at the sign-in for a session to be valid (security rule C27).

use serde_json::Value;

use super::{APP, SERVER, good};

const DIRECTORY: &str = "servers = [\"ldaps://ldap.example.org\"]\nbase = \"dc=example,dc=org\"\n\
                         service_dn = \"cn=vestibule,dc=example,dc=org\"\nservice_password = \"s3cret\"\n";
const OPENID: &str = "issuer = \"https://sso.example.edu\"\nclient_id = \"vestibule\"\nclient_secret = \"s3cret\"\n";

const SOCIAL: &str = "issuer = \"https://social.example\"\nauth_url = \"https://social.example/authorize\"\n\
                      token_url = \"https://social.example/token\"\nuserinfo_url = \"https://social.example/me\"\n\
                      client_id = \"vestibule\"\nclient_secret = \"s3cret\"\nsubject = \"id\"\n\
                      email_verified = \"mail_ok\"\n";

/// A kind, its keys, changes that decide who people are and what they may do, and changes that don't. A change is the
/// text to replace and its replacement, or the text to add if the first one is empty.
type Case = (&'static str, &'static str, &'static [Change], &'static [Change]);
type Change = (&'static str, &'static str);

const CASES: [Case; 10] = [
    (
        "ldap",
        DIRECTORY,
        &[
            ("", "email_verified = true"),
            ("", "claims = { email = \"otherMail\" }"),
            ("", "member_of = \"isMemberOf\""),
            ("", "member_of_as = \"name\""),
            ("", "group_base = \"ou=groups,dc=example,dc=org\""),
            ("", "filter = \"(&(uid={username})(active=1))\""),
            ("", "scope = \"one\""),
            ("", "subject_attribute = \"nsUniqueId\""),
            ("base = \"dc", "base = \"ou=people,dc"),
        ],
        &[
            ("ldap.example", "ldap2.example"),
            ("", "timeout = \"6s\""),
            ("s3cret", "another"),
            ("", "at_once = 3"),
            ("base = \"dc=example,dc=org\"", "base = \"DC=Example, dc=org\""),
            ("", "member_of = \"MEMBEROF\""),
            ("", "claims = { email = \"Mail\" }"),
        ],
    ),
    (
        "ldap",
        "servers = [\"ldaps://ldap.example.org\"]\nbind_dn = \"uid={username},dc=example,dc=org\"\n",
        &[("uid={username},dc", "uid={username},ou=people,dc")],
        &[],
    ),
    (
        "oidc",
        OPENID,
        &[
            ("", "userinfo = true"),
            ("", "scopes = [\"openid\"]"),
            ("", "issuer_aliases = [\"account.example.edu\"]"),
            ("", "verified_strings = true"),
            ("", "acr_values = [\"urn:two\"]"),
            ("", "subject_claims = [\"tenant\", \"sub\"]"),
            ("", "max_age = \"1h\""),
            ("", "claims = '{\"id_token\":{\"email\":null}}'"),
        ],
        &[
            ("s3cret", "another"),
            ("", "response_mode = \"form_post\""),
            ("", "discovery_url = \"https://sso.example.edu/metadata\""),
            ("", "iss_parameter = \"if_sent\""),
            ("", "nonce = \"not_returned\""),
            ("", "reauth = \"trust\""),
            ("", "subject_claims = [\"sub\"]"),
            ("", "scopes = [\"email\", \"profile\", \"openid\", \"email\"]"),
        ],
    ),
    (
        "oauth2",
        SOCIAL,
        &[
            ("", "verified_strings = true"),
            ("subject = \"id\"", "subject = \"uuid\""),
            ("\"mail_ok\"", "false"),
            ("\"mail_ok\"", "true"),
            ("\"mail_ok\"", "[\"mail_ok\", \"mail_valid\"]"),
            ("", "email = \"mail\""),
            ("", "scopes = [\"me\"]"),
            ("/me", "/people/me"),
            ("", "calls = { mails = \"https://social.example/mails\" }"),
        ],
        &[
            ("s3cret", "another"),
            ("/authorize", "/login"),
            ("", "verified_strings = false"),
            ("", "reauth = \"trust\""),
            ("", "display_name = \"full_name\""),
        ],
    ),
    (
        "google",
        "client_id = \"vestibule\"\nclient_secret = \"s3cret\"\nhosted_domain = [\"a.example\", \"b.example\"]\n",
        &[
            ("hosted_domain = [\"a.example\", \"b.example\"]", ""),
            ("[\"a.example\", \"b.example\"]", "\"a.example\""),
            ("", "scopes = [\"openid\"]"),
        ],
        &[
            ("[\"a.example\", \"b.example\"]", "[\"B.example\", \"a.example\"]"),
            ("", "auth_params = { access_type = \"online\" }"),
        ],
    ),
    (
        "github",
        "client_id = \"a\"\nclient_secret = \"s3cret\"\ngroups = { acme = \"staff\" }\n",
        &[
            ("", "scopes = [\"read:user\"]"),
            ("", "email_list = { at = \"emails\", primary = \"public\" }"),
            ("", "userinfo_url = \"https://api.octo.ghe.com/user\""),
            ("groups = ", "# "),
        ],
        &[("", "groups_required = false"), ("", "auth_params = { allow_signup = \"false\" }")],
    ),
    (
        "microsoft",
        "client_id = \"vestibule\"\nclient_secret = \"s3cret\"\n\
         tenants = [\"8eaef023-2b34-4da1-9baa-8bc8c9d6a490\", \"72f988bf-86f1-41af-91ab-2d7cd011db47\"]\n",
        &[
            ("[\"8eaef023-2b34-4da1-9baa-8bc8c9d6a490\", \"72f988bf-86f1-41af-91ab-2d7cd011db47\"]", "\"any\""),
            (", \"72f988bf-86f1-41af-91ab-2d7cd011db47\"", ""),
            ("", "scopes = [\"openid\"]"),
        ],
        &[("", "graph_url = \"https://graph.microsoft.us/v1.0\""), ("", "groups_required = false")],
    ),
    (
        "pam",
        "service = \"vestibule\"\n",
        &[("service = \"vestibule\"", "service = \"login\""), ("", "subject = \"name\""), ("", "confdir = \"pam.d\"")],
        &[("", "timeout = \"6s\"")],
    ),
    (
        "xmpp",
        "domains = [\"example.org\", \"example.net\"]\n",
        &[(", \"example.net\"", "")],
        &[
            ("", "server = \"xmpp.example.org:5222\""),
            ("", "bans_after = 10"),
            ("[\"example.org\", \"example.net\"]", "[\"example.net\", \"example.org\"]"),
        ],
    ),
    (
        "webhook",
        "url = \"https://hook.example.org/\"\nsecret = \"s3cret\"\n",
        &[],
        &[("hook.example.org", "hook2.example.org"), ("s3cret", "another")],
    ),
];

fn settings(kind: &str, keys: &str) -> Value {
    let head = format!("[[provider]]\nid = \"uni\"\nname = \"Example University\"\nkind = \"{kind}\"\n");
    good(&[SERVER, &head, keys, APP].concat()).providers[0].settings.identity_settings()
}

// C27
#[test]
fn the_settings_that_decide_who_people_are_differ_after_a_change_and_others_do_not() {
    for (kind, keys, decisive, others) in CASES {
        let before = settings(kind, keys);
        assert!(!before.to_string().contains("s3cret"), "{before}");
        let changed = |(old, new): &Change| {
            let changed = if old.is_empty() { format!("{keys}{new}\n") } else { keys.replace(old, new) };
            assert_ne!(changed, keys, "the change should change something");
            settings(kind, &changed)
        };
        for change in decisive {
            assert_ne!(changed(change), before, "{kind}: {change:?}");
        }
        for change in others {
            assert_eq!(changed(change), before, "{kind}: {change:?}");
        }
    }
}
