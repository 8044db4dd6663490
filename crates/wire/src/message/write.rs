//! A message as fields, in the order in which Heartbeat writes them (spec/WIRE.md section 3).
//! Not here: bytes.

use super::{EncodeError, IPFAIL, NODES_MAX, Stamp, is_clean};
use crate::beat;
use crate::frame::{Frame, Value};
use systole_core::message::Hold;
use systole_core::{Beat, Body, Message, NodeName, Uuid};

type Name = &'static str;

const HEX: &[u8; 16] = b"0123456789abcdef";

pub(super) fn write(message: &Message, stamp: &Stamp) -> Result<Frame, EncodeError> {
    let kind = kind(&message.body);
    let unsequenced = kind.starts_with("NS_");
    let mut out = Writer(Frame::new());
    let dest = message.to.as_ref();
    write_body(&mut out, kind, &message.body, dest)?;
    out.uuid("destuuid", message.to_uuid)?;
    out.text("src", message.from.as_str())?;
    out.uuid("srcuuid", message.uuid)?;
    if let (Some(sequence), false) = (message.sequence, unsequenced) {
        out.hex("seq", sequence.0)?;
    }
    if let Some(generation) = message.generation {
        out.hex("hg", generation.0)?;
    }
    out.hex("ts", stamp.sent_at_s)?;
    if !stamp.load.is_empty() && !unsequenced {
        out.text("ld", &stamp.load)?;
    }
    if stamp.ttl > 0 {
        out.decimal("ttl", u64::from(stamp.ttl))?;
    }
    Ok(out.0)
}

/// The type on the wire.
fn kind(body: &Body) -> &str {
    match body {
        Body::Status { .. } => "status",
        Body::Ack { .. } => "NS_ackmsg",
        Body::Rexmit { .. } => "NS_rexmit",
        Body::RexmitRefused { .. } => "NS_nak_rexmit",
        Body::ReqNodes => "reqnodes",
        Body::RepNodes { .. } => "repnodes",
        Body::Starting => "starting",
        Body::Resource { .. } => "resource",
        Body::AskResources { .. } => "ask_resources",
        Body::Takeover { .. } => "hb_takeover",
        Body::IpRequest { .. } => "ip-request",
        Body::IpRequestReply { .. } => "ip-request-resp",
        Body::Stonith { .. } => "stonith",
        Body::ShutDone => "shutdone",
        Body::QueryClient { .. } => "query-cstatus",
        Body::RespondClient { .. } => "respond-cstatus",
        Body::PingCount { .. } => "num_ping_nodes",
        Body::YouAreDead => "you_are_dead",
        Body::AbortGiveup => "abort_giveup",
        Body::AskLines { .. } => super::ASK_LINES,
        Body::Lines { .. } => super::LINES,
        Body::Other { kind } => kind,
    }
}

/// The type, the addressee and the fields of the type. Two types have the addressee in an odd place.
fn write_body(out: &mut Writer, kind: &str, body: &Body, dest: Option<&NodeName>) -> Result<(), EncodeError> {
    if let Body::RepNodes { .. } = body {
        out.node_if("dest", dest)?;
    }
    out.text("t", kind)?;
    if let Body::RexmitRefused { first, .. } = body {
        out.hex("firstseq", first.0)?;
    }
    if !matches!(body, Body::RepNodes { .. }) {
        out.node_if("dest", dest)?;
    }
    match body {
        Body::Status { state, deadtime_ms, flow_control, beat } => {
            out.text("st", state.as_str())?;
            if let Some(ms) = deadtime_ms {
                out.hex("dt", *ms)?;
            }
            if *flow_control {
                out.text("protocol", "1")?;
            }
            beat.as_ref().map_or(Ok(()), |beat| out.beat(beat))
        }
        Body::Ack { sequence } => out.hex("ackseq", sequence.0),
        // Decimal here, hex everywhere else.
        Body::Rexmit { first, last } => {
            out.decimal("firstseq", first.0)?;
            out.decimal("lastseq", last.0)
        }
        Body::RexmitRefused { info, .. } => out.text("info", info),
        Body::RepNodes { nodes, deleted } => {
            out.nodes("nodelist", nodes)?;
            out.nodes("delnodelist", deleted)
        }
        Body::Resource { hold, full, stable, info } => out.resource(*hold, *full, *stable, info.as_deref()),
        Body::AskResources { hold, info } => {
            out.text("rsc_hold", hold.as_str())?;
            out.text("info", info)
        }
        Body::Takeover { hold } => out.text("rsc_hold", hold.as_str()),
        Body::IpRequest { key } => out.text("ipaddr", key),
        Body::IpRequestReply { key, we_own, ok } => {
            out.text("ipaddr", key)?;
            out.text("weown", if *we_own { "yes" } else { "no" })?;
            if *ok { out.text("ok", "OK") } else { Ok(()) }
        }
        Body::Stonith { node, result } => {
            let node = NodeName::new(node).map_err(|error| EncodeError::BadNode("node", error))?;
            out.text("node", node.as_str())?;
            out.text("result", result)
        }
        Body::ShutDone => out.text("st", "dead"),
        Body::QueryClient { client, asker } => out.text("cn", client).and_then(|()| out.text("from_id", asker)),
        Body::RespondClient { client, asker, online } => out.client(client, asker, *online),
        Body::PingCount { count } => out.ipfail(Some(*count)),
        Body::YouAreDead | Body::AbortGiveup => out.ipfail(None),
        Body::AskLines { number, part } => out.part(*number, *part, None),
        Body::Lines { number, part, parts, text } => out.part(*number, *part, Some((*parts, text))),
        Body::ReqNodes | Body::Starting | Body::Other { .. } => Ok(()),
    }
}

