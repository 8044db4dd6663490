//! Order, limits, and what comes late.

use super::*;

fn number(life: u64, number: u64) -> (Generation, Sequence) {
    (Generation(life), Sequence(number))
}

#[test]
fn late_ones_find_their_place_and_the_oldest_are_forgotten() {
    let mut numbers = Numbers::default();
    for n in [3, 5, 4, 5] {
        numbers.note(number(1, n), n * 10);
    }
    assert_eq!(numbers.get(number(1, 4)), Some(&40));
    assert_eq!((numbers.first(), numbers.before(number(1, 5))), (Some(number(1, 3)), Some(number(1, 4))));
    assert_eq!((numbers.before(number(2, 0)), numbers.before(number(1, 9))), (None, Some(number(1, 5))));
    numbers.overwrite(number(1, 4), 7);
    assert_eq!((numbers.get(number(1, 4)), numbers.get(number(1, 6))), (Some(&7), None));
    (0..NUMBERS_MAX as u64).for_each(|n| numbers.note(number(2, n), n));
    assert_eq!((numbers.first(), numbers.get(number(1, 5))), (Some(number(2, 0)), None));
}
