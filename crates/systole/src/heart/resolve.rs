//! Names of unicast peers. Looking a name up may take seconds, so it happens in a thread of its own, never in the loop.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// A look-up under way, or its result.
pub enum Resolving {
    Idle,
    UnderWay(Receiver<Result<IpAddr, String>>),
}

/// Small, because the memory of heart is locked; the resolver of the C library needs some tens of KiB.
const STACK: usize = 256 * 1024;

impl Resolving {
    /// The address if it is known now: at once for a literal, otherwise after some calls. `Ok(None)` while asking.
    ///
    /// # Errors
    /// What the resolver said; the next call asks again.
    pub fn address(&mut self, host: &str, v6: bool) -> Result<Option<IpAddr>, String> {
        if let Ok(literal) = host.parse::<IpAddr>() {
            return if literal.is_ipv6() == v6 { Ok(Some(literal)) } else { Err(wrong_family(host, v6)) };
        }
        if let Resolving::UnderWay(answer) = self {
            return match answer.try_recv() {
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Disconnected) => {
                    *self = Resolving::Idle;
                    Err(format!("the look-up of {host} ended without an answer"))
                }
                Ok(found) => {
                    *self = Resolving::Idle;
                    found.map(Some)
                }
            };
        }
        let (tell, answer) = channel();
        let name = host.to_owned();
        let ask = move || {
            // Nobody listens any more when the medium was given up; that is fine.
            let _ = tell.send(look_up(&name, v6));
        };
        let thread = std::thread::Builder::new().name("resolver".into()).stack_size(STACK).spawn(ask);
        thread.map_err(|e| format!("cannot look up {host}: {e}"))?;
        *self = Resolving::UnderWay(answer);
        Ok(None)
    }
}

fn look_up(host: &str, v6: bool) -> Result<IpAddr, String> {
    let found = (host, 0)
        .to_socket_addrs()
        .map_err(|e| format!("the name {host} is not known here ({e}); an address needs no name service"))?;
    found.map(|a| a.ip()).find(|ip| ip.is_ipv6() == v6).ok_or_else(|| wrong_family(host, v6))
}

fn wrong_family(host: &str, v6: bool) -> String {
    let (is, word) = if v6 { ("IPv6", "ucast") } else { ("IPv4", "ucast6") };
    format!("{host} has no {is} address; for the other family write `{word}`")
}
