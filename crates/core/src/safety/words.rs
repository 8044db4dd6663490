//! Grounds and doubts in the words of the decision record. Not here: what they are and when they hold (safety.rs).

use super::{Asked, Because, Doubt, Ground};
use crate::refused::Refusal;
use std::fmt;

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ground::Free => f.write_str("no other node holds it"),
            Ground::NeverGone { unheard } => {
                write!(f, "its address never expired, and no other machine answers for it ({unheard} is not heard yet)")
            }
            Ground::Left { node } => write!(f, "{node} has released everything and left"),
            Ground::Released { by, because: Because::Planned } => write!(f, "released by {by}, a planned move"),
            Ground::Released { by, because: Because::Leaving } => write!(f, "released by {by}, which shuts down"),
            Ground::Released { by, because: Because::NoCarrier } => {
                write!(f, "released by {by}, which has no carrier on the interface of the address")
            }
            Ground::Released { by, because: Because::Unreached } => {
                write!(f, "released by {by}, which reaches fewer ping nodes")
            }
            Ground::Released { by, because: Because::Failed } => write!(f, "it failed on {by}"),
            Ground::TwoNodeRule { silent, wire } => {
                write!(f, "{silent} is silent on all links")?;
                match wire {
                    Asked::Nothing => Ok(()),
                    Asked::Unheeded => f.write_str(", and the address still answers (probe warn: taken all the same)"),
                    Asked::Silent => f.write_str(", and no machine answers for the address"),
                }
            }
            Ground::Unread { node, why } => {
                write!(f, "{node} {}, and no machine answers for the address", unread(*why))
            }
            Ground::Vouched { node, why } => write!(f, "{node} {}, and an operator asked for it here", unread(*why)),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Held { by } => write!(f, "{by} holds it"),
            Doubt::Blocked { on } => write!(
                f,
                "a stop failed on {on}, something may still run there: repair it there, then `systole cleanup`"
            ),
            Doubt::NotConfirmed { by } => write!(f, "{by} has not answered yet"),
            Doubt::WishedBy { by } => write!(f, "{by} goes first"),
            Doubt::NotYetHeard { node } => write!(f, "{node} was not heard yet and initdead is not over"),
            Doubt::SpeaksNoClaims { node } => {
                write!(f, "{node} is alive and speaks the old protocol only, which knows two nodes and no more")
            }
            Doubt::NotAgreed { with } => write!(f, "{with} holds it, or has not yet said what it holds"),
            Doubt::NotHeardSinceStall { of } => {
                write!(f, "this node did not run for a while; what {of} did meanwhile is not known yet")
            }
            Doubt::Isolated { silent } => {
                write!(
                    f,
                    "{silent} is silent, but no link of this node has had carrier for all of deadtime: this node may be \
                     the isolated one"
                )
            }
            Doubt::JustReconnected { silent } => {
                write!(f, "{silent} is silent, but a link of this node has come back just now, and may bring its beats")
            }
            Doubt::NeedsLease { silent } => {
                write!(f, "{silent} is silent; with more than two nodes silence is no proof, a lease is needed")
            }
            Doubt::Unread { node, why } => {
                write!(
                    f,
                    "{node} {}, so it is alive and may have this: {}; if nothing of it runs there for certain: systole takeover",
                    unread(*why),
                    cure(*why)
                )
            }
            Doubt::AsksWire => f.write_str("the wire is being asked who has the address"),
            Doubt::AddressAlive { silent, unread: why, address, by, serves } => {
                let alive = match serves {
                    Some(true) => "service alive",
                    Some(false) => "address alive but not the service",
                    None => "address alive",
                };
                if let Some(why) = why {
                    let (speaks, cure) = (unread(*why), cure(*why));
                    return write!(
                        f,
                        "{silent} {speaks}, {alive}: {by} answers for {address}; it is taken when that falls silent ({cure})"
                    );
                }
                write!(
                    f,
                    "peer daemon silent, {alive}: {by} answers for {address}; it is taken when that falls silent (no beat of \
                     {silent} arrives: look at media and firewalls between the nodes, and at its daemon)"
                )
            }
        }
    }
}

/// What it does, for a sentence that begins with its name.
fn unread(why: Refusal) -> &'static str {
    match why {
        Refusal::Key => "speaks with another key than ours",
        Refusal::Version => "speaks another version than this one, which cannot be read here",
    }
}

fn cure(why: Refusal) -> &'static str {
    match why {
        Refusal::Key => "make authkeys the same on both nodes, then restart the one that was changed",
        Refusal::Version => "install the same version on both nodes",
    }
}
