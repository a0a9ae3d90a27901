//! Mistakes in an LDAP provider.

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::upstream::ldap::settings::{EmailTrust, LdapSettings, LoginMethod};

const DIRECTORY: &str = "[[provider]]\nid = \"uni\"\nkind = \"ldap\"\nname = \"Example University\"\n";
const SEARCH: &str = "servers = [\"ldaps://ldap.example.org\"]\nbase = \"ou=people, DC=example,dc=org\"\n\
                      service_dn = \"cn=vestibule,dc=example,dc=org\"\nservice_password = \"s3cret\"\n";
const DIRECT: &str =
    "servers = [\"ldaps://ldap.example.org\"]\nbind_dn = \"uid={username},ou=people,dc=example,dc=org\"\n";

fn wrong(keys: &str) -> String {
    mistakes(&[SERVER, DIRECTORY, keys, APP].concat())
}

fn right(keys: &str) -> LdapSettings {
    let config = good(&[SERVER, DIRECTORY, keys, APP].concat());
    let settings = settings_of::<LdapSettings>(&config.providers[0]);
    settings.as_ref().clone()
}

#[test]
fn a_directory_needs_its_servers_its_base_and_a_service_account() {
    assert_eq!(
        wrong(""),
        "\
vestibule.toml:3: [provider.uni] `servers` is missing; add servers = [\"ldaps://ldap.example.org\"]
vestibule.toml:3: [provider.uni] `base` is missing; add base = \"ou=people,dc=example,dc=org\", or bind_dn
vestibule.toml:3: [provider.uni] `service_dn` is missing; add service_dn \
    = \"cn=vestibule,ou=services,dc=example,dc=org\", or anonymous = true, or bind_dn
vestibule.toml:3: [provider.uni] `service_password` is missing; add service_password_file = \"…\": the password of \
    service_dn"
    );
    let long = wrong(&[SEARCH, "timeout = \"31s\"\n"].concat());
    assert!(long.contains("`timeout` is longer than 30s, and a person waits for it; write at most"), "{long}");
    assert!(wrong(&[SEARCH, "bind_dn = \"uid={username},dc=x\"\n"].concat()).contains("`base` is for searching"));
    assert!(
        wrong(&[SEARCH, "anonymous = true\n"].concat()).contains("`service_dn` is never used with anonymous = true")
    );
    assert!(wrong(&[SEARCH, "allow_private = true\n"].concat()).contains("`allow_private` means nothing here"));
    assert!(
        wrong(&[SEARCH, "domain = \"EXAMPLE\"\n"].concat()).contains("`domain` is for preset = \"active-directory\"")
    );
    assert!(wrong(&[SEARCH, "group_filter = \"(member={dn})\"\n"].concat()).contains("add group_base"));
}

// C45
#[test]
fn unencrypted_passwords_are_only_for_loopback_and_only_if_configured() {
    let open = "encryption = \"none-on-loopback\"\n";
    let at = |server: &str, more: &str| [&DIRECT.replace("ldaps://ldap.example.org", server), more].concat();
    for here in ["ldap://localhost", "ldap://127.0.0.1:3890"] {
        assert_eq!(right(&at(here, open)).servers.len(), 1, "{here}");
    }
    for elsewhere in
        ["ldap://ldap.example.org", "ldap://10.0.0.1", "ldap://localhost.example.org", "ldap://127.0.0.1.example.org"]
    {
        assert!(
            wrong(&at(elsewhere, open)).contains("which is not this machine: passwords would be sent unencrypted"),
            "{elsewhere}"
        );
    }
    for odd in [
        "http://ldap.example.org",
        "ldap.example.org",
        "ldaps://a:b@ldap.example.org",
        "ldaps://x/dc=x",
        "ldaps://x?y",
        "ldaps://",
        "ldapi:///",
    ] {
        assert!(wrong(&at(odd, "")).contains("[provider.uni] `servers`"), "{odd}");
    }
    assert!(wrong(&at("ldaps://[::1]", "")).contains("name the host that has it"));
}

// C44
#[test]
fn a_username_has_one_place_in_a_dn_and_at_least_one_in_a_filter() {
    let direct = |dn: &str| wrong(&["servers = [\"ldaps://x\"]\nbind_dn = \"", dn, "\"\n"].concat());
    for odd in ["{username}", "uid={username}", "uid=x{username},dc=x", "{username},dc=x", "uid={username},{username}"]
    {
        assert!(direct(odd).contains("`bind_dn` "), "{odd}");
    }
    assert!(
        direct("uid=ada,dc=x").contains("`bind_dn` lacks {username}; write it such as \"uid={username},ou=people,")
    );
    let filter = |filter: &str| wrong(&[SEARCH, "filter = \"", filter, "\"\n"].concat());
    assert!(filter("(uid=ada)").contains("`filter` lacks {username}; write it such as"));
    assert!(filter("(uid={username}").contains("`filter` is not an LDAP filter: it has 1 `(` and 0 `)`"));
    assert!(filter("(&(uid={username})(x={dn}))").contains("`filter` has a {…} that is not known here"));
}

