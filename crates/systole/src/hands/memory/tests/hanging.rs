//! A real directory whose fsync does not return until the disk recovers.

use crate::state::{Directory, Disk};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

/// How many wait, and whether they must.
#[derive(Debug)]
struct Gate {
    waiting: usize,
    shut: bool,
}

#[derive(Debug, Clone)]
pub struct Hanging {
    directory: Directory,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

impl Hanging {
    pub fn new(path: &Path) -> Hanging {
        let gate = Gate { waiting: 0, shut: true };
        Hanging { directory: Directory::new(path), gate: Arc::new((Mutex::new(gate), Condvar::new())) }
    }

    pub fn hangs(&self) -> bool {
        self.gate.0.lock().unwrap().waiting > 0
    }

    pub fn recover(&self) {
        self.gate.0.lock().unwrap().shut = false;
        self.gate.1.notify_all();
    }
}

impl Disk for Hanging {
    type File = File;

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.directory.read(name)
    }
    fn create(&self, name: &str) -> io::Result<File> {
        self.directory.create(name)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.directory.write(file, bytes)
    }
    fn sync(&self, file: &mut File) -> io::Result<()> {
        let mut gate = self.gate.0.lock().unwrap();
        gate.waiting += 1;
        let mut gate = self.gate.1.wait_while(gate, |gate| gate.shut).unwrap();
        gate.waiting -= 1;
        self.directory.sync(file)
    }
    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.directory.link(from, to)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.directory.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.directory.remove(name)
    }
    fn make_directory(&self) -> io::Result<()> {
        self.directory.make_directory()
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.directory.sync_directory()
    }
}
