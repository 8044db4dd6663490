//! The argument of an address resource: `ip/mask/nic:label/broadcast` (spec/CONFIG.md section 3).
//! Not here: how an address is configured (systole, hands), whether the interface exists (groups.rs).

use std::net::{IpAddr, Ipv4Addr};

/// Longest interface name and label of Linux (`IFNAMSIZ` less the final zero).
const NAME_MAX: usize = 15;

/// One service address as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSpec {
    pub ip: IpAddr,
    /// Length of the network part; when absent, that of the interface's network holds.
    pub prefix: Option<u8>,
    /// The interface, without label; when absent, the one whose network holds the address.
    pub interface: Option<String>,
    /// The whole label as the kernel shows it (`eth0:0`). IPv6 addresses have none, theirs is not used.
    pub label: Option<String>,
    /// When absent, the highest address of the network. Never with IPv6.
    pub broadcast: Option<Ipv4Addr>,
}

/// Why the arguments are no address. The text in it is the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("an address is missing")]
    Missing,
    #[error("`{0}` is not an IP address")]
    NotAnAddress(String),
    #[error("`{0}` cannot be a service address: it is unspecified, loopback, multicast or broadcast")]
    Unusable(IpAddr),
    #[error("`{0}` is no netmask; write the length of the network part (24) or a mask (255.255.255.0)")]
    Mask(String),
    #[error("`{0}` is no interface name")]
    Interface(String),
    #[error("the label `{0}` is longer than {NAME_MAX} letters")]
    Label(String),
    #[error("`{0}` is no broadcast address")]
    Broadcast(String),
    #[error("`{0}` is left over; the form is address/mask/interface:label/broadcast")]
    LeftOver(String),
}

impl AddressSpec {
    /// Reads the arguments of the resource word, the parts between `::`.
    /// An IPv6 address may hold `::` itself; its pieces are put together again.
    ///
    /// # Errors
    /// [`AddressError`] names the first part that is wrong.
    pub fn parse(arguments: &[String]) -> Result<AddressSpec, AddressError> {
        let joined = arguments.join("::");
        let mut parts = joined.split('/');
        let first = parts.next().unwrap_or_default();
        let ip = ip(first, arguments)?;
        let mut rest: Vec<&str> = parts.collect();
        while rest.last().is_some_and(|part| part.is_empty()) {
            rest.pop();
        }
        let mut rest = rest.into_iter();
        let prefix = rest.next().filter(|part| !part.is_empty()).map(|part| prefix(part, ip)).transpose()?;
        let mut third = rest.next().filter(|part| !part.is_empty());
        let mut fourth = rest.next();
        // A third part that starts with a digit is the broadcast address.
        if fourth.is_none() && third.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit())) {
            fourth = third.take();
        }
        let (interface, label) = third.map_or(Ok((None, None)), interface)?;
        let broadcast = fourth.map(|part| broadcast(part, ip)).transpose()?;
        match rest.next() {
            Some(part) => Err(AddressError::LeftOver(part.to_owned())),
            None => Ok(AddressSpec { ip, prefix, interface, label, broadcast }),
        }
    }
}

fn ip(text: &str, arguments: &[String]) -> Result<IpAddr, AddressError> {
    if text.is_empty() {
        return Err(AddressError::Missing);
    }
    let Ok(ip) = text.parse::<IpAddr>() else {
        // A second `::` argument behind an IPv4 address is a different mistake than a bad address.
        return match text.split_once("::") {
            Some((head, rest)) if head.parse::<Ipv4Addr>().is_ok() => Err(AddressError::LeftOver(rest.to_owned())),
            _ => Err(AddressError::NotAnAddress(arguments.join("::").split('/').next().unwrap_or_default().to_owned())),
        };
    };
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    if ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || broadcast {
        return Err(AddressError::Unusable(ip));
    }
    Ok(ip)
}

fn prefix(text: &str, ip: IpAddr) -> Result<u8, AddressError> {
    let wrong = || AddressError::Mask(text.to_owned());
    let longest = if ip.is_ipv4() { 32 } else { 128 };
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().filter(|length| (1..=longest).contains(length)).ok_or_else(wrong);
    }
    let mask: Ipv4Addr = text.parse().map_err(|_| wrong())?;
    let ones = mask.to_bits().leading_ones();
    let solid = mask.to_bits().count_ones() == ones && ones > 0 && ip.is_ipv4();
    u8::try_from(ones).ok().filter(|_| solid).ok_or_else(wrong)
}

fn interface(text: &str) -> Result<(Option<String>, Option<String>), AddressError> {
    let (name, label) = match text.split_once(':') {
        Some((name, label)) => (name, Some(label)),
        None => (text, None),
    };
    if !is_interface_name(name) {
        return Err(AddressError::Interface(text.to_owned()));
    }
    match label {
        None => Ok((Some(name.to_owned()), None)),
        Some(_) if text.len() > NAME_MAX => Err(AddressError::Label(text.to_owned())),
        Some(label) if label.is_empty() || !is_interface_name(label) => Err(AddressError::Interface(text.to_owned())),
        Some(_) => Ok((Some(name.to_owned()), Some(text.to_owned()))),
    }
}

/// Could the kernel have an interface of this name?
pub(crate) fn is_interface_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_MAX
        && !matches!(name, "." | "..")
        && name.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b':'))
}

fn broadcast(text: &str, ip: IpAddr) -> Result<Ipv4Addr, AddressError> {
    text.parse().ok().filter(|_| ip.is_ipv4()).ok_or_else(|| AddressError::Broadcast(text.to_owned()))
}

#[cfg(test)]
mod tests;
