//! Request heads that are begun and never finished, each as long as the server takes: what they hold of its memory.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use vestibule::web::MAX_HEAD_BYTES;

use crate::Failed;
use crate::server::{Memory, Server};

/// How many at once.
pub const HEADS: usize = 200;
/// Sent in pieces, as a slow client would: the server's buffer grows as they come.
const PIECE: usize = 1024;

/// The server's memory while they stand there, and before they do.
pub async fn measure(server: &Server, origin: &str) -> Result<[Memory; 2], Failed> {
    let address = origin.split_once("://").map_or(origin, |(_, address)| address);
    let before = server.memory()?;
    let mut held = Vec::new();
    for _ in 0..HEADS {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let line = b"GET / HTTP/1.1\r\nx-padding: ";
        stream.write_all(line).await?;
        for _ in 1..MAX_HEAD_BYTES / PIECE {
            stream.write_all(&[b'x'; PIECE]).await?;
        }
        held.push(stream);
    }
    // Until the last of it is read.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let after = server.memory()?;
    for stream in held {
        // Nothing came back: the server still waits for the end of each.
        match stream.try_read(&mut [0]) {
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {}
            other => return Err(format!("an unfinished head was answered: {other:?}").into()),
        }
    }
    Ok([before, after])
}
