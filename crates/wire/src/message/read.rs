//! A frame's fields as a message.
//! Not here: how single fields are read (fields.rs).

use super::fields::Fields;
use super::{IPFAIL, Stamp};
use crate::beat;
use crate::frame::Frame;
use crate::reject::Reject;
use systole_core::message::Hold;
use systole_core::{Body, Generation, Message, NodeState, Sequence};

pub(super) fn read(frame: &Frame) -> Result<(Message, Stamp), Reject> {
    let fields = Fields(frame);
    let kind = fields.text("t")?;
    let from = fields.node("src")?;
    let stamp = read_stamp(&fields)?;
    // spec/WIRE.md 6.4: `seq` is there unless the type says otherwise; only the beats of ping nodes have no life.
    let sequence = if kind.starts_with("NS_") { None } else { Some(Sequence(fields.hex("seq")?)) };
    let generation = fields.hex_if("hg")?.map(Generation);
    if generation.is_none() && kind != "NS_st" {
        return Err(Reject::Missing("hg"));
    }
    let message = Message {
        from,
        uuid: fields.uuid_if("srcuuid")?,
        to: fields.node_if("dest")?,
        to_uuid: fields.uuid_if("destuuid")?,
        generation,
        sequence,
        body: read_body(kind, &fields)?,
    };
    Ok((message, stamp))
}

fn read_stamp(fields: &Fields) -> Result<Stamp, Reject> {
    let sent_at_s = fields.hex("ts")?;
    if sent_at_s == 0 {
        return Err(Reject::BadValue("ts"));
    }
    let ttl = u32::try_from(fields.decimal_if("ttl")?.unwrap_or(0)).map_err(|_| Reject::BadValue("ttl"))?;
    Ok(Stamp { sent_at_s, load: fields.owned_if("ld")?.unwrap_or_default(), ttl })
}

fn read_body(kind: &str, fields: &Fields) -> Result<Body, Reject> {
    Ok(match kind {
        "status" => Body::Status {
            state: read_state(fields)?,
            deadtime_ms: fields.hex_if("dt")?,
            flow_control: fields.text_if("protocol")?.is_some(),
            beat: fields.any_text_if("sy")?.map(|text| beat::decode(text).map(std::sync::Arc::new)).transpose()?,
        },
        "NS_ackmsg" => Body::Ack { sequence: Sequence(fields.hex("ackseq")?) },
        // The one place where Heartbeat writes sequence numbers in decimal.
        "NS_rexmit" => {
            Body::Rexmit { first: Sequence(fields.decimal("firstseq")?), last: Sequence(fields.decimal("lastseq")?) }
        }
        "NS_nak_rexmit" => Body::RexmitRefused {
            first: Sequence(fields.hex("firstseq")?),
            info: fields.owned_if("info")?.unwrap_or_default(),
        },
        "reqnodes" => Body::ReqNodes,
        "repnodes" => Body::RepNodes { nodes: fields.nodes_if("nodelist")?, deleted: fields.nodes_if("delnodelist")? },
        "starting" => Body::Starting,
        "resource" => Body::Resource {
            hold: read_hold(fields)?,
            full: fields.text_if("rtype")? == Some("full"),
            stable: read_stable(fields)?,
            info: fields.owned_if("info")?,
        },
        "ask_resources" => {
            Body::AskResources { hold: read_hold(fields)?, info: fields.owned_if("info")?.unwrap_or_default() }
        }
        "hb_takeover" => Body::Takeover { hold: read_takeover(fields)? },
        "ip-request" => Body::IpRequest { key: fields.owned("ipaddr")? },
        "ip-request-resp" => Body::IpRequestReply {
            key: fields.owned("ipaddr")?,
            we_own: fields.text_if("weown")? == Some("yes"),
            ok: fields.text_if("ok")? == Some("OK"),
        },
        "stonith" => Body::Stonith { node: fields.node("node")?.into(), result: fields.owned("result")? },
        "shutdone" => Body::ShutDone,
        "query-cstatus" => Body::QueryClient { client: fields.owned("cn")?, asker: fields.owned("from_id")? },
        "respond-cstatus" => Body::RespondClient {
            client: fields.owned("cn")?,
            asker: fields.owned("to_id")?,
            online: fields.text_if("cs")? == Some("online"),
        },
        "num_ping_nodes" if is_ipfail(fields)? => Body::PingCount { count: fields.decimal("num_ping")? },
        "you_are_dead" if is_ipfail(fields)? => Body::YouAreDead,
        "abort_giveup" if is_ipfail(fields)? => Body::AbortGiveup,
        super::ASK_LINES => Body::AskLines { number: fields.hex("number")?, part: fields.short("part")? },
        super::LINES => Body::Lines {
            number: fields.hex("number")?,
            part: fields.short("part")?,
            parts: fields.short("parts")?,
            text: fields.owned("info")?,
        },
        other => Body::Other { kind: other.to_owned() },
    })
}

/// Any client program may use these words; only ipfail's are meant.
fn is_ipfail(fields: &Fields) -> Result<bool, Reject> {
    Ok(fields.text_if("to_id")? == Some(IPFAIL))
}

fn read_state(fields: &Fields) -> Result<NodeState, Reject> {
    match fields.text("st")? {
        "init" => Ok(NodeState::Init),
        "up" => Ok(NodeState::Up),
        "active" => Ok(NodeState::Active),
        "dead" => Ok(NodeState::Dead),
        "ping" => Ok(NodeState::Ping),
        _ => Err(Reject::BadValue("st")),
    }
}

fn read_hold(fields: &Fields) -> Result<Hold, Reject> {
    match fields.text("rsc_hold")? {
        "none" => Ok(Hold::None),
        "local" => Ok(Hold::Local),
        "foreign" => Ok(Hold::Foreign),
        "all" => Ok(Hold::All),
        _ => Err(Reject::BadValue("rsc_hold")),
    }
}

/// `failback` has no meaning in `hb_takeover`; a real node goes standby with everything then (spec/WIRE.md 8.4).
fn read_takeover(fields: &Fields) -> Result<Hold, Reject> {
    if fields.text_if("rsc_hold")? == Some("failback") { Ok(Hold::All) } else { read_hold(fields) }
}

fn read_stable(fields: &Fields) -> Result<Option<bool>, Reject> {
    match fields.text_if("isstable")? {
        None => Ok(None),
        Some("1") => Ok(Some(true)),
        Some("0") => Ok(Some(false)),
        Some(_) => Err(Reject::BadValue("isstable")),
    }
}
