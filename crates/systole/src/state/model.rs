//! A disk that may do whatever a real one may when the power goes: what was not synced is there, or not, or in part,
//! and every name for itself. Calls are counted, so that power can go before each of them, or one of them can fail.
//! Not here: what must hold afterwards.

use super::Disk;
use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

/// What is on the medium: content of each name.
pub type Medium = BTreeMap<String, Vec<u8>>;

/// What goes wrong, by the number of the call, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Nothing,
    /// From this call on nothing happens any more.
    PowerCut(usize),
    /// The first call fails, the ones after it do not; before the second one the power goes.
    Once(usize, usize),
    /// Every call that needs the medium fails from here on.
    Dead(usize),
    /// Every call that needs room fails.
    Full,
}

#[derive(Debug, Clone)]
struct File {
    content: Vec<u8>,
    /// Nobody knows how much of it is on the medium.
    dirty: bool,
    /// Its sync failed once: the kernel has forgotten what was dirty, and later syncs lie.
    lying: bool,
}

/// A change of one name.
#[derive(Debug, Clone)]
struct Change {
    name: String,
    file: Option<usize>,
    synced: bool,
    /// A sync failed after it; a later one does not cover it.
    lost_sight: bool,
}

#[derive(Debug, Clone)]
struct State {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    changes: Vec<Change>,
    calls: usize,
}

/// The disk as the program sees it, from a start or a power cut on.
#[derive(Debug)]
pub struct Model {
    before: Medium,
    trouble: Trouble,
    /// A disk whose sync of files is none; for the judge of the judge.
    pub sync_is_nothing: bool,
    state: RefCell<State>,
}

impl Model {
    pub fn new(medium: &Medium, trouble: Trouble) -> Model {
        let file = |content: &Vec<u8>| File { content: content.clone(), dirty: false, lying: false };
        let files = medium.values().map(file).collect();
        let names = medium.keys().cloned().zip(0..).collect();
        let state = RefCell::new(State { files, names, changes: Vec::new(), calls: 0 });
        Model { before: medium.clone(), trouble, sync_is_nothing: false, state }
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.state.borrow().calls
    }

    /// Everything that may be on the medium if the power goes now.
    pub fn after_power_cut(&self) -> Vec<Medium> {
        let state = self.state.borrow();
        let open: Vec<usize> = (0..state.changes.len()).filter(|i| !state.changes[*i].synced).collect();
        let mut all = std::collections::BTreeSet::new();
        for choice in 0..1_u32 << open.len() {
            let done = |index: usize| open.iter().position(|i| *i == index).is_none_or(|bit| choice >> bit & 1 == 1);
            let mut names: BTreeMap<&str, usize> = self.before.keys().map(String::as_str).zip(0..).collect();
            for (_, change) in state.changes.iter().enumerate().filter(|(index, _)| done(*index)) {
                match change.file {
                    Some(file) => drop(names.insert(&change.name, file)),
                    None => drop(names.remove(change.name.as_str())),
                }
            }
            let mut media = vec![Medium::new()];
            for (name, file) in names {
                let contents = state.files[file].may_hold();
                let with = |medium: Medium| {
                    contents.clone().into_iter().map(move |content| {
                        let mut medium = medium.clone();
                        medium.insert(name.to_owned(), content);
                        medium
                    })
                };
                media = media.into_iter().flat_map(with).collect();
            }
            all.extend(media);
        }
        all.into_iter().collect()
    }

    /// What is there without a power cut.
    pub fn content(&self) -> Medium {
        let state = self.state.borrow();
        state.names.iter().map(|(name, file)| (name.clone(), state.files[*file].content.clone())).collect()
    }

    fn call(&self, needs_room: bool) -> io::Result<RefMut<'_, State>> {
        let mut state = self.state.borrow_mut();
        let call = state.calls;
        state.calls += 1;
        let error = match self.trouble {
            Trouble::PowerCut(at) if call >= at => Some(ErrorKind::Other),
            Trouble::Once(at, cut) if call == at || call >= cut => Some(ErrorKind::Other),
            Trouble::Dead(at) if call >= at => Some(ErrorKind::Other),
            Trouble::Full if needs_room => Some(ErrorKind::StorageFull),
            _ => None,
        };
        error.map_or(Ok(state), |kind| Err(kind.into()))
    }

    fn powered(&self) -> bool {
        let calls = self.state.borrow().calls;
        !matches!(self.trouble, Trouble::PowerCut(at) | Trouble::Once(_, at) if calls > at)
    }
}

impl File {
    /// Torn at each byte, in three ways, or garbage.
    fn may_hold(&self) -> Vec<Vec<u8>> {
        let (whole, length) = (&self.content, self.content.len());
        if !self.dirty {
            return vec![whole.clone()];
        }
        let mut all = vec![vec![0xff; length]];
        for end in 0..=length {
            let zeros = |count| std::iter::repeat_n(0, count);
            // Cut off; or the length is there and the rest is not; or the later block is there and the earlier is not.
            all.push(whole[..end].to_vec());
            all.push(whole[..end].iter().copied().chain(zeros(length - end)).collect());
            all.push(zeros(end).chain(whole[end..].iter().copied()).collect());
        }
        all
    }
}

impl State {
    fn change(&mut self, name: &str, file: Option<usize>) {
        match file {
            Some(file) => drop(self.names.insert(name.into(), file)),
            None => drop(self.names.remove(name)),
        }
        self.changes.push(Change { name: name.into(), file, synced: false, lost_sight: false });
    }

    fn file(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Disk for &Model {
    type File = usize;

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.call(false)?;
        Ok(state.files[state.file(name)?].content.clone())
    }

    fn create(&self, name: &str) -> io::Result<usize> {
        let mut state = self.call(true)?;
        if state.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        state.files.push(File { content: Vec::new(), dirty: false, lying: false });
        let file = state.files.len() - 1;
        state.change(name, Some(file));
        Ok(file)
    }

    fn write(&self, file: &mut usize, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.call(true)?;
        state.files[*file].content.extend_from_slice(bytes);
        state.files[*file].dirty = true;
        Ok(())
    }

    fn sync(&self, file: &mut usize) -> io::Result<()> {
        match self.call(false) {
            Ok(mut state) => {
                let file = &mut state.files[*file];
                file.dirty &= file.lying || self.sync_is_nothing;
                Ok(())
            }
            Err(error) => {
                if self.powered() {
                    self.state.borrow_mut().files[*file].lying = true;
                }
                Err(error)
            }
        }
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.call(false)?;
        let file = state.file(from)?;
        if state.names.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        state.change(to, Some(file));
        Ok(())
    }

    /// Both names change each for itself, which is worse than any file system in use.
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.call(false)?;
        let file = state.file(from)?;
        state.change(to, Some(file));
        state.change(from, None);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.call(false)?;
        state.file(name)?;
        state.change(name, None);
        Ok(())
    }

    fn make_directory(&self) -> io::Result<()> {
        self.call(false).map(drop)
    }

    fn sync_directory(&self) -> io::Result<()> {
        match self.call(false) {
            Ok(mut state) => state.changes.iter_mut().for_each(|change| change.synced |= !change.lost_sight),
            Err(error) => {
                if self.powered() {
                    self.state.borrow_mut().changes.iter_mut().for_each(|change| change.lost_sight |= !change.synced);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}
