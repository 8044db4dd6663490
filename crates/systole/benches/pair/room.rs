//! Two machines with real daemons, as a chapter wants them, and the waits that chapters share.
//! Not here: figures.

use crate::eye::Eye;
use anyhow::{Context, Result, bail};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use systole_lab::{Client, Finished, Lab, Machine, Node, NullModem, Prober, Process, Stop};

/// The service address of the tutorial.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 236);
/// One group: the address, then Apache, which is cold: it does not run where the group is not.
pub const WEB: &str = "alpha IPaddr2::192.168.1.236/24/eth0:0 apache2\n";
/// The tutorial's times. No failback: the next run goes the other way instead of waiting for the way home.
pub const TUTORIAL: &str = "keepalive 2\nwarntime 6\ndeadtime 10\ninitdead 60\n";
pub const FAST: &str = "keepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 4\n";
pub const FASTEST: &str = "keepalive 10ms\nwarntime 1\ndeadtime 2\ninitdead 4\n";
/// Key of authkeys on both nodes.
pub const SECRET: &str = "a-secret-of-the-bench";
/// Longer than any wait that ends well.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Pair {
    // Dropped in this order: eyes, daemons and machines, then the room.
    pub prober: Option<Prober>,
    pub eye: Eye,
    pub alpha: Member,
    pub beta: Member,
    _cable: NullModem,
    _client: Client,
    stop: Stop,
    _lab: Lab,
}

pub struct Member {
    daemon: Option<Process>,
    pub node: Node,
    started: u32,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Alpha,
    Beta,
}

impl Side {
    pub fn other(self) -> Side {
        match self {
            Side::Alpha => Side::Beta,
            Side::Beta => Side::Alpha,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Side::Alpha => "alpha",
            Side::Beta => "beta",
        }
    }
}

impl Pair {
    /// Machines with their files, nothing started. With `browser`, the client asks for the page every 5 ms.
    pub fn new(stop: &Stop, times: &str, haresources: &str, browser: bool) -> Result<Pair> {
        let lab = Lab::new(stop)?;
        let cable = NullModem::new()?;
        let [first, second] = cable.ends();
        let member = |side: Side, address: &str, serial: &systole_lab::SerialEnd| {
            // A file of its own for each machine: no page of memory is shared between the two.
            let program = lab.directory().join(format!("systole-of-{}", side.name()));
            std::fs::copy(env!("CARGO_BIN_EXE_systole"), &program)?;
            let machine = Machine {
                name: side.name().to_owned(),
                address: address.to_owned(),
                program: Some(program),
                serial: Some(serial.clone()),
            };
            Member::new(&lab, machine, times, haresources)
        };
        let alpha = member(Side::Alpha, "192.168.1.1/24", first)?;
        let beta = member(Side::Beta, "192.168.1.2/24", second)?;
        let client = lab.client("192.168.1.100/24")?;
        let prober = if browser { Some(client.probe(ADDRESS)?) } else { None };
        let eye = Eye::open(client.pid()).context("the client's network cannot be watched")?;
        Ok(Pair { prober, eye, alpha, beta, _cable: cable, _client: client, stop: stop.clone(), _lab: lab })
    }

    /// The same, with both daemons started and settled.
    pub fn up(stop: &Stop, times: &str, haresources: &str, browser: bool) -> Result<Pair> {
        let mut pair = Pair::new(stop, times, haresources, browser)?;
        pair.start()?;
        Ok(pair)
    }

    /// Starts both daemons and waits until all is well.
    pub fn start(&mut self) -> Result<()> {
        self.alpha.start()?;
        self.beta.start()?;
        self.settled()?;
        Ok(())
    }

    pub fn member(&mut self, side: Side) -> &mut Member {
        match side {
            Side::Alpha => &mut self.alpha,
            Side::Beta => &mut self.beta,
        }
    }

    /// Waits until `condition` gives something; a failure shows what both daemons said last.
    pub fn wait<T>(&mut self, what: &str, mut condition: impl FnMut(&mut Pair) -> Result<Option<T>>) -> Result<T> {
        let stop = self.stop.clone();
        match stop.until(PATIENCE, || condition(self))? {
            Some(value) => Ok(value),
            None => bail!("waited {PATIENCE:?} in vain for {what}\n{}{}", self.alpha.words(), self.beta.words()),
        }
    }

    /// Nothing but waiting, and no event to wait for: the pair is left alone.
    pub fn idle(&self, span: Duration) -> Result<()> {
        self.stop.until(span, || Ok(None::<()>)).map(drop)
    }

