//! For our own tests: a private network, made and left by the thread that runs the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::wait::{PollFd, PollFlags, poll};
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// Runs `body` in a thread with an empty network namespace of its own, which ends with the thread. What is missing
/// makes the test fail with the reason.
pub(crate) fn in_private_network(body: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(move || {
        #[allow(deprecated)]
        rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET)
            .expect("this test makes a network namespace: run it as root (CAP_SYS_ADMIN)");
        body();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Runs `ip` with these words, in the namespace of the calling thread.
pub(crate) fn ip(words: &str) {
    let out = Command::new("ip").args(words.split_whitespace()).output().expect("this test needs iproute2");
    assert!(out.status.success(), "ip {words}: {}", String::from_utf8_lossy(&out.stderr));
}

type Job = Box<dyn FnOnce() + Send>;

/// A second machine: a thread in a network namespace of its own that does what it is told. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Machine {
    jobs: Sender<Job>,
    thread: u32,
}

impl Machine {
    pub fn start() -> Machine {
        let (jobs, todo) = channel::<Job>();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            in_private_network(move || {
                tell.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).unwrap();
                todo.into_iter().for_each(|job| job());
            });
        });
        Machine { jobs, thread: told.recv().expect("the second machine did not start") }
    }

    /// Runs `job` over there and gives its result. Sockets opened there stay there.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = channel();
        self.jobs.send(Box::new(move || tell.send(job()).unwrap())).unwrap();
        told.recv().expect("a job on the second machine failed; its reason stands above")
    }
}

/// A cable from this machine's `left`, 10.9.0.1/24 and fd09::1/64, to the `right` of the machine given back, with 2.
pub(crate) fn cable() -> Machine {
    let machine = Machine::start();
    ip("link set lo up");
    ip("link add left type veth peer name right");
    ip(&format!("link set right netns {}", machine.thread));
    let up = |name: &str, n: u8| {
        ip(&format!("addr add 10.9.0.{n}/24 brd + dev {name}"));
        ip(&format!("addr add fd09::{n}/64 dev {name} nodad"));
        ip(&format!("link set {name} up"));
    };
    machine.run(move || up("right", 2));
    up("left", 1);
    machine
}

/// Waits until `ready` gives something; asks again whenever `fd` is readable. Fails after 10 s.
pub(crate) fn wait_for<T>(fd: &impl AsFd, mut ready: impl FnMut() -> Option<T>) -> T {
    let end = crate::wait::monotonic_ns() + 10_000_000_000;
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(crate::wait::monotonic_ns() < end, "nothing came within 10 s");
        let mut fds = [PollFd::new(fd, PollFlags::IN)];
        poll(&mut fds, Some(Duration::from_millis(100))).unwrap();
    }
}
