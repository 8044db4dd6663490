//! Does a web server answer through an address that another machine has? For the words of the status, nothing more.
//! Not here: monitoring of what runs on this node.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Any first byte of an answer counts; a server that accepts and says nothing hangs.
pub async fn answers(ip: IpAddr, port: u16, within: Duration) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(SocketAddr::new(ip, port)).await?;
        stream.write_all(b"HEAD / HTTP/1.0\r\n\r\n").await?;
        stream.read_u8().await
    };
    matches!(tokio::time::timeout(within, asked).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn who_accepts_and_says_nothing_does_not_serve() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let ip = Ipv4Addr::LOCALHOST.into();
        assert!(!answers(ip, port, Duration::from_millis(50)).await);
        let server = async {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.write_all(b"HTTP/1.0 503 no\r\n\r\n").await;
            }
        };
        tokio::select! {
            () = server => {}
            answered = answers(ip, port, Duration::from_secs(20)) => assert!(answered),
        }
        drop(listener);
        assert!(!answers(ip, port, Duration::from_secs(20)).await);
    }
}
