//! Tests of `hands::native::address`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use crate::hands::executor::Surroundings;
use crate::hands::testing::{Bench, Stage, address, cable, in_private_network, ip, until};
use crate::hands::work::Work;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with};
use std::os::fd::OwnedFd;
use systole_core::{Condition, JobKind, Outcome};

#[test]
fn label_and_broadcast_are_as_written_or_as_the_agent_has_them() {
    in_private_network(|| async {
        cable();
        let group = vec![
            address("IPaddr2::10.9.0.7/24/left:0"),
            address("10.9.0.8"),
            address("IPaddr::10.9.0.9/28/left:x/10.9.0.200"),
            address("IPv6addr::fd09::7/64/left"),
        ];
        let mut bench = Bench::new(vec![group], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let shown = ip("-4 -o addr show dev left");
        assert!(shown.contains("10.9.0.7/24 brd 10.9.0.255 scope global secondary left:0"), "{shown}");
        assert!(shown.contains("10.9.0.8/24 brd 10.9.0.255 scope global secondary left"), "{shown}");
        assert!(shown.contains("10.9.0.9/28 brd 10.9.0.200 scope global left:x"), "{shown}");
        assert!(ip("-6 -o addr show dev left").contains("fd09::7/64"));
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        let left = ip("-o addr show dev left");
        assert!(!left.contains("10.9.0.7") && !left.contains("10.9.0.9") && !left.contains("fd09::7"), "{left}");
        assert!(left.contains("10.9.0.1/24"), "the node's own address stays");
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
    });
}

#[test]
fn leftovers_of_a_killed_daemon_are_found_and_removed_whatever_their_label() {
    in_private_network(|| async {
        cable();
        ip("addr add 10.9.0.7/32 dev left");
        let mut bench = Bench::new(vec![vec![address("IPaddr2::10.9.0.7/24/left:0")]], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(!ip("-o addr show dev left").contains("10.9.0.7"));
    });
}

#[test]
fn an_address_without_a_place_fails_the_group_and_says_what_to_write() {
    in_private_network(|| async {
        cable();
        for (word, says) in [
            ("IPaddr2::10.9.0.7/24/eth9", "there is no interface eth9"),
            ("192.0.2.7", "no interface here is in its network; write 192.0.2.7/24/eth0"),
        ] {
            let stage = Stage::new();
            let mut bench = Bench::new(vec![vec![stage.agent("first", ""), address(word)]], &Surroundings::default());
            let Outcome::Failed { why } = bench.work(0, JobKind::Start).await else { panic!("{word} started") };
            assert!(why.starts_with(word) && why.contains(says), "{why}");
            assert_eq!(stage.trace(), ["first start", "first stop"]);
        }
    });
}

/// Every ARP frame that the other end of the cable hears.
struct Ear(OwnedFd);

impl Ear {
    fn open() -> Ear {
        let arp = Protocol::from_raw(u32::from(0x0806_u16.to_be()).try_into().unwrap());
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        Ear(socket_with(AddressFamily::PACKET, SocketType::RAW, flags, Some(arp)).unwrap())
    }

    /// Until each of two addresses was told in both ways.
    async fn hear_round(&self, what: &str, heard: &mut Vec<(u8, [u8; 4])>) {
        until(&format!("announced {what}"), || {
            heard.extend(self.heard());
            heard.len() >= 4
        })
        .await;
    }

    /// Operation (1 request, 2 reply) and address of each gratuitous one so far. Who listens for rivals asks too, without a
    /// sender, and this machine's other card answers.
    fn heard(&self) -> Vec<(u8, [u8; 4])> {
        let mut all = Vec::new();
        let mut frame = [0u8; 128];
        while let Ok((_, length)) = recv(&self.0, frame.as_mut_slice(), RecvFlags::empty()) {
            let arp = &frame[14..length];
            if arp[14..18] == [0; 4] || arp[24..28] == [0; 4] {
                continue;
            }
            assert_eq!(arp[14..18], arp[24..28], "not gratuitous: {arp:?}");
            all.push((arp[7], arp[14..18].try_into().unwrap()));
        }
        all
    }
}

#[test]
fn taking_an_address_is_told_by_request_and_reply_and_again_after_a_second() {
    in_private_network(|| async {
        cable();
        let ear = Ear::open();
        let group = vec![address("10.9.0.7/24/left"), address("10.9.0.8/24/left")];
        let mut bench = Bench::new(vec![group], &Surroundings::default());
        // Each address once before any a second time: the last of many shall not wait for the replies of the others.
        let round = [(1, [10, 9, 0, 7]), (1, [10, 9, 0, 8]), (2, [10, 9, 0, 7]), (2, [10, 9, 0, 8])];
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        // A busy machine may deliver a round late, or the next one with it.
        let mut heard = Vec::new();
        for what in ["at once", "again by itself"] {
            ear.hear_round(what, &mut heard).await;
            assert_eq!(heard.drain(..4).collect::<Vec<_>>(), round, "{what}");
        }
        assert_eq!(bench.work(0, JobKind::Announce).await, Outcome::Done);
        ear.hear_round("when asked to", &mut heard).await;
        assert_eq!(heard.drain(..4).collect::<Vec<_>>(), round, "when asked to");
        ip("link set right down");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        ip("link set right up");
        ear.hear_round("when the cable is back", &mut heard).await;
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        ear.heard();
        assert_eq!(bench.work(0, JobKind::Announce).await, Outcome::Done);
        assert_eq!(ear.heard(), [], "nobody announces what is not there");
    });
}

#[test]
fn a_removed_address_is_put_back_and_a_fight_is_told() {
    in_private_network(|| async {
        cable();
        let mut bench =
            Bench::new(vec![vec![address("10.9.0.7/24/left:0"), address("fd09::7/64/left")]], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let there = |what: &str| ip("-o addr show dev left").contains(what);
        for _ in 0..2 {
            ip("addr del 10.9.0.7/24 dev left");
            until("the address is back", || there("10.9.0.7/24 brd 10.9.0.255 scope global secondary left:0")).await;
        }
        bench.note("10.9.0.7 was removed by somebody else; it is put back").await;
        // The kernel itself drops IPv6 addresses of an interface that goes down.
        ip("link set left down");
        ip("link set left up");
        until("the IPv6 address is back", || there("fd09::7")).await;
        ip("addr del 10.9.0.7/24 dev left");
        until("the address is back", || there("10.9.0.7")).await;
        ip("addr del 10.9.0.7/24 dev left");
        bench.note("another program fights").await;
        assert!(!there("10.9.0.7"));
        until("after the pause the address is back", || there("10.9.0.7")).await;
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(!there("10.9.0.7") && !there("fd09::7"));
    });
}

#[test]
fn when_heart_is_gone_addresses_go_before_a_slow_stop_ends() {
    in_private_network(|| async {
        cable();
        let stage = Stage::new();
        let slow = format!("[ $action = stop ] && ip -o addr show dev left > {}", stage.path("seen").display());
        let group = vec![address("10.9.0.7/24/left"), stage.agent("slow", &slow)];
        let mut bench = Bench::new(vec![group], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        bench.executor.release_everything().await;
        let seen = std::fs::read_to_string(stage.path("seen")).unwrap();
        assert!(seen.contains("10.9.0.1") && !seen.contains("10.9.0.7"), "{seen}");
        assert!(!stage.is_on("slow"));
    });
}

#[test]
fn what_is_found_running_is_announced_again_once_heart_says_that_it_is_ours() {
    in_private_network(|| async {
        cable();
        ip("addr add 10.9.0.7/24 dev left");
        let ear = Ear::open();
        let mut bench = Bench::new(vec![vec![address("10.9.0.7/24/left")]], &Surroundings::default());
        let found = bench.executor.inspect_all().await;
        assert_eq!(found, [(bench.groups[0], Condition::Running)]);
        ip("link set right down");
        ip("link set right up");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        ear.heard();
        let groups = bench.groups.clone();
        bench.executor.keep(&groups, systole_sys::wait::monotonic_ns());
        let mut heard = Vec::new();
        for what in ["at once", "a second later"] {
            until(what, || {
                heard.extend(ear.heard());
                heard.len() >= 2
            })
            .await;
            assert_eq!(heard.drain(..2).collect::<Vec<_>>(), [(1, [10, 9, 0, 7]), (2, [10, 9, 0, 7])], "{what}");
        }
        // Said again it begins nothing anew.
        bench.executor.keep(&groups, systole_sys::wait::monotonic_ns());
        assert_eq!(ear.heard(), []);
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        bench.executor.keep(&groups, systole_sys::wait::monotonic_ns());
        assert_eq!(ear.heard(), []);
    });
}

#[test]
fn an_address_that_the_kernel_calls_a_duplicate_is_added_anew_once() {
    in_private_network(|| async {
        cable();
        let there = || ip("-6 -o addr show dev left to fd09::7");
        let mut bench = Bench::new(vec![vec![address("fd09::7/64/left")]], &Surroundings::default());
        // Whatever another program did: it has to be usable after a start.
        std::fs::write("/proc/sys/net/ipv6/conf/left/dad_transmits", "100").unwrap();
        ip("addr add fd09::7/64 dev left");
        assert!(there().contains("tentative"), "{}", there());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert!(!there().contains("tentative"), "{}", there());
        // Another program adds it with duplicate detection, and somebody at the other end answers.
        let mouth = systole_sys::announce::Announcer::open("right").unwrap();
        let make_fail = || {
            ip("addr del fd09::7/64 dev left");
            ip("addr add fd09::7/64 dev left");
        };
        make_fail();
        until("the kernel to give up", || {
            mouth.announce("fd09::7".parse().unwrap()).unwrap();
            !there().contains("tentative")
        })
        .await;
        bench.note("fd09::7 was marked as a duplicate (dadfailed) and could not be used; it is added anew").await;
        assert!(there().contains("fd09::7") && !there().contains("dadfailed"), "{}", there());
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
    });
}

#[test]
fn what_was_found_is_not_put_back_before_heart_says_so() {
    in_private_network(|| async {
        cable();
        let addresses = super::Addresses::new(Some(9));
        let specs = [super::AddressSpec::parse(&["10.9.0.7/24/left".to_owned()]).unwrap()];
        tokio::spawn(super::keep(std::sync::Arc::clone(&addresses), |_, _| {}));
        ip("addr add 10.9.0.7/24 dev left valid_lft 30 preferred_lft 30");
        addresses.adopt(&specs);
        let there = || ip("-4 -o addr show dev left").contains("10.9.0.7/");
        ip("addr del 10.9.0.7/24 dev left");
        // The watcher has seen this, and so what came before it.
        ip("link set left down");
        ip("link set left up");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(!there(), "nobody has the right to it");
        addresses.keep_on(&specs, systole_sys::wait::monotonic_ns()).unwrap();
        until("it is ours", there).await;
    });
}
