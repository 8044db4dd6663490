//! Two real daemons on two lab machines with fast times, real Apache, and eyes on page and address.
//! Not here: any scenario.

use rustix::process::Signal;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use systole_lab::{Client, Finished, Holders, Lab, Machine, Node, NullModem, Prober, Process, Stop};

pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 236);
pub const DEADTIME: Duration = Duration::from_secs(2);
pub const INITDEAD: Duration = Duration::from_secs(4);
/// How long a test waits for what must come before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many answers in a row make a node the one that serves: a second of the prober's own rhythm.
const STEADY: usize = 200;

pub const HARESOURCES: &str = "alpha IPaddr2::192.168.1.236/24/eth0:0 apache2\n";

/// One pair at a time: a machine busy with three of them is not what is tested here.
static ONE: Mutex<()> = Mutex::new(());

pub struct Pair {
    // Dropped in this order.
    pub prober: Prober,
    pub holders: Arc<Holders>,
    pub alpha: Member,
    pub beta: Member,
    pub cable: NullModem,
    pub client: Client,
    stop: Stop,
    pub lab: Lab,
    steady: usize,
    _alone: Option<MutexGuard<'static, ()>>,
}

pub struct Member {
    daemon: Option<Process>,
    record: bool,
    pub node: Node,
}

/// The media of the tutorial.
pub const MEDIA: &str = "bcast eth0\nserial /dev/ttyS0\n";

/// A pair with its files written and nothing started.
pub fn pair(auto_failback: &str, haresources: &str) -> Pair {
    pair_over(MEDIA, auto_failback, haresources)
}

/// The same over other media.
pub fn pair_over(media: &str, auto_failback: &str, haresources: &str) -> Pair {
    let alone = alone();
    Pair { _alone: Some(alone), ..made(media, auto_failback, haresources) }
}

/// For a test that has several pairs side by side: all other tests wait while it holds this.
pub fn alone() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One of several pairs of a test that holds [`alone`]; its page is asked for `second` times a second, so that many
/// browsers do not eat the machine.
pub fn one_of_many(auto_failback: &str, haresources: &str, second: u32) -> Pair {
    let mut pair = made(MEDIA, auto_failback, haresources);
    pair.prober = pair.client.probe_every(ADDRESS, Duration::from_secs(1) / second).unwrap();
    pair.steady = usize::try_from(second).unwrap();
    pair
}

fn made(media: &str, auto_failback: &str, haresources: &str) -> Pair {
    let stop = Stop::new().unwrap();
    let lab = Lab::new(&stop).unwrap();
    let cable = NullModem::new().unwrap();
    let holders = Arc::new(Holders::new(ADDRESS).unwrap());
    let member = |name: &str, number: usize| {
        let mut node = lab
            .machine(Machine {
                name: name.into(),
                address: format!("192.168.1.{number}/24"),
                program: Some(env!("CARGO_BIN_EXE_systole").into()),
                serial: Some(cable.ends()[number - 1].clone()),
            })
            .unwrap();
        node.watched_by(&holders);
        node.power_on().unwrap();
        write(&node, "ha.cf", &ha_cf(media, auto_failback), 0o644);
        write(&node, "haresources", haresources, 0o644);
        write(&node, "authkeys", "auth 1\n1 sha1 a-secret-of-the-test\n", 0o600);
        Member { daemon: None, record: false, node }
    };
    let (alpha, beta) = (member("alpha", 1), member("beta", 2));
    let client = lab.client("192.168.1.100/24").unwrap();
    let prober = client.probe(ADDRESS).unwrap();
    Pair { prober, holders, alpha, beta, cable, client, stop, lab, steady: STEADY, _alone: None }
}

fn ha_cf(media: &str, auto_failback: &str) -> String {
    format!(
        "keepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 4\nudpport 694\n{media}\
         auto_failback {auto_failback}\nnode alpha beta\n"
    )
}

/// Writes a file into the machine's /etc/ha.d.
pub fn write(node: &Node, name: &str, text: &str, mode: u32) {
    let path = node.disk("/etc/ha.d").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
}

impl Pair {
    /// Both daemons, and alpha's page.
    pub fn up(&mut self) {
        self.alpha.start();
        self.beta.start();
        self.settled("alpha");
        self.wait("both to know each other active", |pair| {
            Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active")
        });
    }

    /// Has daemons that are started from now on record, or not.
    pub fn record(&mut self, on: bool) {
        (self.alpha.record, self.beta.record) = (on, on);
    }

    /// Waits until `condition` holds; a failure shows what both daemons said.
    pub fn wait(&self, what: &str, mut condition: impl FnMut(&Pair) -> anyhow::Result<bool>) {
        let seen = self.stop.until(PATIENCE, || Ok(condition(self)?.then_some(()))).unwrap();
        assert!(seen.is_some(), "waited {PATIENCE:?} for: {what}\n{}", self.logs());
    }

    /// What both daemons said.
    pub fn logs(&self) -> String {
        let log = |member: &Member| format!("--- {}\n{}", member.node.name(), member.said());
        format!("{}{}", log(&self.alpha), log(&self.beta))
    }

