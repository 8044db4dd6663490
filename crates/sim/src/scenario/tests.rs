//! Stories: what is written is read, and what is wrong is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::script::Ending;

const HA_CF: &str = "keepalive 1\ndeadtime 10\nwarntime 5\ninitdead 20\nbcast eth0\nserial /dev/ttyS0\nauto_failback on\n\
                     node ada bob\n";

fn scenario(story: &str) -> Result<Scenario, String> {
    let mut plan = Plan::from_files(HA_CF, "ada 192.0.2.80/24/eth0 apache2\n").unwrap();
    let story = Story::read(story, &mut plan).map_err(|e| e.to_string())?;
    Ok(Scenario { plan, story })
}

#[test]
fn a_story_is_read_with_all_its_words() {
    let text = "# Fear.\n# Must.\ndice 7\nclock bob -0.5%\nalready bob 192.0.2.80/24/eth0\n\n0 boot ada # one\n+2.5 boot \
                bob\nend +30\n";
    let read = scenario(text).unwrap();
    assert_eq!((read.story.title.as_str(), read.story.dice), ("Fear. Must.", 7));
    assert_eq!(read.plan.clock_errors, [0, -5_000_000]);
    assert_eq!(read.story.already, [Already { node: 1, group: 0, address: false }]);
    assert_eq!(read.story.ending, Ending::After { ms: 30_000 });
    assert_eq!(read.story.lines[1], Line { at_ms: 2500, words: "boot bob".into() });
}

#[test]
fn what_is_wrong_in_a_story_is_named_with_its_line() {
    for (text, said) in [
        ("# x\n0 boot ada\n", "line 2: it has no end: end +30"),
        ("0 boot ada\nend +3\n", "line 1: it says nothing first: # what is feared, and what must happen"),
        ("# x\nend 3\n", "line 2: 3: it is +30 (seconds after the last act) or mended"),
        ("# x\nclock ada 3\nend +3\n", "line 2: 3 is no rate error: percent are wanted, as +0.5% or -1%"),
        ("# x\nalready eve k\nend +3\n", "line 2: k is no group of this cluster"),
        ("# x\n\ndice 1\n0 boot eve\nend +3\n", "line 4: eve is no node of this cluster"),
    ] {
        assert_eq!(scenario(text).unwrap_err(), said);
    }
}

#[test]
fn a_power_cut_is_told_in_a_few_lines_with_its_figures() {
    let text = "# Fear.\n0 boot ada\n0 boot bob\n20 power-cut ada\nend +20\n";
    let told = scenario(text).unwrap().play().told;
    for part in [
        "20.0  *    power-cut ada\n",
        "  =    192.0.2.80: nobody has it\n",
        "  bob  ada is dead, silent for ",
        "  bob  starts 192.0.2.80: ada is silent on all links, and no machine",
        "  =    192.0.2.80: bob serves it, after ",
        "\njudge: no rule broken in 40.0 s\n",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(told.lines().count() < 20, "{told}");
}

#[test]
fn other_dice_tell_the_same_story_where_nothing_is_left_to_chance() {
    let told = |dice| {
        scenario(&format!("# F\ndice {dice}\n0 boot ada\n0 boot bob\n20 ask ada standby all\nend +20\n"))
            .unwrap()
            .play()
            .told
    };
    assert_eq!(told(1), told(2));
}
