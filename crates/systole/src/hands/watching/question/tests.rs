//! Questions to real listeners that answer, fail, hang or are not there.
//! Not here: when they are asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(20);

async fn answered(with: &str, expect: Option<Expect>) -> Result<(), String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let page = Question::page(listener.local_addr().unwrap(), expect.as_ref());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut question = [0; 16];
        stream.read_exact(&mut question).await.unwrap();
        stream.write_all(with.as_bytes()).await.unwrap();
    };
    let turn = Turn::default();
    let (answer, ()) = tokio::join!(page.ask(LIMIT, &turn), serve);
    answer.map_err(|why| why.replace(&page.to_string(), "PAGE"))
}

#[tokio::test]
async fn every_answer_but_a_5xx_is_a_good_one() {
    for good in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 404 Not Found\r\n", "HTTP/1.1 301 Moved", "HTTP/1.1 401 \n"] {
        assert_eq!(answered(good, None).await, Ok(()), "{good}");
    }
    let failed = "HTTP/1.1 500 Internal Server Error\r\n\r\n";
    assert_eq!(answered(failed, None).await, Err("PAGE answers 500 Internal Server Error".to_owned()));
    assert_eq!(answered("HTTP/1.1 503\r\n", None).await, Err("PAGE answers 503".to_owned()));
    assert_eq!(answered("SSH-2.0-x\r\n", None).await, Err("what answers at PAGE is no web server".to_owned()));
    assert_eq!(answered(&"x".repeat(5000), None).await, Err("what answers at PAGE is no web server".to_owned()));
}

#[tokio::test]
async fn what_is_expected_must_come() {
    let page = "HTTP/1.1 200 OK\r\n\r\n<h1>all is well</h1>";
    assert_eq!(answered(page, Some(Expect::Status(200))).await, Ok(()));
    assert_eq!(answered(page, Some(Expect::Status(204))).await, Err("PAGE answers 200 OK, and not 204".to_owned()));
    assert_eq!(answered("HTTP/1.1 503 x\r\n", Some(Expect::Status(503))).await, Ok(()));
    assert_eq!(answered(page, Some(Expect::Text("well".into()))).await, Ok(()));
    assert_eq!(answered(page, Some(Expect::Text("ill".into()))).await, Err("PAGE does not say \"ill\"".to_owned()));
}

#[tokio::test]
async fn nobody_there_is_no_answer_and_an_open_port_is_one() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let question = Question::Port { host: "127.0.0.1".into(), port };
    let turn = Turn::default();
    assert_eq!(question.ask(LIMIT, &turn).await, Ok(()));
    drop(listener);
    assert!(question.ask(LIMIT, &turn).await.unwrap_err().contains("refused"));
}

#[tokio::test]
async fn tls_is_told_from_anything_else() {
    for (first, wanted) in [(&[22_u8, 3, 3][..], true), (&[21, 3, 1], true), (b"HTTP", false)] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let question = Question::Tls { url: Url { host: "127.0.0.1".into(), port, path: "/".into() } };
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; CLIENT_HELLO.len()];
            stream.read_exact(&mut hello).await.unwrap();
            stream.write_all(first).await.unwrap();
        };
        let turn = Turn::default();
        let (answer, ()) = tokio::join!(question.ask(LIMIT, &turn), serve);
        assert_eq!(answer.is_ok(), wanted, "{answer:?}");
    }
    // The lengths in the hello are its own.
    assert_eq!(usize::from(CLIENT_HELLO[4]), CLIENT_HELLO.len() - 5);
    assert_eq!(usize::from(CLIENT_HELLO[8]), CLIENT_HELLO.len() - 9);
}

#[tokio::test]
async fn processes_and_programs() {
    let turn = Turn::default();
    let ask = async |question: Question| question.ask(LIMIT, &turn).await;
    let own = std::env::current_exe().unwrap().display().to_string();
    assert_eq!(ask(Question::Process { name: own }).await, Ok(()));
    let none = Question::Process { name: "/no/such/program".into() };
    assert_eq!(ask(none).await, Err("no process /no/such/program runs".to_owned()));
    assert_eq!(ask(Question::Program { path: "/bin/true".into() }).await, Ok(()));
    let failed = ask(Question::Program { path: "/bin/false".into() }).await.unwrap_err();
    assert!(failed.starts_with("/bin/false gave "), "{failed}");
    assert!(ask(Question::Program { path: "/no/such".into() }).await.unwrap_err().contains("cannot be run"));
}