    /// Waits for a good page of `who` after `from`.
    pub fn page(&self, who: &str, from: Instant) {
        self.wait(&format!("a page of {who}"), |pair| Ok(pair.prober.look(|seen| seen.first(from, who)).is_some()));
    }

    /// Waits until `who` has answered a second long, and holds the address alone.
    pub fn settled(&self, who: &str) {
        let from = Instant::now();
        self.wait(&format!("{} pages in a row of {who}, sole holder", self.steady), |pair| {
            Ok(pair.serves(who, from) && pair.holders.now()? == [who])
        });
    }

    /// Has `who` given every page of the last second, all of them after `from`?
    pub fn serves(&self, who: &str, from: Instant) -> bool {
        self.prober.look(|seen| seen.steady(from, who, self.steady))
    }

    /// Waits until `who` has answered a second long, whoever else holds the address behind a silent port.
    pub fn answering(&self, who: &str) {
        let from = Instant::now();
        self.wait(&format!("{} pages in a row of {who}", self.steady), |pair| Ok(pair.serves(who, from)));
    }

    /// Nobody but `who` has answered, and nobody else has held the address, since `from`.
    pub fn undisturbed(&self, who: &str, from: Instant) {
        let now = Instant::now();
        let others = self.prober.look(|seen| {
            let recent = seen.answers.iter().filter(|answer| answer.asked > from);
            recent.filter(|answer| answer.who.as_deref().is_some_and(|name| name != who)).count()
        });
        assert_eq!(others, 0, "pages of others\n{}", self.logs());
        assert_eq!(self.holders.two_at_once(from, now).unwrap(), Duration::ZERO, "{}", self.logs());
        assert_eq!(self.holders.now().unwrap(), [who], "{}", self.logs());
    }

    /// No two machines have held the address at once since `from`.
    pub fn never_two(&self, from: Instant) {
        assert_eq!(self.holders.two_at_once(from, Instant::now()).unwrap(), Duration::ZERO, "{}", self.logs());
    }
}

impl Member {
    pub fn start(&mut self) {
        let words: &[&str] = &["systoled", "--log", "human", "--record"];
        let words = if self.record { words } else { &words[..3] };
        self.daemon = Some(self.node.spawn("systoled", words).unwrap());
    }

    /// Stops the daemon in good order and waits for its end.
    pub fn stop(&mut self) {
        self.daemon().signal(Signal::TERM).unwrap();
        let status = self.daemon().wait(PATIENCE).unwrap();
        assert!(status.is_some_and(|status| status.success()), "{status:?}\n{}", self.said());
    }

    /// Pulls the mains plug; gives the moment.
    pub fn power_cut(&mut self) -> Instant {
        self.node.power_cut().unwrap()
    }

    pub fn daemon(&mut self) -> &mut Process {
        self.daemon.as_mut().unwrap()
    }

    /// What its daemons said so far.
    pub fn said(&self) -> String {
        let text = self.daemon.as_ref().map(|daemon| std::fs::read(daemon.log()).unwrap_or_default());
        String::from_utf8_lossy(&text.unwrap_or_default()).into_owned()
    }

    pub fn systole(&self, words: &[&str]) -> Finished {
        let all: Vec<&str> = ["systole"].iter().chain(words).copied().collect();
        self.node.run(&all).unwrap()
    }

    /// The state of `other` as this node's status has it; empty while no daemon answers.
    pub fn sees(&self, other: &str) -> String {
        let status = self.status();
        let nodes = status["nodes"].as_array().cloned().unwrap_or_default();
        let state = nodes.iter().find(|node| node["name"] == other).map(|node| node["state"].clone());
        state.and_then(|state| state.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Does this node hear `other` on that link?
    pub fn link_up(&self, other: &str, link: &str) -> bool {
        let all = |value: &serde_json::Value, list: &str| value[list].as_array().cloned().unwrap_or_default();
        let node = all(&self.status(), "nodes").into_iter().find(|node| node["name"] == other);
        node.is_some_and(|node| all(&node, "links").iter().any(|entry| entry["link"] == link && entry["up"] == true))
    }

    /// What `systole status --json` prints; null while no daemon answers.
    pub fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.systole(&["status", "--json"]).out).unwrap_or_default()
    }

    /// Process ids of the Apache here.
    pub fn apache(&self) -> Vec<u32> {
        self.pids(|name, _| name == "apache2")
    }

    /// Process id of hands here.
    pub fn hands(&self) -> Vec<u32> {
        self.pids(|_, line| line.ends_with(" hands"))
    }

    fn pids(&self, wanted: impl Fn(&str, &str) -> bool) -> Vec<u32> {
        let all = self.node.processes().unwrap().into_iter();
        let mut pids: Vec<u32> = all.filter(|p| !p.zombie && wanted(&p.name, &p.line)).map(|p| p.pid).collect();
        pids.sort_unstable();
        pids
    }
}
