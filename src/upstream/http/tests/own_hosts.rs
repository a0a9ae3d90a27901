//! A preset with a host of the operator's own stays out of private networks, as every provider does.

use std::net::TcpListener;

use super::{Clients, FixedResolver, Http, Reach};
use crate::base::clock::Clock;
use crate::config::{Environment, read};
use crate::upstream::{self, KINDS, OpenContext};

/// What `vestibule check` finds with this preset and host. Every name resolves to the loopback address.
async fn findings(kind: &str, host: &str, more: &str) -> String {
    let text = format!(
        "[server]\npublic_url = \"https://auth.example.org\"\n[[provider]]\nkind = \"{kind}\"\nhost = \"{host}\"\n\
         client_id = \"vestibule\"\nclient_secret = \"s3cret\"\n{more}\n[[app]]\nid = \"notes\"\nkind = \"plain\"\n\
         name = \"Notes\"\nurl = \"https://notes.example.org/\"\n[[app.allow]]\n"
    );
    let config = read(&text, "vestibule.toml".as_ref(), &Environment::default(), &KINDS).unwrap();
    let mut clients = Clients::default();
    for reach in [Reach::Public, Reach::Private] {
        clients.get(reach, None).unwrap();
    }
    for http in clients.0.values_mut() {
        *http = Http::with_resolver(|| FixedResolver(&["127.0.0.1"]), http.reach, None).unwrap();
    }
    let clock = Clock::system();
    let mut context = OpenContext { public_url: &config.server.public_url, clock: &clock, store: None, clients };
    let module = upstream::open(&config.providers[0], &mut context).unwrap();
    let mut found = Vec::new();
    module.probe(&mut |finding| found.push(finding.to_string())).await;
    found.join("\n")
}

// C19
#[tokio::test]
async fn a_preset_asks_no_host_of_the_operators_own_at_a_private_address_unless_the_config_allows_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let name = format!("git.example.org:{port}");
    for kind in ["github-enterprise", "gitlab", "mastodon"] {
        let found = findings(kind, &name, "").await;
        let refused = format!("{name}, resolve: the name has no public address; `allow_private` permits private ones");
        assert!(found.contains(&refused), "{kind}: {found}");
        let found = findings(kind, "10.0.0.1", "").await;
        let refused = "10.0.0.1, address: a private address; `allow_private` permits it";
        assert!(found.contains(refused), "{kind}: {found}");
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "no connection came");
    }
    let closed = format!("git.example.org:{port}");
    drop(listener);
    for kind in ["github-enterprise", "gitlab", "mastodon"] {
        let found = findings(kind, &closed, "allow_private = true").await;
        assert!(found.contains(&format!("{closed}, connect: ")), "{kind}: {found}");
    }
}
