//! The defects of a feed's last document in words: what was repaired or left out, and what that means for its reader.

use std::collections::BTreeMap;

/// `repaired: bare-ampersand, bad-bytes ×3`; empty when nothing was.
pub fn told(defects: &BTreeMap<String, i64>) -> String {
    let one = |(kind, count): (&String, &i64)| if *count > 1 { format!("{kind} ×{count}") } else { kind.clone() };
    match defects.is_empty() {
        true => String::new(),
        false => format!("repaired: {}", defects.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// What a kind of defect means.
pub fn meaning(kind: &str) -> &'static str {
    match kind {
        "bad-bytes" => "some bytes are no characters in the feed's encoding and are shown as \u{FFFD}",
        "wrong-charset" => "the feed names one encoding and is in another; it was read in the one that it is in",
        "mojibake" => "the feed's text was UTF-8 taken for another encoding and encoded again; it was read as it was meant",
        "control-characters" => "invisible characters that XML forbids were dropped",
        "bare-ampersand" | "bad-reference" => "an & that should have been written as &amp; was taken as it stands",
        "bare-angle" | "inline-markup" | "bad-cdata" => "a < in a text, or markup that was not escaped, was taken as text",
        "mismatched-tag" | "bad-attribute" => "tags that do not close each other, or do not end, were closed where they had to be",
        "doctype" => "definitions before the feed were passed over, and nothing of them expanded",
        "leading-content" | "trailing-content" => "something stands before or after the feed and was passed over",
        "truncated" => "the document breaks off or cannot be read on; entries before the break were kept",
        "no-entries" => "the document names entries but holds none",
        "odd-link" => "some links are no web addresses; their entries have none",
        "odd-date" => "some dates are none, cannot be or could be two; their entries count as undated",
        "odd-version" | "odd-namespace" | "odd-type" => "the document names its format wrongly; it was read for what it is",
        "bad-base" | "long-base" => "a base address for relative links could not be used",
        "too-long"
        | "too-many-entries"
        | "too-many-elements"
        | "too-many-attributes"
        | "too-many-namespaces"
        | "too-many-repairs"
        | "too-deep"
        | "long-tag" => "the document is over a limit; what stands before it was kept",
        _ => "`marsad feed parse ADDRESS` tells more",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_are_counted_where_there_are_several() {
        let defects = BTreeMap::from([("bad-bytes".to_owned(), 3), ("truncated".to_owned(), 1)]);
        assert_eq!(told(&defects), "repaired: bad-bytes ×3, truncated");
        assert_eq!(told(&BTreeMap::new()), "");
    }
}
