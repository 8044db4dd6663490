//! From a resource word to what runs it, in the order of DESIGN section 6.
//! Not here: the arguments of addresses (address.rs), what the whole line means (groups.rs).

use crate::configuration::{Resource, ResourceKind};
use crate::suggest::nearest;
use crate::surroundings::Catalogue;
use crate::watching::Watching;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The words with a native twin.
const NATIVE: [&str; 5] = ["IPaddr", "IPaddr2", "IPv6addr", "MailTo", "apache"];

/// Why a word names nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotFound {
    pub why: String,
    /// The word as it was probably meant.
    pub meant: Option<String>,
    pub notes: Vec<String>,
}

/// Finds what runs a word such as `IPaddr2::192.168.1.236/24/eth0:0`.
pub(crate) fn resource(word: &str, catalogue: &Catalogue) -> Result<Resource, NotFound> {
    let made = |kind, arguments| Ok(Resource { word: word.to_owned(), kind, arguments, watching: Watching::default() });
    if is_bare_address(word) {
        return made(ResourceKind::Address, vec![word.to_owned()]);
    }
    let mut parts = word.split("::").map(str::to_owned);
    let name = parts.next().unwrap_or_default();
    let arguments: Vec<String> = parts.collect();
    if let Some((scheme, rest)) = name.split_once(':') {
        return made(explicit(scheme, rest, &name, word, catalogue)?, arguments);
    }
    let kind = match name.as_str() {
        "IPaddr" | "IPaddr2" | "IPv6addr" => Some(ResourceKind::Address),
        "MailTo" => Some(ResourceKind::MailTo),
        "apache" => Some(ResourceKind::Apache),
        _ => None,
    };
    let script = || catalogue.resource_d.get(&name).map(|path| ResourceKind::ResourceD { path: path.clone() });
    let unit = || unit(&name, catalogue).filter(|_| catalogue.systemd_runs).map(|unit| ResourceKind::Systemd { unit });
    let apache = || (name == "apache2" && !catalogue.systemd_runs).then_some(ResourceKind::Apache);
    let lsb = || catalogue.lsb.get(&name).map(|path| ResourceKind::Lsb { path: path.clone() });
    match kind.or_else(script).or_else(unit).or_else(apache).or_else(lsb) {
        Some(kind) => made(kind, arguments),
        None => Err(not_found(&name, word, catalogue)),
    }
}

/// Would the word be found as a resource, or does its form say that it is one?
pub(crate) fn looks_like_resource(word: &str, catalogue: &Catalogue) -> bool {
    word.contains("::") || word.contains(':') || is_bare_address(word) || resource(word, catalogue).is_ok()
}

fn explicit(scheme: &str, rest: &str, name: &str, word: &str, catalogue: &Catalogue) -> Result<ResourceKind, NotFound> {
    let missing = |why: String, meant: Option<&str>| {
        let meant = meant.map(|m| format!("{scheme}:{m}{}", word.get(name.len()..).unwrap_or_default()));
        Err(NotFound { why, meant, notes: Vec::new() })
    };
    match scheme {
        "systemd" => match unit(rest, catalogue) {
            Some(unit) if catalogue.systemd_runs => Ok(ResourceKind::Systemd { unit }),
            Some(_) => missing("systemd does not run on this machine".into(), None),
            None => missing(
                format!("there is no unit `{rest}` here"),
                nearest(rest, catalogue.units.iter().map(String::as_str)),
            ),
        },
        "lsb" => match catalogue.lsb.get(rest) {
            Some(path) => Ok(ResourceKind::Lsb { path: path.clone() }),
            None => missing(
                format!("there is no init script `{rest}` here"),
                nearest(rest, catalogue.lsb.keys().map(String::as_str)),
            ),
        },
        "ocf" => {
            let (provider, agent) = rest.split_once(':').unwrap_or(("heartbeat", rest));
            let pair = (provider.to_owned(), agent.to_owned());
            if catalogue.ocf.contains(&pair) {
                return Ok(ResourceKind::Ocf { provider: pair.0, agent: pair.1 });
            }
            let known: Vec<String> =
                catalogue.ocf.iter().map(|(provider, agent)| format!("{provider}:{agent}")).collect();
            missing(
                format!("there is no OCF agent `{provider}:{agent}` here"),
                nearest(rest, known.iter().map(String::as_str)),
            )
        }
        // `IPaddr2:192...` with one colon.
        _ if is_known(scheme, catalogue) => {
            let tail = word.get(scheme.len() + 1..).unwrap_or_default();
            let meant = Some(format!("{scheme}::{tail}"));
            Err(NotFound { why: "two colons go before an argument, here is one".into(), meant, notes: Vec::new() })
        }
        _ => Err(NotFound {
            why: format!("`{scheme}:` is no kind of resource"),
            meant: nearest(scheme, ["systemd", "lsb", "ocf"]).map(|near| word.replacen(scheme, near, 1)),
            notes: vec!["the kinds are systemd:UNIT, ocf:PROVIDER:AGENT and lsb:SCRIPT".into()],
        }),
    }
}

fn is_known(name: &str, catalogue: &Catalogue) -> bool {
    NATIVE.contains(&name) || catalogue.resource_d.contains_key(name) || catalogue.lsb.contains_key(name)
}

/// The unit of that name, with its suffix; of `openvpn@office` the template counts.
fn unit(name: &str, catalogue: &Catalogue) -> Option<String> {
    let suffixes = [".service", ".socket", ".target", ".mount", ".timer", ".path"];
    let full = if suffixes.iter().any(|s| name.ends_with(s)) { name.to_owned() } else { format!("{name}.service") };
    let template = || {
        let (stem, instance) = full.split_once('@')?;
        let suffix = instance.rsplit_once('.').filter(|(instance, _)| !instance.is_empty())?.1;
        Some(format!("{stem}@.{suffix}"))
    };
    let there = catalogue.units.contains(&full) || template().is_some_and(|t| catalogue.units.contains(&t));
    there.then_some(full)
}

fn not_found(name: &str, word: &str, catalogue: &Catalogue) -> NotFound {
    let units = catalogue.units.iter().filter(|_| catalogue.systemd_runs).filter_map(|u| u.strip_suffix(".service"));
    let names = catalogue.resource_d.keys().chain(catalogue.lsb.keys()).map(String::as_str);
    let meant = nearest(name, NATIVE.into_iter().chain(names).chain(units));
    let mut notes =
        vec!["looked for a native resource, a script in resource.d, a systemd unit and an init script".to_owned()];
    if !catalogue.systemd_runs && unit(name, catalogue).is_some() {
        notes.push("there is a systemd unit of that name, but systemd does not run here".into());
    }
    if meant.is_none() {
        notes.push(format!(
            "if it is still to be installed, install it on both nodes: `{name}` must exist before the node starts"
        ));
    }
    NotFound {
        why: format!("nothing on this machine is called `{name}`"),
        meant: meant.map(|m| format!("{m}{}", word.get(name.len()..).unwrap_or_default())),
        notes,
    }
}

/// `192.168.1.1`, `192.168.1.1/24/eth0`, `fd00::1/64`: no script name has this form. A slip in an IPv4 address is left
/// to the reader of addresses, so four groups of digits suffice.
pub(crate) fn is_bare_address(word: &str) -> bool {
    let head = word.split('/').next().unwrap_or_default();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    head.parse::<Ipv4Addr>().is_ok()
        || head.parse::<Ipv6Addr>().is_ok()
        || (head.split('.').count() == 4 && head.split('.').all(digits))
}