/// A frame being written.
struct Writer(Frame);

impl Writer {
    fn text(&mut self, name: Name, text: &str) -> Result<(), EncodeError> {
        if !is_clean(text) {
            return Err(EncodeError::BadValue(name));
        }
        self.put(name, text)
    }

    /// Text that is clean by construction, of any length.
    fn put(&mut self, name: Name, text: &str) -> Result<(), EncodeError> {
        Ok(self.0.push(name, Value::Text(text.as_bytes()))?)
    }

    fn client(&mut self, client: &str, asker: &str, online: bool) -> Result<(), EncodeError> {
        self.text("result", "OK")?;
        self.text("cn", client)?;
        self.text("to_id", asker)?;
        self.text("cs", if online { "online" } else { "offline" })
    }

    /// From the program ipfail to the program ipfail, as its connection to the daemon writes it.
    fn ipfail(&mut self, count: Option<u64>) -> Result<(), EncodeError> {
        if let Some(count) = count {
            self.decimal("num_ping", count)?;
        }
        self.text("from_id", IPFAIL)?;
        self.text("to_id", IPFAIL)?;
        self.text("client_gen", "0")
    }

    /// Which part is meant, with the text of an answer and how many parts there are.
    fn part(&mut self, number: u64, part: u16, answer: Option<(u16, &String)>) -> Result<(), EncodeError> {
        self.hex("number", number)?;
        self.hex("part", u64::from(part))?;
        let Some((parts, text)) = answer else { return Ok(()) };
        self.hex("parts", u64::from(parts))?;
        self.text("info", text)
    }

    fn hex(&mut self, name: Name, number: u64) -> Result<(), EncodeError> {
        let mut digits = [0; 16];
        let len = 16u32.saturating_sub(number.leading_zeros().checked_div(4).unwrap_or(0)).max(1);
        for (place, digit) in (0..len).rev().zip(&mut digits) {
            let nibble = number.checked_shr(place.saturating_mul(4)).unwrap_or(0) & 0xf;
            *digit = HEX.get(nibble as usize).copied().unwrap_or_default();
        }
        Ok(self.0.push(name, Value::Text(digits.get(..len as usize).unwrap_or_default()))?)
    }

    fn decimal(&mut self, name: Name, number: u64) -> Result<(), EncodeError> {
        let (mut digits, mut rest, mut first) = ([0; 20], number, 20usize);
        for digit in digits.iter_mut().rev() {
            *digit = b'0'.wrapping_add((rest % 10) as u8);
            (rest, first) = (rest / 10, first.saturating_sub(1));
            if rest == 0 {
                break;
            }
        }
        Ok(self.0.push(name, Value::Text(digits.get(first..).unwrap_or_default()))?)
    }

    fn node_if(&mut self, name: Name, node: Option<&NodeName>) -> Result<(), EncodeError> {
        node.map_or(Ok(()), |node| self.put(name, node.as_str()))
    }

    fn uuid(&mut self, name: Name, uuid: Option<Uuid>) -> Result<(), EncodeError> {
        uuid.map_or(Ok(()), |uuid| Ok(self.0.push(name, Value::Binary(&uuid.0))?))
    }

    /// Names with a blank behind each; an empty list is a single blank.
    fn nodes(&mut self, name: Name, nodes: &[NodeName]) -> Result<(), EncodeError> {
        if nodes.len() > NODES_MAX {
            return Err(EncodeError::TooMany);
        }
        let mut list: String = nodes.iter().flat_map(|node| [node.as_str(), " "]).collect();
        if list.is_empty() {
            list.push(' ');
        }
        self.put(name, &list)
    }

    /// Daemons say `rtype` and `isstable`, scripts neither.
    fn resource(
        &mut self,
        hold: Hold,
        full: bool,
        stable: Option<bool>,
        info: Option<&str>,
    ) -> Result<(), EncodeError> {
        self.text("rsc_hold", hold.as_str())?;
        if full {
            self.text("rtype", "full")?;
        }
        if let Some(stable) = stable {
            self.text("isstable", if stable { "1" } else { "0" })?;
        }
        info.map_or(Ok(()), |info| self.text("info", info))
    }

    fn beat(&mut self, beat: &Beat) -> Result<(), EncodeError> {
        if beat.hears.len() > beat::HEARS_MAX || beat.claims.len() > beat::CLAIMS_MAX {
            return Err(EncodeError::TooMany);
        }
        self.put("sy", &beat::encode(beat))
    }
}
