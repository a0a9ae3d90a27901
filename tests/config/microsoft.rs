//! The keys of Microsoft: one tenant or many, and where groups are.

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::upstream::oidc::settings::OidcSettings;
use vestibule::upstream::settings::IssuerOrigin;

const MICROSOFT: &str = "[[provider]]\nkind = \"microsoft\"\nclient_id = \"vestibule\"\nclient_secret = \"s3cret\"\n";
const ONE: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const OTHER: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn config(keys: &str) -> String {
    [SERVER, MICROSOFT, keys, APP].concat()
}

fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

// C19, C75
#[test]
fn one_tenant_relaxes_no_rule_and_many_tenants_are_named() {
    for (keys, configured, authority, accepted, relaxed) in [
        (format!("tenant = \"{ONE}\"\n"), ONE, ONE, [true, false], &[][..]),
        (format!("tenants = [\"{ONE}\"]\n"), ONE, ONE, [true, false], &[]),
        (format!("tenants = [\"{PERSONAL}\"]\n"), PERSONAL, "consumers", [false, true], &[]),
        (format!("tenants = [\"{ONE}\", \"{OTHER}\"]\n"), "{tenantid}", "organizations", [true, false], &["C19"]),
        (format!("tenants = [\"{ONE}\", \"{PERSONAL}\"]\n"), "{tenantid}", "common", [true, true], &["C19"]),
        ("tenants = \"any\"\n".to_owned(), "{tenantid}", "common", [true, true], &["C19", "C75"]),
    ] {
        let provider = &good(&config(&keys)).providers[0];
        let settings = settings_of::<OidcSettings>(provider);
        assert_eq!(settings.issuer.as_str(), issuer(configured), "{keys}");
        let metadata = format!("{}/.well-known/openid-configuration", issuer(authority));
        assert_eq!(settings.metadata_address(), metadata, "{keys}");
        let is_accepted =
            [ONE, PERSONAL].map(|id| provider.settings.accepts_issuer(&provider.id, &(*issuer(id)).into()));
        assert_eq!(is_accepted, accepted, "{keys}");
        let rules: Vec<_> = provider.settings.relaxed_rules().iter().map(|relaxed| relaxed.rule).collect();
        assert_eq!(rules, relaxed, "{keys}");
        let of_tenants = provider.settings.issuer_origin() == IssuerOrigin::Tenant;
        assert_eq!(of_tenants, configured == "{tenantid}", "{keys}");
    }
}

#[test]
fn a_tenant_is_an_id_and_one_of_the_two_keys_names_it() {
    let missing = "vestibule.toml:3: [provider.microsoft] `tenant` is missing; add tenant = \"8eaef023-2b34-4da1-9baa-\
                   8bc8c9d6a490\"";
    assert_eq!(mistakes(&config("")), missing);
    let id = "must be an id such as 8eaef023-2b34-4da1-9baa-8bc8c9d6a490, in lower case; copy it from the provider's \
              console; a domain is not the id";
    for (keys, fault) in [
        ("tenant = \"example.org\"\n".to_owned(), format!("`tenant` {id}")),
        ("tenants = [\"example.org\"]\n".to_owned(), format!("`tenants` holds \"example.org\", and each of them {id}")),
        (
            format!("tenants = [\"any\", \"{ONE}\"]\n"),
            "`tenants` holds \"any\" beside an id; write tenants = \"any\", or ids alone".to_owned(),
        ),
        (
            format!("tenants = \"any\"\ntenant = \"{ONE}\"\n"),
            "`tenants` and `tenant` exclude each other; keep one".to_owned(),
        ),
    ] {
        assert_eq!(mistakes(&config(&keys)), format!("vestibule.toml:7: [provider.microsoft] {fault}"), "{keys}");
    }
    let both = format!("tenants = \"any\"\nissuer = \"{}\"\n", issuer(ONE));
    let fault = "vestibule.toml:8: [provider.microsoft] `issuer` and `tenants` exclude each other; keep one";
    assert_eq!(mistakes(&config(&both)), fault);
}

#[test]
fn the_scope_for_groups_is_asked_for_only_if_groups_of_the_token_are_mapped() {
    let scopes = |keys: &str| {
        let provider = &good(&config(&format!("tenant = \"{ONE}\"\n{keys}"))).providers[0];
        settings_of::<OidcSettings>(provider).client.scopes.join(" ")
    };
    let mapped = "groups = { \"5f2c\" = \"staff\" }\n";
    assert_eq!(scopes(""), "openid profile email");
    assert_eq!(scopes(mapped), "openid profile email User.Read");
    assert_eq!(scopes(&format!("{mapped}groups_claim = \"roles\"\n")), "openid profile email");
    assert_eq!(scopes(&format!("{mapped}scopes = [\"openid\"]\n")), "openid");
}

// C75
#[test]
fn rights_that_admins_of_other_tenants_give_are_named_or_refused() {
    let relaxed = |keys: &str| -> Vec<_> {
        let config = good(&config(keys));
        config.providers[0].settings.relaxed_rules().iter().map(|relaxed| relaxed.setting.clone()).collect()
    };
    let (roles, by_name) =
        ("groups_claim = \"roles\"\ngroups = { Teacher = \"staff\" }\n", "groups = { staff = \"staff\" }\n");
    let by_id = format!("groups = {{ \"{ONE}\" = \"staff\" }}\n");
    assert!(relaxed(&format!("tenant = \"{ONE}\"\n{roles}")).is_empty());
    assert!(relaxed(&format!("tenants = [\"{ONE}\"]\n{roles}")).is_empty());
    let listed = format!("tenants = [\"{ONE}\", \"{OTHER}\"]\n");
    assert_eq!(relaxed(&format!("{listed}{roles}"))[1..], ["groups_claim = \"roles\""]);
    assert_eq!(relaxed(&format!("{listed}{by_name}"))[1..], ["groups_claim = \"groups\""]);
    assert_eq!(relaxed(&format!("{listed}{by_id}")).len(), 1);
    for (keys, fault) in [
        (roles, "`groups_claim` = \"roles\" would let the admins of any tenant give these groups"),
        (by_name, "`groups` maps \"staff\", and the admins of any tenant may name a group so"),
    ] {
        let mistakes = mistakes(&config(&format!("tenants = \"any\"\n{keys}")));
        assert!(mistakes.contains(fault) && mistakes.lines().count() == 1, "{mistakes}");
    }
    assert_eq!(relaxed(&format!("tenants = \"any\"\n{by_id}")).len(), 2);
}

// C19: the access token goes there. A private address is refused when it is dialled, as for every provider.
#[test]
fn graph_is_at_an_address_over_tls() {
    let keys = |address: &str| format!("tenant = \"{ONE}\"\ngraph_url = \"{address}\"\n");
    for bad in ["http://graph.example.org/v1.0", "ftp://graph.example.org", "graph"] {
        let mistakes = mistakes(&config(&keys(bad)));
        assert!(mistakes.contains("`graph_url` ") && mistakes.lines().count() == 1, "{bad}: {mistakes}");
    }
}
