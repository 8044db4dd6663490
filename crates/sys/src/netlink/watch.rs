//! Kernel events: cables, interfaces and addresses that come and go.
//! Not here: asking for the present state (`Netlink`), which the caller does once after opening and after an overrun.

use super::address::{self, AddressOn};
use super::encode::{DELETE_ADDRESS, DELETE_LINK, NEW_ADDRESS, NEW_LINK};
use super::link;
use super::socket::{Socket, Step};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

const GROUP_LINK: u32 = 1;
const GROUP_IPV4_ADDRESS: u32 = 0x10;
const GROUP_IPV6_ADDRESS: u32 = 0x100;
/// Room for the events of some thousand addresses.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Something changed. Events can repeat what is known already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KernelEvent {
    /// Also for a new interface.
    LinkChanged {
        index: u32,
        name: String,
        up: bool,
        carrier: bool,
    },
    LinkGone {
        index: u32,
        name: String,
    },
    AddressAdded(AddressOn),
    AddressGone(AddressOn),
    /// Events were lost: ask for interfaces and addresses again.
    Overrun,
}

/// Readable when there are events.
#[derive(Debug)]
pub struct Watch {
    socket: Socket,
    ready: VecDeque<KernelEvent>,
}

impl Watch {
    /// Events of the opening thread's network namespace from now on.
    pub fn open() -> io::Result<Watch> {
        Watch::of(GROUP_LINK | GROUP_IPV4_ADDRESS | GROUP_IPV6_ADDRESS)
    }

    /// The same for interfaces alone: a thousand addresses that come at once do not wake who does not ask for them.
    pub fn links() -> io::Result<Watch> {
        Watch::of(GROUP_LINK)
    }

    fn of(groups: u32) -> io::Result<Watch> {
        let socket = Socket::open(groups)?;
        rustix::io::ioctl_fionbio(&socket, true)?;
        // Beyond the ordinary limit only with CAP_NET_ADMIN; without it an overrun comes earlier, nothing worse.
        if rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER).is_err() {
            rustix::net::sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
        }
        Ok(Watch { socket, ready: VecDeque::new() })
    }

    /// The next event; `None` when there is none now. Read until `None`: several come in one datagram.
    #[expect(clippy::should_implement_trait, reason = "`None` means not now, an iterator's means never again")]
    pub fn next(&mut self) -> io::Result<Option<KernelEvent>> {
        while self.ready.is_empty() {
            let ready = &mut self.ready;
            let read = self.socket.read(|message| {
                if let Step::Data { kind, body } = message.step {
                    ready.extend(event(kind, body));
                }
            });
            match read {
                Ok(()) => {}
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::NOBUFS) => return Ok(Some(KernelEvent::Overrun)),
                Err(e) => return Err(e.into()),
            }
        }
        Ok(self.ready.pop_front())
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn event(kind: u16, body: &[u8]) -> Option<KernelEvent> {
    match kind {
        NEW_LINK => {
            let i = link::decode(body)?;
            Some(KernelEvent::LinkChanged { index: i.index, name: i.name, up: i.up, carrier: i.carrier })
        }
        DELETE_LINK => link::decode(body).map(|i| KernelEvent::LinkGone { index: i.index, name: i.name }),
        NEW_ADDRESS => address::decode(body).map(KernelEvent::AddressAdded),
        DELETE_ADDRESS => address::decode(body).map(KernelEvent::AddressGone),
        _ => None,
    }
}
