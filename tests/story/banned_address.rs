//! An XMPP server that has banned our address, because too many logins failed.

use support::{Log, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::passwords::enter_password;

const BAN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                   xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0'>\
                   <stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                   <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Too many failed logins</text></stream:error>\
                   </stream:stream>";

/// The address of a server that rejects everybody who connects.
async fn banning_server() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _header = socket.read(&mut [0; 4096]).await.unwrap();
            socket.write_all(BAN.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_ban_of_our_address_has_words_of_its_own_and_is_named_in_the_log() {
    let (log, address) = (Log::open(), banning_server().await);
    let server = TestServer::with(|config| {
        config.only_xmpp();
        config.provider("chat").set_text("server", &address).set_text("tls", "starttls");
    })
    .await;
    for (language, heading, why) in [
        ("en", "Chat accepts no sign-ins from here at the moment.", "too many sign-ins or wrong passwords"),
        ("de", "Chat nimmt im Moment keine Anmeldungen von hier an.", "zu viele Anmeldungen oder falsche Passwörter"),
        ("fr", "Chat n’accepte pour le moment aucune connexion d’ici.", "trop de connexions ou de mots de passe faux"),
    ] {
        let browser = server.browser().with_language(language);
        let page = enter_password(&browser, "ada@example.org", "a right password").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, heading));
        assert!(page.text().contains(why), "{}", page.text());
        let line = log.line(&page.reference_code());
        for words in ["address_banned", "Too many failed logins", "exempt this machine's address there"] {
            assert!(line.contains(words), "{words}: {line}");
        }
        let explained = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(explained.row.entry.cause.as_deref(), Some("address_banned"));
    }
}
