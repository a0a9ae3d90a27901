//! Who shares a client, and where it goes.

use super::{Clients, Http, Reach};

// C19: who shares a client shares its trust and its reach, so nobody shares one who differs in either.
#[test]
fn providers_share_a_client_where_reach_and_certificates_are_the_same_and_nowhere_else() {
    let ca = include_bytes!("../../../tests/config/uni-ca.pem").as_slice();
    let twice = [ca, ca].concat();
    let kinds = [
        (Reach::Public, None),
        (Reach::Private, None),
        (Reach::Public, Some(ca)),
        (Reach::Private, Some(ca)),
        (Reach::Public, Some(&twice)),
    ];
    let mut clients = Clients::default();
    for (reach, ca) in [kinds, kinds].concat() {
        assert_eq!(clients.get(reach, ca).unwrap().reach, reach);
    }
    assert_eq!(clients.0.len(), kinds.len());
}

// C19
#[test]
fn only_https_is_spoken_unless_loopback_is_allowed() {
    let (public, private) = (Http::new(Reach::Public, None).unwrap(), Http::new(Reach::Private, None).unwrap());
    let may = |http: &Http, url: &str| http.may_reach(&url.parse().unwrap()).is_ok();
    assert!(may(&public, "https://sso.example.edu/x"));
    for refused in
        ["http://sso.example.edu/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/"]
    {
        assert!(!may(&public, refused), "{refused}");
    }
    assert!(may(&private, "http://127.0.0.1:8080/"));
    assert!(may(&private, "https://10.0.0.1/"));
    assert!(!may(&private, "http://10.0.0.1/"));
}
