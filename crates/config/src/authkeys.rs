//! authkeys: numbered keys and which of them signs (spec/CONFIG.md section 2).
//! Keys are wiped on drop and never shown: lines are masked before they reach a diagnostic.
//! Not here: signing (systole-wire).

mod accept;
mod lines;
mod protection;
mod verdict;

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

pub(crate) use lines::parse;
pub use protection::{KeyName, Protection};

/// All keys of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthKeys {
    /// Number of the key that signs; always one of `keys`.
    pub active: u8,
    /// In the order of the file; no number twice.
    pub keys: Vec<Key>,
    /// `#@ accept N`: numbers of `keys` that are accepted although a crc beside a key with a secret is not.
    pub accept: Vec<u8>,
}

/// One key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// 0 to 15.
    pub index: u8,
    pub method: Method,
    pub(crate) secret: Zeroizing<Vec<u8>>,
}

impl Key {
    /// The secret; empty for `crc`, else never. Whoever copies it wipes the copy.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {} ***)", self.index, self.method)
    }
}

/// How frames are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A check sum: finds damage, keeps nobody out.
    Crc,
    Md5,
    Sha1,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Crc => "crc",
            Method::Md5 => "md5",
            Method::Sha1 => "sha1",
        })
    }
}

impl AuthKeys {
    /// The key that signs.
    pub fn active_key(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.index == self.active)
    }
}
