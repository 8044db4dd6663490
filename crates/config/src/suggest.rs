//! Near misses: what was probably meant.
//! Not here: which words exist (directives.rs, the catalogue of the machine).

/// The candidate nearest to `word`, if one is near enough to be worth saying: at most a third of its letters differ,
/// and never more than three. Case does not count as a difference. Ties go to the earlier candidate.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        if lower.chars().count().abs_diff(word.chars().count()) > limit {
            continue;
        }
        let distance = distance(&word, &lower);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Letters inserted, left out, replaced or swapped with their neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let width = right.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    let mut previous: Option<char> = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = Vec::with_capacity(width);
        current.push(row + 1);
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&above, column) + usize::from(letter != *other);
            let mut least = replaced.min(at(&above, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = column > 0 && previous == Some(*other) && right.get(column - 1) == Some(&letter);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            current.push(least);
        }
        previous = Some(letter);
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
