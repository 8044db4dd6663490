//! The three digests of Heartbeat (spec/WIRE.md 4.3): crc, HMAC-MD5, HMAC-SHA1, as they are printed.
//! Not here: which key to use (keys.rs), which bytes are covered (netstring.rs, text.rs).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde::Serialize;
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Block size of MD5 and SHA-1; HMAC hashes longer keys first and fills shorter ones with zeros.
const BLOCK: usize = 64;
/// Longest digest text: SHA-1.
const DIGEST_MAX: usize = 40;

/// A method of authkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Finds damage, keeps nobody out. Has no key.
    Crc,
    /// HMAC-MD5.
    Md5,
    /// HMAC-SHA1.
    Sha1,
}

impl Method {
    /// The word in authkeys.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Crc => "crc",
            Method::Md5 => "md5",
            Method::Sha1 => "sha1",
        }
    }
}

/// A key with its first two blocks hashed already, which is half of the work for a short frame. Wiped when dropped (the
/// `zeroize` features of the hashes see to it), and never shown.
#[derive(Clone)]
pub(crate) enum Secret {
    /// Crc has no key.
    None,
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
}

impl Secret {
    /// Prepares the bytes of authkeys for `method`, and wipes them.
    pub(crate) fn new(method: Method, mut key: Vec<u8>) -> Secret {
        let mut block = [0; BLOCK];
        let fill =
            |block: &mut [u8; BLOCK], bytes: &[u8]| block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        match method {
            Method::Crc => {}
            Method::Md5 if key.len() > BLOCK => fill(&mut block, &<Md5 as md5::Digest>::digest(&key)),
            Method::Sha1 if key.len() > BLOCK => fill(&mut block, &<Sha1 as sha1::Digest>::digest(&key)),
            Method::Md5 | Method::Sha1 => fill(&mut block, &key),
        }
        key.zeroize();
        let secret = match method {
            Method::Crc => Secret::None,
            Method::Md5 => Secret::Md5(Hmac::new((&block).into())),
            Method::Sha1 => Secret::Sha1(Hmac::new((&block).into())),
        };
        block.zeroize();
        secret
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A digest as printed in a frame: lower-case hex, on the stack.
#[derive(Clone, Copy)]
pub(crate) struct DigestText {
    text: [u8; DIGEST_MAX],
    len: usize,
}

impl DigestText {
    fn of_bytes(digest: &[u8]) -> Self {
        let mut text = [0; DIGEST_MAX];
        for (two, byte) in text.chunks_exact_mut(2).zip(digest) {
            two.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0xf)]);
        }
        DigestText { text, len: digest.len().saturating_mul(2).min(DIGEST_MAX) }
    }

    /// As C prints `%x`: no padding.
    fn of_number(number: u32) -> Self {
        let mut text = [0; DIGEST_MAX];
        let zeros = number.leading_zeros().checked_div(4).unwrap_or(0).min(7);
        let digits = (zeros..8).map(|i| {
            let shift = 7u32.saturating_sub(i).saturating_mul(4);
            hex_digit((number.checked_shr(shift).unwrap_or(0) & 0xf) as u8)
        });
        let mut len = 0usize;
        for (to, digit) in text.iter_mut().zip(digits) {
            *to = digit;
            len = len.saturating_add(1);
        }
        DigestText { text, len }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    /// Compares with a digest from the wire, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        self.as_bytes().ct_eq(given).into()
    }
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0'.wrapping_add(nibble) } else { b'a'.wrapping_add(nibble.wrapping_sub(10)) }
}

/// The digest of `data` as the wire shows it, by the method for which the secret was made.
pub(crate) fn digest(secret: &Secret, data: &[u8]) -> DigestText {
    match secret {
        Secret::None => DigestText::of_number(crc(data)),
        Secret::Md5(mac) => DigestText::of_bytes(&mac.clone().chain_update(data).finalize().into_bytes()),
        Secret::Sha1(mac) => DigestText::of_bytes(&mac.clone().chain_update(data).finalize().into_bytes()),
    }
}

/// CRC-32 with polynomial 0x04C11DB7, most significant bit first, initial value 0, complemented at the end.
/// Not the `crc32` of zlib, and not `cksum`, which appends the length.
fn crc(data: &[u8]) -> u32 {
    let mut value: u32 = 0;
    for byte in data {
        let [top, ..] = value.to_be_bytes();
        #[allow(clippy::indexing_slicing, reason = "a byte cannot leave a table of 256")]
        let entry = CRC_TABLE[usize::from(top ^ byte)];
        value = (value << 8) ^ entry;
    }
    !value
}

const CRC_TABLE: [u32; 256] = crc_table();

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs at compile time only")]
const fn crc_table() -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut i = 0;
    while i < 256 {
        let mut value = (i as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 0x8000_0000 != 0 { (value << 1) ^ 0x04c1_1db7 } else { value << 1 };
            bit += 1;
        }
        table[i] = value;
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests;
