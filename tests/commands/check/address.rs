//! Findings about `public_url`, `listen`, and the proxy before Vestibule.

use std::path::Path;

use super::{check, check_async, config, provider_and_installation};
use crate::installation::Installation;
use crate::serving::{CONFIG, Server};

/// Writes the config with these lines under `[server]`.
fn write_config(folder: &Path, issuer: &str, public_url: &str, listen: &str, more: &str) {
    let text = config(issuer).replace("http://localhost:1\"", &format!("{public_url}\""));
    let text = text.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{listen}\"\n{more}"));
    std::fs::write(folder.join("vestibule.toml"), text).unwrap();
}

/// A local server that answers every request with this status and a `Location`.
async fn proxy(status: u16) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let router =
        axum::Router::new().fallback(move || async move { (status, [("location", "https://www.example.org/")]) });
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_the_public_url_is_reported_with_its_own_fix() {
    let (provider, installation) = provider_and_installation().await;
    let message_for = async |public_url: &str| {
        write_config(installation.folder(), provider.issuer(), public_url, "127.0.0.1:0", "");
        check_async(installation.folder()).await.line("WARN public_url:").to_owned()
    };
    for (status, what) in [
        (
            502,
            "a proxy answers at {} with status 502: it does not reach Vestibule → while Vestibule does not run, this \
             is",
        ),
        (
            503,
            "a proxy answers at {} with status 503: it does not reach Vestibule → while Vestibule does not run, this \
             is",
        ),
        (
            403,
            "a proxy or another program refuses {} with status 403 → let the proxy pass the whole of public_url to \
             127.0.0.1:0",
        ),
        (302, "{} is redirected, with status 302, to https://www.example.org/ → write the address in public_url"),
        (
            404,
            "another program answers at {}, with status 404 → let the proxy pass the whole of public_url to \
             127.0.0.1:0",
        ),
    ] {
        let url = format!("http://{}", proxy(status).await);
        let line = message_for(&url).await;
        let what = what.replace("{}", &format!("{url}/healthz"));
        assert!(line.starts_with(&format!("WARN public_url: {what}")), "{line}");
    }
    let silent = message_for("http://localhost:1").await;
    assert!(
        silent.contains("(connect: ") && silent.contains("→ before `vestibule serve` runs, this is expected"),
        "{silent}"
    );
    let no_proxy = message_for("https://localhost:1").await;
    assert!(no_proxy.contains("(connect: ") && no_proxy.contains("→ start the proxy that does TLS"), "{no_proxy}");
    let nowhere = message_for("https://vestibule.invalid").await;
    assert!(
        nowhere.contains("(resolve: ") && nowhere.contains("→ check that `public_url` names the right host"),
        "{nowhere}"
    );
    let no_tls = message_for(&format!("https://{}", proxy(404).await).replace("127.0.0.1", "localhost")).await;
    assert!(no_tls.contains("(TLS: it does not speak TLS there) → let the proxy offer TLS at localhost"), "{no_tls}");
}

/// A local server that answers every request with this text, or with 404 if it is empty.
async fn another_program(answer: &'static str) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(move || async move {
        if answer.is_empty() { (axum::http::StatusCode::NOT_FOUND, "no") } else { (axum::http::StatusCode::OK, answer) }
    });
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_by_another_program_is_reported() {
    let (provider, installation) = provider_and_installation().await;
    for answer in ["", "ok\n"] {
        let taken = another_program(answer).await;
        write_config(installation.folder(), provider.issuer(), &format!("http://{taken}"), &taken.to_string(), "");
        let output = check_async(installation.folder()).await;
        assert!(!output.succeeded);
        let line = output.line("BAD  listen:");
        assert!(line.contains(&format!("another program uses {taken}: address in use → stop that program")), "{line}");
        assert!(output.lines_with("public_url:").is_empty(), "no proxy is to blame: {}", output.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_proxy_causes_a_warning_with_the_line_to_write() {
    let (provider, installation) = provider_and_installation().await;
    let proxy = "WARN trusted_proxies: public_url is https, so a proxy";
    let https = "https://auth.example.org";
    for (listen, fix) in [
        ("127.0.0.1:0", "→ write trusted_proxies = [\"127.0.0.1\"] under [server]"),
        ("[::1]:0", "→ write trusted_proxies = [\"::1\"] under [server]"),
        ("0.0.0.0:0", "→ write its address under [server], such as trusted_proxies = [\"10.0.0.2\"]"),
    ] {
        write_config(installation.folder(), provider.issuer(), https, listen, "");
        let path = installation.folder().to_owned();
        let output = tokio::task::spawn_blocking(move || check(&path, &["--offline"])).await.unwrap();
        assert!(output.line(proxy).ends_with(fix), "{}", output.text);
    }
    write_config(
        installation.folder(),
        provider.issuer(),
        https,
        "127.0.0.1:0",
        "trusted_proxies = [\"10.0.0.0/8\", \"0.0.0.0/0\"]",
    );
    let path = installation.folder().to_owned();
    let output = tokio::task::spawn_blocking(move || check(&path, &["--offline"])).await.unwrap();
    let wide =
        "WARN trusted_proxies: 0.0.0.0/0 contains more than proxies: a visitor from there can choose the network";
    assert!(
        output
            .line(wide)
            .ends_with("→ write only the addresses of your proxies, such as trusted_proxies = [\"127.0.0.1\"]")
    );
    assert_eq!(output.lines_with("WARN trusted_proxies").len(), 1, "{}", output.text);
    for (public_url, more) in [(https, "trusted_proxies = [\"127.0.0.1\"]"), ("http://localhost:1", "")] {
        write_config(installation.folder(), provider.issuer(), public_url, "127.0.0.1:0", more);
        let path = installation.folder().to_owned();
        let output = tokio::task::spawn_blocking(move || check(&path, &["--offline"])).await.unwrap();
        assert!(output.lines_with("WARN trusted_proxies").is_empty(), "{}", output.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_another_vestibule_is_taken() {
    let running = Installation::with_config(CONFIG);
    let server = Server::start(&running);
    let listen = format!("listen = \"{}\"", server.address());
    let text = CONFIG.replace("listen = \"127.0.0.1:0\"", &listen);
    std::fs::write(running.folder().join("vestibule.toml"), &text).unwrap();
    let output = check_async(running.folder()).await;
    assert!(output.line("ok   listen:").contains("Vestibule runs, and answers on"), "{}", output.text);

    let other = Installation::with_config(&text);
    let output = check_async(other.folder()).await;
    let what = format!("BAD  listen: another Vestibule, which works on another database, uses {}", server.address());
    assert!(output.line(&what).contains("→ write another port in `listen`"), "{}", output.text);
    assert!(!output.succeeded && output.lines_with("WARN public_url").is_empty(), "{}", output.text);
}
