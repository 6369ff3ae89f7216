//! Durations and sizes as people write them: "15m", "1h30m", "10 MiB". Parses; has no defaults.

use super::{
    raw::{At, Node},
    report::Problems,
};
use std::{ops::RangeInclusive, time::Duration};

/// Longest duration that any setting takes: ten years.
pub(super) const MAX: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Parses `15m`, `90s`, `1h30m`, `500ms`, `2d`, `1w`.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let unit_len = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit_ms: u64 = match &rest[..unit_len] {
            "ms" => 1,
            "s" | "sec" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            _ => return None,
        };
        total = total.checked_add(Duration::from_millis(number.checked_mul(unit_ms)?))?;
        rest = rest[unit_len..].trim_start();
    }
    Some(total)
}

/// The shortest way to write a duration in whole units.
pub(super) fn show(duration: Duration) -> String {
    let ms = duration.as_millis();
    let (unit, size) = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        .into_iter()
        .find(|(_, size)| ms > 0 && ms.is_multiple_of(*size))
        .unwrap_or(("ms", 1));
    if ms == 0 { "0s".into() } else { format!("{}{unit}", ms / size) }
}

/// Parses and holds to `range`, or reports why not.
pub(super) fn check(key: &str, text: &At<String>, range: RangeInclusive<Duration>, p: &mut Problems) -> Option<Duration> {
    let Some(found) = parse(&text.value) else {
        let hint = "write a number and a unit: ms, s, m, h, d or w, such as \"90s\" or \"15m\"";
        p.error(text.at, format!("`{}` is not a duration", text.value), Some(hint.into()));
        return None;
    };
    if !range.contains(&found) {
        let (least, most) = (show(*range.start()), show(*range.end()));
        let message = if found < *range.start() {
            format!("`{key}` must be at least \"{least}\"")
        } else {
            format!("`{key}` must be at most \"{most}\"")
        };
        p.error(text.at, message, None);
        return None;
    }
    Some(found)
}

/// A number of bytes: a whole number, or a string such as `"10 MiB"`, within `range`.
pub(super) fn bytes(key: &str, node: Node<'_>, range: RangeInclusive<u64>, p: &mut Problems) -> Option<u64> {
    let number = match node.value.as_integer() {
        Some(found) => u64::from_str_radix(found.as_str(), found.radix()).ok(),
        None => parse_bytes(&node.text("a size such as \"10 MiB\"", p)?.value),
    };
    if number.is_none_or(|n| !range.contains(&n)) {
        let hint = "write a number of bytes, or a string with KiB, MiB or GiB";
        p.error(node.at, format!("`{key}` must be a size from {} to {} bytes", range.start(), range.end()), Some(hint.into()));
        return None;
    }
    number
}

fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "kb" => 1000,
        "m" | "mib" => 1 << 20,
        "mb" => 1_000_000,
        "g" | "gib" => 1 << 30,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let secs = |t: &str| parse(t).map(|d| d.as_secs());
        assert_eq!(secs("15m"), Some(900));
        assert_eq!(secs("90s"), Some(90));
        assert_eq!(secs("1h30m"), Some(5400));
        assert_eq!(secs(" 2 d "), Some(172_800));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        for bad in ["", "15", "m", "15 minutes", "-5m", "1.5h", "15m x", "99999999999999999999d", "18446744073709551615w"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn durations_are_shown_in_the_largest_whole_unit() {
        for text in ["0s", "90s", "15m", "2h", "400d", "1500ms"] {
            assert_eq!(parse(text).map(show).as_deref(), Some(text));
        }
    }

    #[test]
    fn sizes_are_read_with_and_without_units() {
        assert_eq!(parse_bytes("10 MiB"), Some(10 << 20));
        assert_eq!(parse_bytes("500kb"), Some(500_000));
        assert_eq!(parse_bytes("1024"), Some(1024));
        assert_eq!(parse_bytes("ten"), None);
        assert_eq!(parse_bytes(""), None);
    }
}
