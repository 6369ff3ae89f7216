//! The number beside a hit, for `count(…)`: plain figures and figures in groups of three. Knows no words for numbers.

use super::{Page, Spot};

/// How many words may stand between a number and what it counts.
const BETWEEN: usize = 3;

/// The largest number beside any of the spots, in one sentence with it.
pub fn largest(page: &Page<'_>, spots: &[Spot]) -> Option<i64> {
    let numbers = numbers(page);
    let beside = |spot: &Spot, (first, last, _): &(usize, usize, i64)| {
        page.sentence(*first) == page.sentence(spot.first)
            && (*last < spot.first && spot.first - last - 1 <= BETWEEN || *first > spot.last && first - spot.last - 1 <= BETWEEN)
    };
    spots.iter().flat_map(|spot| numbers.iter().filter(move |number| beside(spot, number))).map(|number| number.2).max()
}

/// Every number: its first word, its last word, its value.
fn numbers(page: &Page<'_>) -> Vec<(usize, usize, i64)> {
    let digits = |word: usize| Some(page.folded.word(word)).filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let (mut numbers, mut word) = (Vec::new(), 0);
    while word < page.folded.words.len() {
        let first = word;
        word += 1;
        let Some(mut text) = digits(first).map(str::to_owned) else { continue };
        // 12,500
        let comma = |word: usize| page.original.get(page.folded.words[word - 1].end as usize..).is_some_and(|rest| rest.starts_with(','));
        if text.len() <= 3
            && let Some(group) = digits(word)
            && group.len() == 3
            && comma(word)
        {
            text += group;
            word += 1;
        }
        numbers.push((first, word - 1, text.parse().unwrap()));
    }
    numbers
}
