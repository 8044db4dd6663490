//! One question to a web server, over a plain socket: any answer but a 5xx is a good one.
//! Not here: how often, and what follows (watch.rs).

use std::fmt;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A status line is within this.
const LINE_MAX: usize = 1024;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub address: SocketAddr,
    pub path: String,
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.address, self.path)
    }
}

impl Page {
    /// Asks, without a deadline of its own.
    ///
    /// # Errors
    /// A sentence: not reached, not answered, or answered with a 5xx.
    pub async fn ask(&self) -> Result<(), String> {
        let line = self.status_line().await.map_err(|error| format!("no answer from {self}: {error}"))?;
        let code = line.strip_prefix("HTTP/").and_then(|rest| rest.split_ascii_whitespace().nth(1));
        match code.and_then(|code| code.parse::<u16>().ok()) {
            Some(500..) => Err(format!("{self} answers {}", line.split_once(' ').map_or("", |(_, rest)| rest).trim())),
            Some(_) => Ok(()),
            None => Err(format!("what answers at {self} is no web server")),
        }
    }

    async fn status_line(&self) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.address).await?;
        let (host, path) = (self.address, &self.path);
        let question = format!("HEAD {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: systole\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await?;
        let mut line = Vec::new();
        while line.len() < LINE_MAX {
            match stream.read_u8().await {
                Ok(b'\n') => break,
                Ok(byte) => line.push(byte),
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && !line.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::net::TcpListener;

    async fn answered(with: &str) -> Result<(), String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let page = Page { address: listener.local_addr().unwrap(), path: "/".into() };
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = [0; 4];
            stream.read_exact(&mut question).await.unwrap();
            assert_eq!(&question, b"HEAD");
            stream.write_all(with.as_bytes()).await.unwrap();
        };
        let (answer, ()) = tokio::join!(page.ask(), serve);
        answer.map_err(|why| why.replace(&page.to_string(), "PAGE"))
    }

    #[tokio::test]
    async fn every_answer_but_a_5xx_is_a_good_one() {
        for good in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 404 Not Found\r\n", "HTTP/1.1 301 Moved", "HTTP/1.1 401 \n"] {
            assert_eq!(answered(good).await, Ok(()), "{good}");
        }
        assert_eq!(
            answered("HTTP/1.1 500 Internal Server Error\r\n\r\n").await,
            Err("PAGE answers 500 Internal Server Error".to_owned())
        );
        assert_eq!(answered("HTTP/1.1 503\r\n").await, Err("PAGE answers 503".to_owned()));
        assert_eq!(answered("SSH-2.0-x\r\n").await, Err("what answers at PAGE is no web server".to_owned()));
        assert!(answered("").await.unwrap_err().starts_with("no answer from PAGE: "));
        assert_eq!(answered(&"x".repeat(5000)).await, Err("what answers at PAGE is no web server".to_owned()));
    }

    #[tokio::test]
    async fn nobody_there_is_no_answer() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let page = Page { address: listener.local_addr().unwrap(), path: "/".into() };
        drop(listener);
        assert!(page.ask().await.unwrap_err().contains("refused"));
    }
}
