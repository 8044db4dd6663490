//! The three files: any bytes in one of them, the other two good. No panic, a configuration or an error, every finding
//! lies in the text and can be shown, no secret is shown, mending ends.
//! Not here: what the findings should be (the tests of systole-config).

#[path = "../../crates/config/tests/common/mod.rs"]
mod common;

use crate::render::render;
use common::{GOOD_AUTHKEYS, GOOD_HA_CF, GOOD_HARESOURCES, nico, sources};
use systole_config::{Configuration, Diagnostic, FileKind, Fixed, Reading, Severity, Sources, fix, read};

/// A word for the place of a key; no message of ours holds it.
const SECRET: &str = "S3CR3T";
/// Two thousand for each file, and what is said of all three.
const FINDINGS_MAX: usize = 3 * 2050;

/// ha.cf.
pub fn ha_cf(data: &[u8]) {
    check(&sources(data, GOOD_HARESOURCES.as_bytes(), GOOD_AUTHKEYS.as_bytes()));
}

/// haresources.
pub fn haresources(data: &[u8]) {
    check(&sources(GOOD_HA_CF.as_bytes(), data, GOOD_AUTHKEYS.as_bytes()));
}

/// authkeys.
pub fn authkeys(data: &[u8]) {
    let (reading, mended) = check(&sources(GOOD_HA_CF.as_bytes(), GOOD_HARESOURCES.as_bytes(), data));
    assert!(!format!("{reading:?}{mended:?}").contains(SECRET), "a secret is shown");
    assert!(!reading.diagnostics.iter().any(|d| render(d).contains(SECRET)), "a secret is shown");
}

fn check(files: &Sources) -> (Reading, Fixed) {
    let reading = read(files, &nico());
    let sound = reading.count(Severity::Error) == 0;
    assert_eq!((reading.configuration.is_some(), reading.authkeys.is_some()), (sound, sound));
    assert!(reading.diagnostics.len() <= FINDINGS_MAX, "{} findings", reading.diagnostics.len());
    reading.diagnostics.iter().for_each(|found| place(files, found));
    if let Some(configuration) = &reading.configuration {
        let json = serde_json::to_string(configuration).expect("a configuration is JSON");
        assert_eq!(serde_json::from_str::<Configuration>(&json).expect("and comes back"), *configuration);
    }
    let once = fix(files, &nico());
    let twice = fix(&once.sources, &nico());
    assert!(twice.files.is_empty() && twice.chmod.is_empty(), "mended twice: {once:?} {twice:?}");
    (reading, once)
}

/// Lies in its file, and can be shown.
fn place(files: &Sources, found: &Diagnostic) {
    let shown = render(found);
    assert!(!shown.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), "{shown:?}");
    let Some(place) = &found.place else { return };
    let text = text(files, found.file);
    assert!(text.get(place.span.clone()).is_some(), "{found:?}");
    assert!((1..=text.split(|b| *b == b'\n').count()).contains(&place.line), "{found:?}");
    assert!((1..=text.len() + 1).contains(&place.column), "{found:?}");
    assert!(place.text.get(place.marked.clone()).is_some(), "{found:?}");
}

fn text(files: &Sources, kind: FileKind) -> &[u8] {
    let file = match kind {
        FileKind::HaCf => &files.ha_cf,
        FileKind::Haresources => &files.haresources,
        FileKind::Authkeys => &files.authkeys,
    };
    file.as_ref().map(|file| &file.text[..]).unwrap_or_default()
}
