//! Tests of `hands::native::mailto`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::executor::Surroundings;
use crate::hands::testing::{Bench, Stage, in_private_network, ip, resource, until, write_script};
use std::io::{BufRead, BufReader, Write};
use systole_config::{Resource, ResourceKind};
use systole_core::{Condition, JobKind, Outcome};

fn mail(word: &str) -> Resource {
    resource(word, ResourceKind::MailTo)
}

fn around(sendmail: &str, port: u16) -> Surroundings {
    let mailer = Mailer { sendmail: sendmail.into(), smtp: ("127.0.0.1".to_owned(), port) };
    Surroundings { mailer, ..Surroundings::default() }
}

#[test]
fn a_missing_mailer_is_one_warning_and_never_a_failed_group() {
    in_private_network(|| async {
        ip("link set lo up");
        let stage = Stage::new();
        let group = vec![stage.agent("a", ""), mail("MailTo::root")];
        let mut bench = Bench::new(vec![group], &around("/nonexistent/sendmail", 25));
        for _ in 0..2 {
            assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
            assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
            bench.note("MailTo::root: notice not sent: there is no mailer").await;
            assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        }
        // Each of the four notices has had its end before this one, which would tell of a second warning.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.notes.iter().filter(|note| note.contains("no mailer")).count(), 1);
    });
}

#[test]
fn sendmail_gets_one_notice_for_each_change_and_none_for_nothing() {
    in_private_network(|| async {
        let stage = Stage::new();
        let sendmail = stage.path("sendmail");
        let dir = stage.dir.path().display();
        write_script(
            &sendmail,
            &format!("#!/bin/sh\nn=$(mktemp {dir}/mail.XXXXXX)\n{{ echo \"$@\"; cat; }} > $n; mv $n $n.eml\n"),
        );
        let mails = || {
            let all = std::fs::read_dir(stage.dir.path()).unwrap().flatten().map(|entry| entry.path());
            all.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect::<Vec<_>>()
        };
        let group = vec![stage.agent("a", ""), mail("MailTo::root,ops@example.org::Web site")];
        let mut bench = Bench::new(vec![group], &around(&sendmail.display().to_string(), 25));
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        until("the first mail", || !mails().is_empty()).await;
        let text = std::fs::read_to_string(&mails()[0]).unwrap();
        assert!(text.starts_with("-i -- root ops@example.org\n"), "{text}");
        assert!(text.contains("Subject: Web site: started on alpha\r\n"), "{text}");
        assert!(text.contains("From: \"Systole on alpha\" <root@alpha>\r\n"), "{text}");
        assert!(text.ends_with("The resource group a was started on alpha.\r\n"), "{text}");
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        until("the second mail", || mails().len() >= 2).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(mails().len(), 2);
    });
}

#[test]
fn a_hanging_mailer_delays_nothing() {
    in_private_network(|| async {
        let stage = Stage::new();
        let sendmail = stage.path("sendmail");
        let pid = stage.path("pid");
        write_script(&sendmail, &format!("#!/bin/sh\necho $$ > {}\nexec sleep 1000\n", pid.display()));
        let group = vec![stage.agent("a", ""), mail("MailTo::root")];
        let mut bench = Bench::new(vec![group], &around(&sendmail.display().to_string(), 25));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        until("it hangs", || std::fs::read_to_string(&pid).is_ok_and(|text| !text.is_empty())).await;
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
    });
}

#[test]
fn without_sendmail_smtp_is_spoken() {
    in_private_network(|| async {
        ip("link set lo up");
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let serving = std::thread::spawn(move || serve_one(&server));
        let mut bench = Bench::new(vec![vec![mail("MailTo::root::Pair")]], &around("/nonexistent/sendmail", port));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        until("the mail has arrived", || serving.is_finished()).await;
        let heard = serving.join().unwrap();
        assert!(heard.contains(&"RCPT TO:<root@localhost>".to_owned()), "{heard:?}");
        assert!(heard.contains(&"Subject: Pair: started on alpha".to_owned()), "{heard:?}");
    });
}

/// A mail server for one mail; gives every line it heard.
fn serve_one(server: &std::net::TcpListener) -> Vec<String> {
    let (stream, _) = server.accept().unwrap();
    let mut writer = stream.try_clone().unwrap();
    let mut heard = Vec::new();
    writer.write_all(b"220 here\r\n").unwrap();
    let mut in_body = false;
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        let answer = match line.as_str() {
            "." => {
                in_body = false;
                "250 taken\r\n"
            }
            "DATA" => {
                in_body = true;
                "354 go on\r\n"
            }
            "QUIT" => break,
            _ if in_body => "",
            _ => "250 ok\r\n",
        };
        writer.write_all(answer.as_bytes()).unwrap();
        heard.push(line);
    }
    heard
}