// C21
#[test]
fn an_attribute_that_is_a_name_cannot_be_the_subject() {
    for name in ["uid", "CN", "mail", "sAMAccountName", "userPrincipalName"] {
        let message = wrong(&[SEARCH, "subject_attribute = \"", name, "\"\n"].concat());
        assert!(message.contains("is a name, which another person may get one day"), "{name}: {message}");
    }
    let message = wrong(&[SEARCH, "subject_attribute = \"objectClass\"\n"].concat());
    assert!(message.contains("is the same for many people, who would all be one person here; use"), "{message}");
    assert!(wrong(&[SEARCH, "claims = { sub = \"uid\" }\n"].concat()).contains("use subject_attribute or issuer"));
    assert!(wrong(&[SEARCH, "claims = { email_verified = \"x\" }\n"].concat()).contains("set email_verified = true"));
}

// C56
#[test]
fn an_attribute_that_holds_passwords_cannot_be_the_subject_or_a_claim() {
    for attribute in [
        "userPassword",
        "USERPASSWORD",
        "2.5.4.35",
        "unicodePwd",
        "sambaNTPassword",
        "pwdHistory",
        "1.3.6.1.4.1.42.2.27.8.1.20",
        "1.3.6.1.4.1.4203.1.3.4",
        "ms-Mcs-AdmPwd",
        "ipaNTHash",
    ] {
        let message = wrong(&[SEARCH, "subject_attribute = \"", attribute, "\"\n"].concat());
        assert!(message.contains("holds passwords, which must not be stored; use"), "{message}");
        let message = wrong(&[SEARCH, "claims = { name = \"", attribute, "\" }\n"].concat());
        assert!(message.contains("which holds passwords; name another attribute"), "{message}");
    }
    right(&[SEARCH, "compare = \"userPassword\"\n"].concat());
}

#[test]
fn the_defaults_fit_openldap() {
    let settings = right(SEARCH);
    assert_eq!(settings.issuer.as_str(), "ldap:ou=people,dc=example,dc=org");
    assert_eq!((settings.subject_attribute.as_str(), settings.claims["email"].as_str()), ("entryUUID", "mail"));
    assert_eq!((settings.email_trust, settings.timeout.as_secs()), (EmailTrust::Unverified, 5));
    let direct = right(DIRECT);
    assert_eq!(direct.issuer.as_str(), "ldap:ou=people,dc=example,dc=org");
    assert!(matches!(direct.login_method, LoginMethod::Direct(_)));
    let config = good(&[SERVER, DIRECTORY, DIRECT, "groups = { \"cn=staff,dc=x\" = \"staff\" }\n", APP].concat());
    assert_eq!(config.providers[0].groups_claim.as_deref(), Some("groups"));
}

#[test]
fn the_issuer_is_the_normalised_base_dn() {
    let base = |dn: &str| right(&SEARCH.replace("ou=people, DC=example,dc=org", dn)).issuer;
    let issuer = base("ou=people, DC=example,dc=org");
    for same in
        ["OU = People , dc=example, dc=org", "2.5.4.11=people,DC=Example,DC=org", " ou=people,dc=example,dc=org "]
    {
        assert_eq!(base(same), issuer, "{same}");
    }
    // An escaped comma separates nothing.
    assert_eq!(base("ou=Staff\\\\, and  guests,dc=x").as_str(), "ldap:ou=staff\\, and guests,dc=x");
    assert_eq!(base("ou=Staff\\\\2c and guests,dc=x").as_str(), "ldap:ou=staff\\, and guests,dc=x");
    assert_eq!(base("ou=Université,dc=x").as_str(), "ldap:ou=université,dc=x");
    assert_eq!(base("<GUID=4F0A>").as_str(), "ldap:<guid=4f0a>");
}

#[test]
fn a_filter_may_be_written_over_several_lines() {
    let spaced = "filter = \"\"\"\n  ( &\n    (objectClass = person)\n    (uid={username})\n  )\n\"\"\"\n\
                  group_base = \"ou=groups,dc=x\"\ngroup_filter = \" ( member = {dn} ) \"\n";
    let settings = right(&[SEARCH, spaced].concat());
    let LoginMethod::Search(search) = &settings.login_method else { panic!("no search") };
    assert_eq!(search.filter.for_name("ada"), "(&(objectClass=person)(uid=ada))");
    assert_eq!(settings.group_search.unwrap().filter.for_entry("ada", "uid=ada,dc=x"), "(member=uid=ada,dc=x)");
    let direct = right(&DIRECT.replace("uid={username},ou=people", "uid = {username} , ou=people"));
    assert_eq!(direct.issuer.as_str(), "ldap:ou=people,dc=example,dc=org");
}

#[test]
fn active_directory_is_a_preset() {
    let settings = right(
        &[SEARCH, "preset = \"active-directory\"\ndomain = \"EXAMPLE\"\ngroup_base = \"dc=example,dc=org\"\n"].concat(),
    );
    assert_eq!(
        (settings.subject_attribute.as_str(), settings.claims["preferred_username"].as_str()),
        ("objectGUID", "sAMAccountName")
    );
    let groups = settings.group_search.unwrap().filter.for_entry("ada", "cn=Ada (x),dc=x");
    assert_eq!(groups, "(&(objectClass=group)(member:1.2.840.113556.1.4.1941:=cn=Ada \\28x\\29,dc=x))");
    assert!(wrong(&[SEARCH, "preset = \"activedirectory\"\n"].concat()).contains("did you mean \"active-directory\"?"));
}
