//! The known word nearest to a misspelled one.

/// Longer words are not compared: no field name is near to them.
const LENGTH_MAX: usize = 64;

/// The candidate that differs least, if it differs so little that it was likely meant: in case
/// only, or by one edit for every three letters. An edit adds, drops or changes a letter, or
/// swaps two neighbours.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    if word.len() > LENGTH_MAX {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let near = |candidate: &'c str| {
        let distance = distance(word.as_bytes(), candidate.to_ascii_lowercase().as_bytes());
        (distance <= word.len().max(candidate.len()) / 3).then_some((distance, candidate))
    };
    candidates.into_iter().filter_map(near).min().map(|(_, candidate)| candidate)
}

/// Edits between two words (optimal string alignment).
fn distance(left: &[u8], right: &[u8]) -> usize {
    // Rows of the table: two before, one before and the one being filled.
    let mut older = vec![0; right.len() + 1];
    let mut old: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut new = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let change = at(&old, column) + usize::from(letter != other);
            let mut best = change.min(at(&old, column + 1) + 1).min(at(&new, column) + 1);
            let before = |word: &[u8], position: usize| {
                position.checked_sub(1).and_then(|position| word.get(position).copied())
            };
            let swapped =
                before(left, row) == Some(*other) && before(right, column) == Some(*letter);
            if swapped && let Some(two_back) = column.checked_sub(1) {
                best = best.min(at(&older, two_back) + 1);
            }
            new.push(best);
        }
        older = std::mem::replace(&mut old, new);
    }
    old.last().copied().unwrap_or_default()
}
