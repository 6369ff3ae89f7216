//! Comparisons: `age<2h`, `published>=2026-05-01`, `count(displaced)>=500`.

use super::{Read, error, scan::Scanner};
use crate::engine::rule::expr::{Compare, Group, Quantity, Sign, Span};

/// What can be compared.
const NAMES: [&str; 4] = ["age", "published", "seen", "count"];
const DAY_MS: i64 = 86_400_000;

/// Reads a comparison, if one stands here.
pub(super) fn compare(scan: &mut Scanner<'_>) -> Read<Option<Compare>> {
    let start = scan.at;
    let rest = &scan.text[start..];
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let name = &rest[..end];
    let calls = name == "count" && rest[end..].starts_with('(');
    if !calls && !Sign::WRITTEN.iter().any(|(sign, _)| rest[end..].trim_start_matches(' ').starts_with(sign)) || name.is_empty() {
        return Ok(None);
    }
    // `word = …` with blanks may be two terms; `word=…` and `word <…` cannot.
    if !calls && !NAMES.contains(&name) {
        if rest[end..].starts_with(' ') && !rest[end..].trim_start().starts_with(['<', '>']) {
            return Ok(None);
        }
        return error(start..start + end, format!("`{name}` cannot be compared"), "what can: age, published, seen, count(term)");
    }
    scan.skip(end);
    let quantity = match name {
        "age" => Quantity::Age,
        "published" => Quantity::Published,
        "seen" => Quantity::Seen,
        _ => Quantity::Count(counted(scan)?),
    };
    scan.blanks();
    let Some((written, sign)) = Sign::WRITTEN.iter().find(|(written, _)| scan.text[scan.at..].starts_with(written)) else {
        return error(start..scan.at, format!("`{name}` is compared with nothing"), "such as count(displaced)>=500");
    };
    scan.skip(written.len());
    scan.blanks();
    let at = scan.at;
    let value = scan.value();
    let (number, width) = read_value(&quantity, value, at..scan.at)?;
    if matches!(quantity, Quantity::Count(_)) && *sign == Sign::Less && number == 0 {
        return error(start..scan.at, "nothing counts less than 0", "such as count(displaced)>=500");
    }
    Ok(Some(Compare { quantity, sign: *sign, value: number, width, written: value.to_owned(), span: Span(start..scan.at) }))
}

/// The group of `count(…)`.
fn counted(scan: &mut Scanner<'_>) -> Read<Group> {
    let open = scan.at;
    if !scan.eat('(') {
        return error(open..open + 1, "`count` has no parentheses", "such as count(displaced)>=500");
    }
    let mut terms = Vec::new();
    loop {
        scan.blanks();
        terms.push(scan.term()?);
        scan.blanks();
        if !scan.eat('|') {
            break;
        }
    }
    let span = Span(open + 1..scan.at);
    if !scan.eat(')') {
        return error(open..open + 1, "`count(` is never closed", "`count(` takes terms with `|` between them, then `)`");
    }
    Ok(Group { terms, span })
}

/// The value and its width.
fn read_value(quantity: &Quantity, value: &str, span: std::ops::Range<usize>) -> Read<(i64, i64)> {
    let found = match quantity {
        Quantity::Age => duration_ms(value).map(|ms| (ms, 1)),
        Quantity::Count(_) => value.parse::<i64>().ok().filter(|n| *n >= 0).map(|n| (n, 1)),
        Quantity::Published | Quantity::Seen => moment_ms(value),
    };
    let hint = match quantity {
        Quantity::Age => "a number and a unit: s, m, h, d or w, such as 2h",
        Quantity::Count(_) => "a whole number, such as 500",
        _ => "a day such as 2026-05-01, or a moment such as 2026-05-01T06:00:00Z; days are counted in UTC",
    };
    found.map_or_else(|| error(span, format!("`{value}` is no value for this"), hint), Ok)
}

/// `90s`, `2h`, `1d12h` in milliseconds.
fn duration_ms(value: &str) -> Option<i64> {
    let (mut total, mut rest) = (0_i64, value);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].find(|c: char| !c.is_ascii_alphabetic()).map_or(rest.len(), |end| digits + end);
        let ms = match &rest[digits..unit] {
            "s" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => DAY_MS,
            "w" => 7 * DAY_MS,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(ms)?)?;
        rest = &rest[unit..];
    }
    (!value.is_empty()).then_some(total)
}

/// A day or a moment, and how long it lasts, in milliseconds.
fn moment_ms(value: &str) -> Option<(i64, i64)> {
    if let Ok(moment) = value.parse::<jiff::Timestamp>() {
        return Some((moment.as_millisecond(), 1));
    }
    let day: jiff::civil::Date = value.parse().ok()?;
    let start = jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond();
    (value.len() == 10).then_some((start, DAY_MS))
}
