//! Long files full of faults, found by fuzzing: what is said of them stays bounded, and so do the
//! lines shown with it. Not here: what is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{nico, with_ha_cf, with_haresources};
use systole_config::{FILE_MAX, Severity, Sources, fix, read};

/// The pattern again and again, in a file a quarter as long as it may be.
fn full_of(pattern: &str) -> String {
    pattern.repeat(FILE_MAX / 4 / pattern.len())
}

fn bounded(files: &Sources) {
    let reading = read(files, &nico());
    let found = reading.diagnostics;
    assert!(found.iter().any(|d| d.severity == Severity::Error));
    assert!(found.len() <= 2050, "{} findings", found.len());
    let shown: usize = found.iter().filter_map(|d| d.place.as_ref()).map(|place| place.text.len()).sum();
    assert!(shown <= 2050 * 16 * 1024, "{shown} bytes");
}

#[test]
fn warnings_without_end() {
    bounded(&with_ha_cf(&full_of("keepalive 1\n")));
    bounded(&with_ha_cf(&full_of("node a b c d e f g\n")));
    bounded(&with_haresources(&full_of("nico.test.local apache2 MailTo::nobody\n")));
}

#[test]
fn one_line_without_end() {
    bounded(&with_haresources(&format!("nico.test.local {}", full_of("10.1.2.3 "))));
    bounded(&with_haresources(&format!("nico.test.local {}", full_of("10.1.2.3 \\\n"))));
    bounded(&with_haresources(&format!("nico.test.local {}", full_of(":: "))));
}

#[test]
fn more_faults_than_mending_has_rounds_for_are_left_alone() {
    let files = with_ha_cf(&"a\n".repeat(15_000));
    let fixed = fix(&files, &nico());
    assert!(fixed.files.is_empty() && fixed.assumptions.is_empty() && fixed.sources == files);
}

#[test]
fn more_groups_than_a_beat_can_name_are_refused() {
    let groups =
        |count: u32| (0..count).map(|i| format!("nico.test.local 192.168.1.{}/24/eth0 MailTo::root{i}\n", i % 250));
    let lines =
        |count| groups(count).enumerate().map(|(i, line)| line.replace(" 192", &format!(" MailTo::a{i}@b 192")));
    let said = |count| read(&with_haresources(&lines(count).collect::<String>()), &nico()).diagnostics;
    let refused = |count| said(count).iter().any(|d| d.code == "too-many-groups");
    assert!(refused(1025) && !refused(1024));
}
