//! The words of dates, out of `names.txt`. Never guesses: a word that is not in the list has no meaning here, but that a month may
//! be misspelt after its first three letters.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::fold;
use super::token::{Kind, Token};

/// The most words of one name.
const MAX_WORDS: usize = 3;

/// What a word means in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// 1 to 12; unsure where the word is a weekday somewhere.
    Month { number: u32, sure: bool },
    /// A month of the Iranian calendar.
    Solar(u32),
    /// A month of the Islamic calendar.
    Lunar,
    /// 1 is Monday.
    Weekday(i8),
    /// Before noon.
    Am,
    /// After noon.
    Pm,
    /// What the number before it counts.
    Unit(Unit),
    /// Seconds east of UTC.
    Zone(i32),
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

static NAMES: LazyLock<HashMap<String, Name>> = LazyLock::new(|| read(include_str!("names.txt")));

/// The meaning of the words at the start of `tokens`, and how many tokens they are.
pub(super) fn find(tokens: &[Token<'_>]) -> Option<(Name, usize)> {
    let words = tokens.iter().take(MAX_WORDS).take_while(|token| token.kind == Kind::Word).count();
    let first = tokens.first()?.text;
    // Names of several words begin with one letter or are not in ASCII.
    if words > 1 && (first.len() == 1 || !first.is_ascii()) {
        for count in (2..=words).rev() {
            let joined = tokens.iter().take(count).map(|token| token.text).collect::<Vec<_>>().join(" ");
            if let Some(name) = NAMES.get(&joined) {
                return Some((*name, count));
            }
        }
    }
    one(first).map(|name| (name, 1))
}

fn one(word: &str) -> Option<Name> {
    let known = |word: &str| NAMES.get(word).copied();
    // `Septembr`, `Febuary`; Kurdish `Gulanê`, `ئایاری`.
    let unsure = |word: &str| match known(word) {
        Some(Name::Month { number, .. }) => Some(Name::Month { number, sure: false }),
        _ => None,
    };
    let start = || word.get(..3).filter(|_| word.is_ascii() && word.len() > 3);
    let stem = || word.strip_suffix(['e', 'ي']).filter(|stem| stem.chars().count() > 2);
    // Hebrew `במאי`.
    known(word).or_else(|| known(word.strip_prefix('ב')?)).or_else(|| unsure(stem()?)).or_else(|| unsure(start()?))
}

fn read(list: &str) -> HashMap<String, Name> {
    let mut names = HashMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let Some((head, words)) = line.split_once(": ") else { continue };
        let (kind, value) = head.split_once(' ').unwrap_or((head, ""));
        for (at, group) in words.split(", ").enumerate() {
            for word in group.split('/') {
                let (word, sure) = word.strip_suffix('?').map_or((word, true), |word| (word, false));
                if let Some(name) = name(kind, value, at, sure) {
                    // The first meaning holds.
                    names.entry(fold(word)).or_insert(name);
                }
            }
        }
    }
    names
}

fn name(kind: &str, value: &str, at: usize, sure: bool) -> Option<Name> {
    let number = u32::try_from(at).ok()? + 1;
    Some(match kind {
        "months" => Name::Month { number, sure },
        "solar" => Name::Solar(number),
        "lunar" => Name::Lunar,
        "weekdays" => Name::Weekday(i8::try_from(number).ok()?),
        "am" => Name::Am,
        "pm" => Name::Pm,
        "year" => Name::Unit(Unit::Year),
        "month" => Name::Unit(Unit::Month),
        "day" => Name::Unit(Unit::Day),
        "hour" => Name::Unit(Unit::Hour),
        "minute" => Name::Unit(Unit::Minute),
        "second" => Name::Unit(Unit::Second),
        "zone" => Name::Zone(seconds(value)?),
        _ => return None,
    })
}

fn seconds(offset: &str) -> Option<i32> {
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let east = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Some(if sign == "-" { -east } else { east })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_whole_and_no_word_means_two_things() {
        let mut seen: HashMap<String, Name> = HashMap::new();
        for line in include_str!("names.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (head, words) = line.split_once(": ").unwrap();
            let (kind, value) = head.split_once(' ').unwrap_or((head, ""));
            let groups: Vec<&str> = words.split(", ").collect();
            match kind {
                "months" | "solar" | "lunar" => assert_eq!(groups.len(), 12, "{head}"),
                "weekdays" => assert_eq!(groups.len(), 7, "{head}"),
                _ => {}
            }
            for (at, group) in groups.iter().enumerate() {
                for word in group.split('/') {
                    let (word, sure) = word.strip_suffix('?').map_or((word, true), |word| (word, false));
                    let name = name(kind, value, at, sure).unwrap_or_else(|| panic!("{head}"));
                    let known = *seen.entry(fold(word)).or_insert(name);
                    assert_eq!(known, name, "`{word}` of {head}");
                }
            }
        }
    }
}
