//! Waiting in the runtime for a file descriptor of the kernel: a process handle, a netlink socket.
//! Not here: reading from it.

use std::os::fd::OwnedFd;
use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the runtime.
///
/// # Errors
/// As the system says; there is no room for one more descriptor.
#[allow(deprecated)] // Its successor is `unsafe` for types that may swap their descriptor; `OwnedFd` cannot.
pub fn register(descriptor: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(descriptor)
}
