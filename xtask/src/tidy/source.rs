//! Rust source as the rules need it: code without comments and literals, and which lines are tests.
//! Not here: a parser. Words, braces and `use` trees are enough for every rule.

mod mask;

#[cfg(test)]
mod tests;

pub use mask::mask;

/// One Rust file, prepared.
#[derive(Debug)]
pub struct Source {
    /// The lines with comments, strings and characters blanked; columns as in the file.
    pub code: Vec<String>,
    /// For each line: belongs to a test.
    pub test: Vec<bool>,
    /// Paths brought in by `use`, spelled out, with the line of their `use`.
    pub uses: Vec<(usize, String)>,
}

impl Source {
    /// Prepares a file; `path` tells whether all of it is a test.
    pub fn new(path: &str, text: &str) -> Source {
        let masked = mask(text);
        let code: Vec<String> = masked.lines().map(str::to_owned).collect();
        let whole = is_test_path(path);
        let mut test = vec![whole; code.len()];
        for (first, last) in test_items(&masked) {
            for line in test.iter_mut().take(last + 1).skip(first) {
                *line = true;
            }
        }
        Source { uses: uses(&masked), code, test }
    }

    /// The lines that are no tests, with their numbers from one.
    pub fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .iter()
            .zip(&self.test)
            .enumerate()
            .filter(|(_, (_, test))| !**test)
            .map(|(i, (code, _))| (i + 1, code.as_str()))
    }

    /// Whether the line, counted from one, belongs to a test.
    pub fn is_test(&self, line: usize) -> bool {
        line.checked_sub(1).and_then(|i| self.test.get(i)).copied().unwrap_or(false)
    }
}

/// Files that are tests from the first line to the last.
fn is_test_path(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path.ends_with("/testing.rs")
        || path.contains("/tests/")
        || path.contains("/benches/")
}

/// First and last line (from zero) of every item behind `#[cfg(test)]`.
fn test_items(masked: &str) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    for (start, attribute) in masked.match_indices("#[cfg(test)]") {
        let end = item_end(masked, start + attribute.len());
        items.push((line_of(masked, start), line_of(masked, end)));
    }
    items
}

/// Offset of the `;` or of the closing brace that ends the item beginning at `from`.
pub fn item_end(masked: &str, from: usize) -> usize {
    let (mut depth, mut round) = (0_usize, 0_usize);
    for (offset, byte) in masked.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round = round.saturating_sub(1),
            b'{' => depth += 1,
            b'}' if depth <= 1 => return offset,
            b'}' => depth -= 1,
            b';' if depth == 0 && round == 0 => return offset,
            _ => {}
        }
    }
    masked.len()
}

/// Line of an offset, from zero.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// Is `word` at `offset` of `text` a whole word?
pub fn is_whole_word(text: &str, offset: usize, word: &str) -> bool {
    let inside = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    let before = offset.checked_sub(1).and_then(|i| text.as_bytes().get(i).copied());
    let after = text.as_bytes().get(offset + word.len()).copied();
    let first = word.bytes().next().is_some_and(|b| inside(Some(b)));
    let last = word.bytes().last().is_some_and(|b| inside(Some(b)));
    let cut = (first && inside(before)) || (last && inside(after));
    !cut
}

/// Does `text` hold `word` as a whole word?
pub fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(offset, _)| is_whole_word(text, offset, word))
}

fn uses(masked: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (start, word) in masked.match_indices("use ") {
        if !is_whole_word(masked, start, "use") {
            continue;
        }
        let rest = masked.get(start + word.len()..).unwrap_or_default();
        let tree: String = rest.split(';').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let mut paths = Vec::new();
        expand("", &tree, &mut paths);
        found.extend(paths.into_iter().map(|path| (line_of(masked, start) + 1, path)));
    }
    found
}

/// Spells out `a::{b, c::{d, e}}` into its paths.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        paths.push(format!("{prefix}{}", path.trim()));
        return;
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut from) = (0_usize, 0);
    let prefix = format!("{prefix}{}", head.trim());
    for (offset, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                expand(&prefix, inner.get(from..offset).unwrap_or_default().trim(), paths);
                from = offset + 1;
            }
            _ => {}
        }
    }
    let last = inner.get(from..).unwrap_or_default().trim();
    if !last.is_empty() {
        expand(&prefix, last, paths);
    }
}
