//! A copy of the workspace in which every mutant is built in and asleep; a variable of the environment wakes it. So one
//! build serves all of them. Not here: which ones there are (catalogue.rs).

use super::catalogue::Mutant;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Numbers of the mutants that are awake, parted by commas.
pub const VARIABLE: &str = "SYSTOLE_MUTANTS";
/// What the simulator needs of the workspace. Cargo wants every member to be there.
const COPIED: [&str; 4] = ["crates", "xtask", "Cargo.toml", "Cargo.lock"];
const CORE: &str = "crates/core/src/";

/// The mutated code asks this which mutants are awake.
fn switch() -> String {
    format!(
        "//! Which mutants are awake. Written by `cargo xtask mutants`.\n\
         use std::sync::LazyLock;\n\
         static AWAKE: LazyLock<Vec<usize>> = LazyLock::new(|| {{\n    \
             let said = std::env::var(\"{VARIABLE}\").unwrap_or_default();\n    \
             said.split(',').filter_map(|n| n.parse().ok()).collect()\n\
         }});\n\
         pub(crate) fn awake(number: usize) -> bool {{\n    AWAKE.contains(&number)\n}}\n"
    )
}

/// Makes the copy, or brings it up to date; files that are as they should be are left alone, for cargo's sake.
///
/// # Errors
/// A mutant that has no place, two that want the same one, files that cannot be written.
pub fn make(root: &Path, copy: &Path, mutants: &[Mutant]) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for name in COPIED {
        collect(root, name, &mut wanted)?;
    }
    for path in &wanted {
        let bytes = fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => mutated(path, text, mutants)?.into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        };
        write(&copy.join(path), &bytes)?;
    }
    let switch_path = format!("{CORE}mutant.rs");
    write(&copy.join(&switch_path), switch().as_bytes())?;
    wanted.insert(switch_path);
    let mut there = BTreeSet::new();
    for name in COPIED {
        collect(copy, name, &mut there)?;
    }
    for stale in there.difference(&wanted) {
        fs::remove_file(copy.join(stale)).with_context(|| format!("cannot remove {stale}"))?;
    }
    Ok(())
}

/// The text of a file with its mutants in it.
fn mutated(path: &str, mut text: String, mutants: &[Mutant]) -> Result<String> {
    if path == format!("{CORE}lib.rs") {
        text.push_str("mod mutant;\n");
    }
    let mut places = Vec::new();
    for (index, mutant) in mutants.iter().enumerate().filter(|(_, m)| m.file == path) {
        let place = mutant.place(&text).map_err(|why| anyhow::anyhow!("{}: {why}", mutant.name))?;
        places.push((place, index + 1, mutant));
    }
    places.sort_by_key(|(place, ..)| (place.start, place.end));
    // Several mutants may want the very same place; anything else that overlaps is a mistake.
    let mut last = text.len();
    let mut index = places.len();
    while index > 0 {
        let place = places[index - 1].0.clone();
        if place.end > last {
            bail!("{}: its place and that of another one overlap", places[index - 1].2.name);
        }
        last = place.start;
        let mut code = text[place.clone()].to_owned();
        let is_statement = code.ends_with(';');
        while index > 0 && places[index - 1].0 == place {
            let (_, number, mutant) = &places[index - 1];
            code = format!("if crate::mutant::awake({number}) {{ {} }} else {{ {code} }}", mutant.new);
            index -= 1;
        }
        text.replace_range(place, &if is_statement { code } else { format!("({code})") });
    }
    Ok(text)
}

fn collect(root: &Path, path: &str, files: &mut BTreeSet<String>) -> Result<()> {
    let full = root.join(path);
    if full.is_dir() {
        for entry in fs::read_dir(&full).with_context(|| format!("cannot list {path}"))? {
            if let Ok(name) = entry?.file_name().into_string()
                && name != "target"
            {
                collect(root, &format!("{path}/{name}"), files)?;
            }
        }
    } else if full.is_file() {
        files.insert(path.to_owned());
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
