//! `hb_addnode`, `hb_delnode`, `hb_setweight`, `hb_setsite`: refused, with what to do instead. A Heartbeat to which a
//! node was added at run time takes over from it and then claims everything (spec/QUIRKS.md 18); here the nodes are
//! those of ha.cf, and their number decides what silence proves.
//! Not here: reading ha.cf.

use crate::hands::log::clean;
use std::process::ExitCode;
use systole_core::NodeName;

/// What to do after ha.cf was changed.
const THEN: &str = "on every machine, look with `systole check`, and restart them one after the other";

/// Called as `hb_addnode`.
pub fn add() -> ExitCode {
    answer("hb_addnode", "<node> <node> ...", 1, |words, known| {
        let new = words.iter().filter(|name| !known.contains(name)).map(NodeName::as_str).collect::<Vec<_>>();
        if new.is_empty() {
            return Ok(format!("{} stands in ha.cf already; nothing to do", list(words)));
        }
        let lines = new.iter().map(|name| format!("  node {name}")).collect::<Vec<_>>().join("\n");
        Err(format!("no node is added to a running cluster. Write into ha.cf\n{lines}\n{THEN}"))
    })
}

/// Called as `hb_delnode`.
pub fn delete() -> ExitCode {
    answer("hb_delnode", "<node> <node> ...", 1, |words, known| {
        let unknown = words.iter().filter(|name| !known.contains(name)).map(NodeName::as_str).collect::<Vec<_>>();
        if !unknown.is_empty() {
            return Err(format!("no node line of ha.cf names {}; the nodes are: {}", unknown.join(", "), list(known)));
        }
        Err(format!(
            "no node is taken out of a running cluster. Stop systoled on {0}, take the node lines of {0} out of ha.cf \
             and its groups out of haresources {THEN}",
            list(words)
        ))
    })
}

/// Called as `hb_setweight`.
pub fn set_weight() -> ExitCode {
    answer("hb_setweight", "<node> <weight>", 2, |_, _| {
        Err("nothing was set: weights have no meaning with haresources. A group's home is the first word of its line"
            .into())
    })
}

/// Called as `hb_setsite`.
pub fn set_site() -> ExitCode {
    answer("hb_setsite", "<node> <site>", 2, |_, _| {
        Err("nothing was set: sites have no meaning with haresources".into())
    })
}

fn list(nodes: &[NodeName]) -> String {
    nodes.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", ")
}

type Verdict = fn(&[NodeName], &[NodeName]) -> Result<String, String>;

/// Usage without enough words, else the verdict on the named nodes and those of ha.cf.
fn answer(tool: &str, usage: &str, least: usize, verdict: Verdict) -> ExitCode {
    let words = super::arguments();
    if words.len() < least || words.iter().any(|word| matches!(word.as_str(), "-h" | "--help")) {
        eprintln!("usage: {tool} {usage}");
        return ExitCode::from(1);
    }
    let (sources, around) = crate::ctl::surroundings::gather(&super::paths());
    let known = systole_config::read(&sources, &around).configuration.map(|c| c.core.nodes).unwrap_or_default();
    // What the setters take besides the node is no name.
    let named = if least == 2 { words.get(..1).unwrap_or_default() } else { &words };
    match judge(named, &known, verdict) {
        Ok(said) => {
            println!("{tool}: {said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{tool}: {why}");
            ExitCode::from(1)
        }
    }
}

fn judge(words: &[String], known: &[NodeName], verdict: Verdict) -> Result<String, String> {
    let names = words
        .iter()
        .map(|word| NodeName::new(word).map_err(|error| format!("'{}' is no node name: {error}", clean(word, 200))));
    let names: Vec<NodeName> = names.collect::<Result<_, _>>()?;
    verdict(&names, known)
}