    /// Waits until both nodes are active on all links, one of them owns every group, and its pages come steadily.
    /// Gives the owner.
    pub fn settled(&mut self) -> Result<Side> {
        let owner = self.wait("both nodes active, all links up and one owner", |pair| {
            let seen = [pair.alpha.owner()?, pair.beta.owner()?];
            Ok(match seen {
                [Some(first), Some(second)] if first == second => Some(first),
                _ => None,
            })
        })?;
        let from = Instant::now();
        self.wait("100 pages in a row", |pair| {
            let steady = |prober: &Prober| prober.look(|seen| seen.steady(from, owner.name(), 100));
            Ok(pair.prober.as_ref().is_none_or(steady).then_some(()))
        })?;
        Ok(owner)
    }

    /// Waits for the first good page of `side` since `from`.
    pub fn page(&mut self, side: Side, from: Instant) -> Result<Instant> {
        self.wait(&format!("the page of {}", side.name()), |pair| {
            let prober = pair.prober.as_ref().context("nobody asks for pages in this chapter")?;
            Ok(prober.look(|seen| seen.first(from, side.name())))
        })
    }
}

impl Member {
    fn new(lab: &Lab, machine: Machine, times: &str, haresources: &str) -> Result<Member> {
        let mut node = lab.machine(machine)?;
        node.power_on()?;
        let media = "udpport 694\nbcast eth0\nserial /dev/ttyS0\nauto_failback off\nnode alpha beta\n";
        let member = Member { daemon: None, node, started: 0 };
        member.write("ha.cf", &format!("{times}{media}"), 0o644)?;
        member.write("haresources", haresources, 0o644)?;
        member.write("authkeys", &format!("auth 1\n1 sha1 {SECRET}\n"), 0o600)?;
        Ok(member)
    }

    /// Writes a file into /etc/ha.d.
    pub fn write(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let path = self.node.disk("/etc/ha.d").join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text)?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode))?;
        Ok(())
    }

    pub fn start(&mut self) -> Result<()> {
        self.started += 1;
        let name = format!("systoled-{}", self.started);
        self.daemon = Some(self.node.spawn(&name, &["systoled", "--log", "json"])?);
        Ok(())
    }

    pub fn daemon(&mut self) -> Result<&mut Process> {
        self.daemon.as_mut().context("no daemon was started here")
    }

    /// Pulls the mains plug.
    pub fn power_cut(&mut self) -> Result<Instant> {
        let at = self.node.power_cut()?;
        self.daemon = None;
        Ok(at)
    }

    /// Runs `systole` with these words to its end, which must be 0.
    pub fn systole(&self, words: &[&str]) -> Result<Finished> {
        let all: Vec<&str> = ["systole"].iter().chain(words).copied().collect();
        let done = self.node.run(&all)?;
        if !done.status.success() {
            bail!("systole {} on {}: {}{}", words.join(" "), self.node.name(), done.out, done.err);
        }
        Ok(done)
    }

    /// Who owns all groups by this node's status; nothing while anything in it is not as it should be.
    fn owner(&mut self) -> Result<Option<Side>> {
        if !self.daemon()?.running() {
            bail!("the daemon on {} has ended\n{}", self.node.name(), self.words());
        }
        let out = self.node.run(&["systole", "status", "--json"])?.out;
        let status: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
        let list = |value: &serde_json::Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let (nodes, groups) = (list(&status, "nodes"), list(&status, "groups"));
        let well = nodes.len() == 2
            && nodes.iter().all(|n| n["state"] == "active" && list(n, "links").iter().all(|link| link["up"] == true))
            && groups.iter().all(|group| group["fitness"] == "fit");
        let owned_by = |side: Side| !groups.is_empty() && groups.iter().all(|g| list(g, "owners") == [side.name()]);
        let settled = groups.iter().all(|group| group["here"] == "running" || group["here"] == "idle");
        Ok([Side::Alpha, Side::Beta].into_iter().find(|side| well && settled && owned_by(*side)))
    }

    /// Stamps of all events of this name that the newest daemon has logged so far, in milliseconds of the wall clock.
    pub fn logged(&self, event: &str) -> Vec<u64> {
        let text = self.daemon.as_ref().and_then(|daemon| std::fs::read_to_string(daemon.log()).ok());
        let text = text.unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter(|line| line["event"]["event"] == event).filter_map(|line| line["at_ms"].as_u64()).collect()
    }

    /// Last words of the newest daemon, for an error.
    fn words(&self) -> String {
        let text = self.daemon.as_ref().and_then(|daemon| std::fs::read_to_string(daemon.log()).ok());
        let text = text.unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(25)..).unwrap_or_default().join("\n");
        format!("--- last words of the daemon on {}\n{tail}\n", self.node.name())
    }

    /// Host's process ids of heart and hands.
    pub fn processes(&mut self) -> Result<[u32; 2]> {
        let heart = self.daemon()?.pid();
        let all = self.node.processes()?;
        let hands = all.iter().find(|process| !process.zombie && process.line.ends_with(" hands"));
        Ok([heart, hands.context("no hands run here")?.pid])
    }
}
