//! How frames are authenticated, in words for people and programs. Holds no secret.
//! Not here: faults of the file (verdict.rs), the checking itself (systole-wire).

use super::{AuthKeys, Key, Method};
use serde::{Deserialize, Serialize};

/// A key by its number and method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyName {
    pub index: u8,
    pub method: Method,
}

/// Which key signs, and under which others frames are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    pub signs: KeyName,
    /// In the order of the file, without the one that signs.
    pub accepted: Vec<KeyName>,
}

impl Protection {
    /// One line: what frames prove.
    pub fn describe(&self) -> String {
        let name = |key: &KeyName| format!("{} (key {})", key.method, key.index);
        let others: Vec<String> = self.accepted.iter().map(name).collect();
        let also = if others.is_empty() { String::new() } else { format!(", also accepted: {}", others.join(", ")) };
        format!("frames are signed with {}{also}", name(&self.signs))
    }

    /// One line, when whoever can send to the network can speak for a node: why, and what to do.
    pub fn open(&self) -> Option<String> {
        const WHO: &str = "whoever can send to this network can move or stop the service";
        if self.signs.method == Method::Crc {
            return Some(format!(
                "crc (key {}) protects nothing: {WHO}; `systole check` says how to change to sha1",
                self.signs.index
            ));
        }
        let crc = self.accepted.iter().find(|key| key.method == Method::Crc)?;
        Some(format!(
            "crc (key {0}) is accepted beside {1}: {WHO}; when every node signs with {1}, \
             take `{0} crc` and `#@ accept {0}` out of authkeys",
            crc.index, self.signs.method
        ))
    }
}

impl AuthKeys {
    /// What the keys say about themselves. `None` only for a value that no file gave.
    pub fn protection(&self) -> Option<Protection> {
        let name = |key: &Key| KeyName { index: key.index, method: key.method };
        let signs = self.active_key()?;
        let accepted = |key: &&Key| {
            key.index != signs.index
                && (key.method != Method::Crc || signs.method == Method::Crc || self.accept.contains(&key.index))
        };
        Some(Protection { signs: name(signs), accepted: self.keys.iter().filter(accepted).map(name).collect() })
    }
}
