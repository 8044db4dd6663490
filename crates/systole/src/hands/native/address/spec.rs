//! Stands in for `systole_config::address` until that has landed.

use std::net::{IpAddr, Ipv4Addr};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSpec {
    pub ip: IpAddr,
    pub prefix: Option<u8>,
    pub interface: Option<String>,
    pub label: Option<String>,
    pub broadcast: Option<Ipv4Addr>,
}

impl AddressSpec {
    pub fn parse(arguments: &[String]) -> Result<AddressSpec, String> {
        let joined = arguments.join("::");
        let mut parts = joined.split('/');
        let ip = parts.next().unwrap_or_default();
        let ip = ip.parse().map_err(|_| format!("`{ip}` is not an IP address"))?;
        let prefix = parts.next().and_then(|p| p.parse().ok());
        let nic = parts.next().filter(|p| !p.is_empty());
        let interface = nic.map(|n| n.split(':').next().unwrap_or_default().to_owned());
        let label = nic.filter(|n| n.contains(':')).map(str::to_owned);
        Ok(AddressSpec { ip, prefix, interface, label, broadcast: parts.next().and_then(|b| b.parse().ok()) })
    }
}
