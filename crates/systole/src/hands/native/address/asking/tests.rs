//! Tests of `asking`, on cables of a private network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::testing::{cable, in_private_network, ip};

const SPAN: Duration = Duration::from_millis(300);

fn spec(word: &str) -> AddressSpec {
    AddressSpec::parse(&word.split("::").map(str::to_owned).collect::<Vec<_>>()).unwrap()
}

/// The other end of the cable, in a network of its own that lives as long as the process in it.
struct Other(std::process::Child);

impl Other {
    fn new() -> Other {
        let mut child = std::process::Command::new("unshare")
            .args(["-n", "--", "sh", "-c", "echo; exec sleep 1000"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // It has said something, so it is in its network.
        std::io::Read::read(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        ip(&format!("link set right netns {}", child.id()));
        let other = Other(child);
        other.run("ip link set right up");
        other
    }

    fn run(&self, command: &str) {
        let pid = self.0.id().to_string();
        let done =
            std::process::Command::new("nsenter").args(["-n", "-t", &pid, "sh", "-c", command]).status().unwrap();
        assert!(done.success(), "{command}");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn silence_and_an_answer_are_told_apart_for_both_families() {
    in_private_network(|| async {
        cable();
        let other = Other::new();
        let addresses = Addresses::new(None);
        let specs = [spec("10.9.0.50/24/left"), spec("fd09::50/64/left")];
        assert_eq!(addresses.ask(&specs, &[], SPAN).await, Round::Silent);
        other.run("ip addr add fd09::50/64 dev right nodad");
        let Round::Living(Living { ip: six, .. }) = addresses.ask(&specs, &[], SPAN).await else { panic!("IPv6") };
        assert_eq!(six.to_string(), "fd09::50");
        other.run("ip addr add 10.9.0.50/24 dev right");
        let Round::Living(Living { ip: four, mac }) = addresses.ask(&specs[..1], &[], SPAN).await else {
            panic!("IPv4")
        };
        assert_eq!(four.to_string(), "10.9.0.50");
        let Wire::Answered { address, by, serves } = Round::Living(Living { ip: four, mac }).told(Some(true)) else {
            panic!("told")
        };
        assert_eq!((address.as_str(), by.len(), serves), ("10.9.0.50", 17, Some(true)));
    });
}

/// What is asked of the service of the other machine: first that happens, then for that many rounds nothing, then this, and
/// no answer came.
async fn keeps_silent(other: &Other, first: &str, rounds: f64, then: &str) -> bool {
    other.run(first);
    tokio::time::sleep(SPAN.mul_f64(rounds)).await;
    other.run(then);
    false
}

#[test]
fn an_address_that_ends_while_its_service_is_asked_is_no_living_address() {
    const LOSE: &str = "ip addr del 10.9.0.50/24 dev right";
    const ADD: &str = "ip addr add 10.9.0.50/24 dev right";
    in_private_network(|| async {
        cable();
        let other = Other::new();
        let addresses = Addresses::new(None);
        let specs = [spec("10.9.0.50/24/left")];
        let lives = |wire: &Wire| matches!(wire, Wire::Answered { serves: Some(false), .. });
        for (first, rounds, then, living) in [
            ("true", 0.0, "true", true),
            ("true", 1.5, "true", true),
            (LOSE, 0.5, "true", false),
            // One silent round may be a network that was slow.
            (LOSE, 1.5, ADD, true),
        ] {
            other.run(&format!("{LOSE} 2>&-; {ADD}"));
            let wire = addresses.ask_graded(&specs, &[], SPAN, |_| keeps_silent(&other, first, rounds, then)).await;
            assert!(lives(&wire) == living && (living || wire == Wire::Silent), "{first} {rounds} {then}: {wire:?}");
        }
        other.run(&format!("{LOSE} 2>&-; {ADD}"));
        let wire = addresses.ask_graded(&specs, &[], SPAN, |_| std::future::ready(true)).await;
        assert!(matches!(wire, Wire::Answered { serves: Some(true), .. }), "{wire:?}");
    });
}

#[test]
fn who_answers_for_everybody_proves_nothing() {
    in_private_network(|| async {
        cable();
        // It answers for whatever is asked, as some routers and clouds do.
        let right = systole_sys::netlink::Netlink::open().unwrap().interface("right").unwrap();
        let (ear, mouth) = (Prober::on(&right, false).unwrap(), systole_sys::announce::Announcer::on(&right).unwrap());
        let proxy = tokio::spawn(async move {
            loop {
                for asked in ear.heard().unwrap().into_iter().filter(|heard| heard.asks) {
                    mouth.announce(asked.ip).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let addresses = Addresses::new(None);
        match addresses.ask(&[spec("10.9.0.50/24/left")], &[], SPAN).await {
            Round::Useless(why) => assert!(why.contains("proxy ARP"), "{why}"),
            round => panic!("{round:?}"),
        }
        proxy.abort();
    });
}

#[test]
fn a_proxy_that_takes_its_time_is_found_out_and_a_host_with_one_of_the_decoys_is_none() {
    for (others_after_ms, proxy) in [(150, true), (10_000, false)] {
        in_private_network(move || async move {
            cable();
            let right = systole_sys::netlink::Netlink::open().unwrap().interface("right").unwrap();
            let ear = Prober::on(&right, false).unwrap();
            let mouth = systole_sys::announce::Announcer::on(&right).unwrap();
            // Ours and one more at once, all others later.
            let slow = tokio::spawn(async move {
                let (start, ours) = (std::time::Instant::now(), "10.9.0.50".parse::<IpAddr>().unwrap());
                let mut first = None;
                loop {
                    for asked in ear.heard().unwrap().into_iter().filter(|heard| heard.asks) {
                        let now = asked.ip == ours || asked.ip == *first.get_or_insert(asked.ip);
                        if now || start.elapsed() > Duration::from_millis(others_after_ms) {
                            mouth.announce(asked.ip).unwrap();
                        }
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
            let addresses = Addresses::new(None);
            match addresses.ask(&[spec("10.9.0.50/24/left")], &[], SPAN).await {
                Round::Useless(why) => assert!(proxy && why.contains("proxy ARP"), "{why}"),
                Round::Living(living) => assert!(!proxy && living.ip.to_string() == "10.9.0.50", "{living:?}"),
                Round::Silent => panic!("silent"),
            }
            slow.abort();
        });
    }
}

#[test]
fn where_nobody_can_be_asked_it_says_why() {
    in_private_network(|| async {
        cable();
        let addresses = Addresses::new(None);
        for (word, says) in [("10.9.0.50/24/lo", "no Ethernet"), ("10.9.0.50/24/eth9", "there is no interface eth9")] {
            match addresses.ask(&[spec(word)], &[], SPAN).await {
                Round::Useless(why) => assert!(why.contains(says), "{why}"),
                round => panic!("{word}: {round:?}"),
            }
        }
    });
}

#[test]
fn decoys_lie_in_the_network_and_are_nobody() {
    let mut number = 0_u64;
    let mut count = || {
        number += 1;
        number
    };
    let avoid = BTreeSet::from(["192.0.2.2".parse().unwrap()]);
    let drawn = decoys("192.0.2.36".parse().unwrap(), 24, &avoid, &mut count);
    let wanted = ["192.0.2.1", "192.0.2.3", "192.0.2.4"].map(|a| a.parse().unwrap());
    assert_eq!(drawn, BTreeSet::from(wanted));
    assert_eq!(decoys("192.0.2.36".parse().unwrap(), 30, &avoid, &mut count), BTreeSet::new());
    let six = decoys("fd09::1".parse().unwrap(), 64, &avoid, || u64::MAX);
    assert_eq!(six, BTreeSet::from(["fd09::ffff:ffff:ffff:ffff".parse().unwrap()]));
}
