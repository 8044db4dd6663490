//! The numbered keys of authkeys, and the one question: does this digest match?
//! Not here: reading authkeys (systole-config), the digests themselves (auth.rs).

use crate::auth::{DigestText, Method, Secret, digest};
use crate::reject::Reject;
use crate::verified::{Form, Proof};

/// Highest key number (spec/WIRE.md 4.4).
pub const KEY_INDEX_MAX: u8 = 15;
const SLOTS: usize = 16;

/// All keys of a node. Signs with the active one, checks with the one that a frame names.
#[derive(Debug, Clone)]
pub struct Keys {
    active: Key,
    slots: [Option<Key>; SLOTS],
    /// Made by [`Keys::crc_only`]: any number may stand for crc.
    crc_only: bool,
}

#[derive(Debug, Clone)]
struct Key {
    index: u8,
    method: Method,
    secret: Secret,
    /// False for a crc that is only a leftover beside a key that signs with a secret.
    accepted: bool,
}

/// Why a set of keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    #[error("key number {0} is above 15; choose a number from 1 to 15")]
    BadIndex(u8),
    #[error("key number {0} is given twice; remove one of the two lines")]
    Twice(u8),
    #[error("key number {0} has no secret; md5 and sha1 need one")]
    NoSecret(u8),
    #[error("`auth {0}` names a key that does not exist; add the line of key {0}, or name another")]
    NoActive(u8),
    #[error("`#@ accept {0}` names a key that does not exist; take that line out, or add the line of key {0}")]
    NoAccepted(u8),
}

/// Longest signature: two digits, a blank, SHA-1.
const SIGNATURE_MAX: usize = 43;

/// A signature to be written: `INDEX " " HEXDIGEST`, on the stack.
pub(crate) struct Signature {
    text: [u8; SIGNATURE_MAX],
    len: usize,
}

impl Signature {
    fn new(index: u8, digest: &DigestText) -> Signature {
        let tens = (index >= 10).then_some(b'1');
        let index = tens.into_iter().chain([b'0'.wrapping_add(index % 10), b' ']);
        let mut signature = Signature { text: [0; SIGNATURE_MAX], len: 0 };
        for (to, byte) in signature.text.iter_mut().zip(index.chain(digest.as_bytes().iter().copied())) {
            *to = byte;
            signature.len = signature.len.saturating_add(1);
        }
        signature
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

impl Keys {
    /// Keys as (number, method, secret bytes as written in authkeys); `active` is the number that signs.
    /// A secret given with crc is ignored, as Heartbeat does. The secret bytes are wiped.
    ///
    /// Frames are accepted under every key of the set, so that keys can be changed node by node. Only a crc beside a
    /// signing key with a secret is not: anybody can make its digest, and the secret would keep nobody out.
    ///
    /// # Errors
    /// [`KeysError`] for the first entry that cannot be used.
    pub fn new(active: u8, keys: impl IntoIterator<Item = (u8, Method, Vec<u8>)>) -> Result<Keys, KeysError> {
        let mut slots: [Option<Key>; SLOTS] = Default::default();
        for (index, method, secret) in keys {
            let slot = slots.get_mut(usize::from(index)).ok_or(KeysError::BadIndex(index))?;
            if slot.is_some() {
                return Err(KeysError::Twice(index));
            }
            if method != Method::Crc && secret.is_empty() {
                return Err(KeysError::NoSecret(index));
            }
            *slot = Some(Key { index, method, secret: Secret::new(method, secret), accepted: true });
        }
        let key = slots.get(usize::from(active)).cloned().flatten().ok_or(KeysError::NoActive(active))?;
        for other in slots.iter_mut().flatten() {
            other.accepted = other.method != Method::Crc || key.method == Method::Crc;
        }
        Ok(Keys { active: key, slots, crc_only: false })
    }

    /// Accepts frames under this key whatever the signing one is (`#@ accept N`). For a crc that opens the cluster to
    /// everybody on the network; it is meant for the days in which one node after the other gets a real key.
    ///
    /// # Errors
    /// There is no such key.
    pub fn accept(mut self, index: u8) -> Result<Keys, KeysError> {
        let key = self.slots.get_mut(usize::from(index)).and_then(Option::as_mut);
        key.ok_or(KeysError::NoAccepted(index))?.accepted = true;
        Ok(self)
    }

    /// For tools that look at frames without having the keys: a digest short enough for crc is checked as crc
    /// under any number, every other one is refused with [`Reject::NoKey`]. A daemon must never use this.
    pub fn crc_only() -> Keys {
        let active =
            Key { index: 1, method: Method::Crc, secret: Secret::new(Method::Crc, Vec::new()), accepted: true };
        Keys { active, slots: Default::default(), crc_only: true }
    }

    /// Number and method of the key that signs.
    pub fn active(&self) -> (u8, Method) {
        (self.active.index, self.active.method)
    }

    pub(crate) fn sign(&self, data: &[u8]) -> Signature {
        Signature::new(self.active.index, &digest(&self.active.secret, data))
    }

    /// Checks a signature text from the wire over `data`, with the key that it names. Heartbeat takes its own
    /// active key for netstrings instead, which breaks key rotation (spec/WIRE.md 4.4).
    pub(crate) fn check(&self, form: Form, signature: &[u8], data: &[u8]) -> Result<Proof, Reject> {
        let (index, given) = split_signature(signature).ok_or(Reject::BadSignature)?;
        let key = match self.slots.get(usize::from(index)).and_then(Option::as_ref) {
            Some(key) if key.accepted => key,
            Some(_) => return Err(Reject::WeakKey(index)),
            None if self.crc_only && given.len() <= 8 => &self.active,
            None if self.crc_only => return Err(Reject::NoKey(index)),
            None => return Err(Reject::UnknownKey(index)),
        };
        if digest(&key.secret, data).matches(given) {
            Ok(Proof { form, method: key.method, key: index })
        } else {
            Err(Reject::WrongDigest(index))
        }
    }
}

/// `INDEX " " HEXDIGEST`, the index in decimal without padding.
fn split_signature(text: &[u8]) -> Option<(u8, &[u8])> {
    let blank = text.iter().take(3).position(|b| *b == b' ')?;
    let (index, digest) = text.split_at_checked(blank)?;
    let digest = digest.get(1..)?;
    let index = match index {
        [one @ b'0'..=b'9'] => one.wrapping_sub(b'0'),
        [b'1', one @ b'0'..=b'5'] => one.wrapping_sub(b'0').wrapping_add(10),
        _ => return None,
    };
    let is_hex = digest.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (is_hex && (1..=40).contains(&digest.len())).then_some((index, digest))
}

#[cfg(test)]
mod tests;
