//! What a rule has to say about one place.
//! Not here: the rules.

use std::fmt;

/// One breach of a rule, printed as one line so that editors can jump to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path below the workspace, with slashes.
    pub path: String,
    /// Counted from one.
    pub line: usize,
    /// What is there.
    pub what: String,
    /// Why the rule exists.
    pub why: &'static str,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; why: {}; do: {}", self.path, self.line, self.what, self.why, self.mend)
    }
}
