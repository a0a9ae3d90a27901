//! The server's memory for unfinished request heads, each as long as the server accepts.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use vestibule::web::MAX_HEAD_BYTES;

use crate::Failed;
use crate::server::{Memory, Server};

/// The number of connections.
pub const HEADS: usize = 200;
/// The size of a piece. Pieces make the server's buffer grow, as a slow client does.
const PIECE: usize = 1024;

/// The server's memory without and with the unfinished heads.
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
    // Until the server has read all of it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let after = server.memory()?;
    for stream in held {
        // No response: the server still waits for the end of each head.
        match stream.try_read(&mut [0]) {
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {}
            other => return Err(format!("an unfinished head was answered: {other:?}").into()),
        }
    }
    Ok([before, after])
}
