//! Every scenario of `scenarios/` is played and compared with what its author expected.
//! `make bless` writes what came instead; then the difference in the repository is what a reviewer reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use systole_sim::scenario::Scenario;

/// So many at least were asked for when this began; fewer means that some were lost.
const AT_LEAST: usize = 60;

#[test]
fn every_scenario_comes_out_as_expected_and_breaks_no_rule() {
    let bless = std::env::var_os("SCENARIOS").is_some_and(|word| word == "bless");
    let mut complaints = String::new();
    let all = scenarios();
    for dir in &all {
        let name = dir.file_name().unwrap().to_string_lossy();
        match check(dir, bless) {
            Ok(None) => {}
            Ok(Some(blessed)) => println!("{name}: {blessed}"),
            Err(why) => writeln!(complaints, "\n== {name} ==\n{why}").unwrap(),
        }
    }
    assert!(complaints.is_empty(), "{complaints}\nIf that is how it should be: make bless");
    assert!(all.len() >= AT_LEAST, "only {} scenarios", all.len());
}

#[test]
fn where_nothing_is_left_to_chance_other_dice_tell_the_same() {
    let chance = ["loss", "duplicate", "corrupt", "noise", "delay", "replay", "mended"];
    let mut compared = 0;
    for dir in scenarios() {
        let text = fs::read_to_string(dir.join("story.txt")).unwrap();
        if text.lines().any(|line| !line.starts_with('#') && chance.iter().any(|word| line.contains(word))) {
            continue;
        }
        let mut scenario = Scenario::read(&dir).unwrap();
        scenario.story.dice += 1000;
        let (expected, told) = (fs::read_to_string(dir.join("expected.txt")).unwrap(), scenario.play().told);
        assert!(told == expected, "{}\n{}", dir.display(), difference(&expected, &told));
        compared += 1;
    }
    assert!(compared >= AT_LEAST, "only {compared}");
}

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Plays one; `Some` says what was written.
fn check(dir: &Path, bless: bool) -> Result<Option<&'static str>, String> {
    let scenario = Scenario::read(dir).map_err(|e| e.to_string())?;
    let played = scenario.play();
    let broken = played.violation.as_ref().map(|v| format!("{:?}", v.invariant));
    let path = dir.join("expected.txt");
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if bless && expected != played.told {
        fs::write(&path, &played.told).map_err(|e| e.to_string())?;
    }
    match (&broken, &scenario.story.breaks) {
        (None, None) => {}
        (Some(broken), Some(allowed)) if broken == allowed => {}
        (Some(_), _) => return Err(format!("the judge: {}\n{}", played.violation.unwrap(), played.told)),
        (None, Some(rule)) => return Err(format!("the story says that it breaks {rule}, and it does not")),
    }
    match expected == played.told {
        true => Ok(None),
        false if bless => Ok(Some("written")),
        false => Err(difference(&expected, &played.told)),
    }
}

/// Line by line, with what both have in common around each change.
fn difference(expected: &str, came: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), came.lines().collect());
    // The longest common part, by the lengths of those of all endings.
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            common[i][j] =
                if left == right { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::from("- expected, + came\n"));
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            writeln!(text, "  {}", old[i]).unwrap();
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            writeln!(text, "- {}", old[i]).unwrap();
            i += 1;
        } else {
            writeln!(text, "+ {}", new[j]).unwrap();
            j += 1;
        }
    }
    text
}
