//! Every frame that passes the switch, and the serial line, kept for `systole decode` and for the eyes of whoever reads
//! a failure. Not here: what the frames should be.

use rustix::fd::{AsFd, OwnedFd};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with, sockopt};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::num::NonZeroU32;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use systole_sys::wait::{self, PollFd, PollFlags};
use systole_wire::{Field, Keys, Value, decode_datagram};

/// ETH_P_IP as the kernel wants it in a socket's protocol: incoming packets alone, after the bridge, so each once.
const IPV4: u16 = 0x0800;
const QUEUE: usize = 8 * 1024 * 1024;

/// One datagram of a medium.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: SystemTime,
    pub bytes: Vec<u8>,
}

/// Captures until dropped.
pub struct Capture {
    seen: Arc<Mutex<Vec<Seen>>>,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    /// Captures on the switch, whose first process is `pid`, what goes to one of the `ports`.
    pub fn start(pid: u32, ports: &'static [u16]) -> Capture {
        // A bridge hands itself what it forwards only while it listens to everything.
        let lines = ["nsenter", "--net", "--target", &pid.to_string(), "ip", "link", "set", "br0", "promisc", "on"]
            .map(str::to_owned);
        assert!(Command::new(&lines[0]).args(&lines[1..]).status().unwrap().success());
        let network = File::open(format!("/proc/{pid}/ns/net")).unwrap();
        let (seen, ending) = (Arc::new(Mutex::default()), Arc::new(AtomicBool::new(false)));
        let (notes, end) = (Arc::clone(&seen), Arc::clone(&ending));
        let socket = std::thread::spawn(move || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            packets()
        });
        let socket = socket.join().unwrap();
        let thread = std::thread::spawn(move || watch(&socket, ports, &notes, &end));
        Capture { seen, ending, thread: Some(thread) }
    }

    pub fn frames(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The frames since `from`, one a line, beats that only beat left out.
    pub fn transcript(&self, keys: &Keys, from: SystemTime) -> String {
        let mut text = String::new();
        for seen in self.frames().iter().filter(|seen| seen.at >= from) {
            match decode_datagram(&seen.bytes, keys) {
                Err(reject) => writeln!(text, "{} REJECT {}", clock(seen.at), reject.reason()).unwrap(),
                Ok(frame) => {
                    let line = line(frame.get().fields());
                    writeln!(text, "{} {line}", clock(seen.at)).unwrap();
                }
            }
        }
        text
    }

    /// How long nothing but beats and acknowledgements has passed.
    pub fn silent_since(&self, keys: &Keys) -> Duration {
        let told = |seen: &&Seen| {
            let frame = decode_datagram(&seen.bytes, keys).ok()?;
            let Some(Value::Text(kind)) = frame.get().get("t") else { return None };
            (!matches!(kind, b"status" | b"NS_ackmsg" | b"NS_st")).then_some(seen.at)
        };
        let seen = self.seen.lock().unwrap();
        let newest = seen.iter().rev().find_map(|seen| told(&seen)).unwrap_or(SystemTime::UNIX_EPOCH);
        newest.elapsed().unwrap_or_default()
    }

    /// Is a handover under way? It is over when both sides have said `done` since it was agreed to; between that, slow
    /// scripts may keep the wire silent for longer than anybody waits.
    pub fn hands_over(&self, keys: &Keys) -> bool {
        let seen = self.seen.lock().unwrap();
        let mut done = BTreeSet::new();
        for seen in seen.iter().rev() {
            let Ok(frame) = decode_datagram(&seen.bytes, keys) else { continue };
            let text = |name| match frame.get().get(name) {
                Some(Value::Text(text)) => text,
                _ => b"",
            };
            match (text("t"), text("info")) {
                (b"ask_resources", b"done") => drop(done.insert(text("src").to_vec())),
                (b"ask_resources", b"other") => return done.len() < 2,
                _ => {}
            }
        }
        false
    }

    /// Writes one file a frame; gives their paths.
    pub fn write(&self, directory: &Path) -> Vec<String> {
        let mut paths = Vec::new();
        for (number, seen) in self.frames().iter().enumerate() {
            let path = directory.join(format!("{number:06}.bin"));
            std::fs::write(&path, &seen.bytes).unwrap();
            paths.push(path.to_str().unwrap().to_owned());
        }
        paths
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn line<'a>(fields: impl Iterator<Item = Field<'a>>) -> String {
    let mut text = String::new();
    for Field { name, value } in
        fields.filter(|field| !matches!(field.name, "srcuuid" | "destuuid" | "ld" | "ttl" | "auth"))
    {
        if let Value::Text(value) = value {
            write!(text, "{name}={} ", String::from_utf8_lossy(value)).unwrap();
        }
    }
    text
}

/// Hours to milliseconds, in the time zone of the logs of a machine that has none: UTC.
fn clock(at: SystemTime) -> String {
    let ms = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let (s, ms) = (ms / 1000, ms % 1000);
    format!("{:02}:{:02}:{:02}.{ms:03}", s / 3600 % 24, s / 60 % 60, s % 60)
}

fn packets() -> OwnedFd {
    let protocol = NonZeroU32::new(u32::from(IPV4.to_be())).map(Protocol::from_raw);
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, flags, protocol).unwrap();
    sockopt::set_socket_recv_buffer_size_force(&socket, QUEUE).unwrap();
    socket
}

fn watch(socket: &OwnedFd, ports: &[u16], seen: &Mutex<Vec<Seen>>, ending: &AtomicBool) {
    let mut buffer = vec![0_u8; 65536];
    while !ending.load(Ordering::SeqCst) {
        let mut fds = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)];
        let _ = wait::poll(&mut fds, Some(Duration::from_millis(100)));
        while let Ok((_, length)) = recv(socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            if let Some(bytes) = payload(buffer.get(..length).unwrap_or_default(), ports) {
                seen.lock().unwrap().push(Seen { at: SystemTime::now(), bytes: bytes.to_vec() });
            }
        }
    }
}

/// What an Ethernet frame carries over UDP to one of the ports.
fn payload<'a>(frame: &'a [u8], ports: &[u16]) -> Option<&'a [u8]> {
    let ip = frame.get(14..)?;
    let header = usize::from(ip.first()? & 15) * 4;
    let total = usize::from(u16::from_be_bytes(*ip.get(2..)?.first_chunk()?));
    let udp = ip.get(header..total)?;
    let port = u16::from_be_bytes(*udp.get(2..)?.first_chunk()?);
    (*ip.get(9)? == 17 && ports.contains(&port)).then(|| udp.get(8..)).flatten()
}
