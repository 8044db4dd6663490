//! Rivals on a cable of a private network: heard, answered, told, and gone with the address.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::hands::native::address::AddressSpec;
use crate::hands::testing::{cable, in_private_network, ip, until};
use systole_core::Event;
use systole_sys::announce::Announcer;
use systole_sys::netlink::Netlink;
use systole_sys::probe::Prober;
use tokio::sync::mpsc::UnboundedReceiver;

/// Who lives at the other end; its hardware address is none of this machine's once the cable is put up.
const STRANGER: &str = "02:00:00:00:00:99";

struct Bench {
    addresses: Arc<Addresses>,
    reports: UnboundedReceiver<Report>,
    shown: Vec<Rival>,
    specs: Vec<AddressSpec>,
}

impl Bench {
    /// Holds an address of each family.
    fn new() -> Bench {
        cable();
        let addresses = Addresses::new(None);
        let word = |word: &str| AddressSpec::parse(&[word.to_owned()]).unwrap();
        let specs = vec![word("10.9.0.50/24/left"), word("fd09::50/64/left")];
        addresses.take(&specs, &|_, text| panic!("{text}")).unwrap();
        let (tell, reports) = mpsc::unbounded_channel();
        tokio::spawn(watch(Arc::clone(&addresses), Vec::new(), tell));
        Bench { addresses, reports, shown: Vec::new(), specs }
    }

    /// The next news of the wire.
    async fn news(&mut self) -> Event {
        loop {
            match self.reports.recv().await.unwrap() {
                Report::Told(event) => return event,
                Report::Rivals(rivals) => self.shown = rivals,
                other => panic!("{other:?}"),
            }
        }
    }

    async fn shows(&mut self, count: usize) {
        while self.shown.len() != count {
            if let Report::Rivals(rivals) = self.reports.recv().await.unwrap() {
                self.shown = rivals;
            }
        }
    }
}

/// Says things at the other end of the cable with a hardware address that this machine does not have.
fn stranger() -> Announcer {
    let mut right = Netlink::open().unwrap().interface("right").unwrap();
    right.mac = Some([2, 0, 0, 0, 0, 0x99]);
    Announcer::on(&right).unwrap()
}

#[test]
fn a_claim_is_answered_at_once_told_and_shown_until_the_address_is_given_up() {
    in_private_network(|| async {
        let mut bench = Bench::new();
        let right = Netlink::open().unwrap().interface("right").unwrap();
        let ear = Prober::on(&right, false).unwrap();
        let stranger = stranger();
        // Once it listens, each address is asked for.
        let four: IpAddr = "10.9.0.50".parse().unwrap();
        until("asked for", || ear.heard().unwrap().iter().any(|heard| heard.asks && heard.ip == four)).await;
        for address in ["10.9.0.50", "fd09::50"] {
            let address: IpAddr = address.parse().unwrap();
            stranger.announce(address).unwrap();
            if address.is_ipv4() {
                until("answered", || ear.heard().unwrap().iter().any(|heard| !heard.asks && heard.ip == four)).await;
            }
            let told = bench.news().await;
            let wanted = Event::AlsoAnswers { address: address.to_string(), by: STRANGER.into(), over: false };
            assert_eq!(told, wanted);
        }
        bench.shows(2).await;
        assert!(bench.shown.iter().all(|rival| rival.by == STRANGER), "{:?}", bench.shown);
        bench.addresses.release(&bench.specs).unwrap();
        bench.shows(0).await;
    });
}

#[test]
fn what_claims_nothing_of_ours_is_not_heard_and_our_own_voice_is_none() {
    in_private_network(|| async {
        let mut bench = Bench::new();
        let (stranger, own) = (stranger(), Announcer::open("right").unwrap());
        let right = Netlink::open().unwrap().interface("right").unwrap();
        let ear = Prober::on(&right, false).unwrap();
        until("asked for", || !ear.heard().unwrap().is_empty()).await;
        stranger.announce("10.9.0.51".parse().unwrap()).unwrap();
        // Another card of this machine, as with two in one network.
        own.announce("10.9.0.50".parse().unwrap()).unwrap();
        stranger.announce("fd09::50".parse().unwrap()).unwrap();
        // The last one said is the first one told.
        assert!(matches!(bench.news().await, Event::AlsoAnswers { address, .. } if address == "fd09::50"));
        bench.shows(1).await;
    });
}

#[test]
fn a_proxy_is_found_out_by_asking_for_what_nobody_has() {
    in_private_network(|| async {
        let mut bench = Bench::new();
        let right = Netlink::open().unwrap().interface("right").unwrap();
        let (ear, mouth) = (Prober::on(&right, false).unwrap(), stranger());
        let proxy = tokio::spawn(async move {
            loop {
                for asked in ear.heard().unwrap().into_iter().filter(|heard| heard.asks) {
                    mouth.announce(asked.ip).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert_eq!(bench.news().await, Event::AnswersForAll { interface: "left".into(), by: STRANGER.into() });
        bench.shows(1).await;
        assert_eq!(bench.shown[0].address, None);
        proxy.abort();
        ip("link set left down");
    });
}
