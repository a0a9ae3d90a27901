//! Tests: what is said of a server whose answer is not HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::upstream::http::{Http, Phase, Reach};

#[tokio::test]
async fn a_server_that_greets_with_text_does_not_speak_http() {
    for greeting in ["SSH-2.0-OpenSSH_9\r\n", "220 mail ESMTP\r\n", "* OK ready\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(greeting.as_bytes()).unwrap();
            _ = stream.read_to_end(&mut Vec::new());
        });
        let why = Http::new(Reach::Private, None).unwrap().get(&url, None).await.unwrap_err();
        assert_eq!(why.phase, Phase::Read, "{why}");
        assert!(why.why.starts_with("it does not speak HTTP there ("), "{why}");
        server.join().unwrap();
    }
}

#[tokio::test]
async fn an_answer_with_one_wrong_header_is_not_valid_http() {
    for header in ["Content-Length: +2", "Bad\0Name: 1", "Transfer-Encoding: chunked"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _request = stream.read(&mut [0; 4096]).unwrap();
            let version = if header.starts_with("Transfer") { "1.0" } else { "1.1" };
            stream.write_all(format!("HTTP/{version} 200 OK\r\n{header}\r\n\r\n{{}}").as_bytes()).unwrap();
            _ = stream.read_to_end(&mut Vec::new());
        });
        let why = Http::new(Reach::Private, None).unwrap().get(&url, None).await.unwrap_err();
        assert!(why.why.starts_with("its answer is not valid HTTP ("), "{header}: {why}");
        server.join().unwrap();
    }
}
