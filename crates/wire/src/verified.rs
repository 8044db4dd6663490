//! The type that says "the digest of this was checked".
//! Not here: the checking (keys.rs). Nothing outside this crate can make a [`Verified`].

use crate::auth::Method;
use serde::Serialize;

/// How the bytes were framed (spec/WIRE.md section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Netstrings between `###` and `%%%`: datagrams.
    Net,
    /// Lines between `>>>` and `<<<`: serial lines, and datagrams of old versions.
    Text,
}

/// What vouches for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Form in which it arrived.
    pub form: Form,
    /// Method whose digest matched. [`Method::Crc`] proves only that the bytes are whole, not who sent them.
    pub method: Method,
    /// Index of the key in authkeys, 0 to 15.
    pub key: u8,
}

/// A value from the wire whose digest matched before anything in it was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    proof: Proof,
}

impl<T> Verified<T> {
    pub(crate) fn new(value: T, proof: Proof) -> Self {
        Verified { value, proof }
    }

    /// Turns the value into another one that follows from it alone.
    pub(crate) fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        Ok(Verified { value: f(self.value)?, proof: self.proof })
    }

    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// The value without its proof.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// How it was verified.
    pub fn proof(&self) -> Proof {
        self.proof
    }
}
