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

    /// What stands between quotes after one of the calls that count a defect, in all of a room's files.
    fn counted(path: &std::path::Path, kinds: &mut Vec<String>) {
        if path.is_dir() {
            std::fs::read_dir(path).unwrap().for_each(|entry| counted(&entry.unwrap().path(), kinds));
            return;
        }
        let source = std::fs::read_to_string(path).unwrap();
        for call in ["add(\"", "once(\"", "Cut(\"", "Defect::new(\"", "count_broken(\"", "[(\"", ", (\""] {
            let after = source.split(call).skip(1).filter_map(|rest| rest.split_once('"')).map(|(kind, _)| kind);
            kinds.extend(after.filter(|kind| kind.contains('-')).map(str::to_owned));
        }
    }

    #[test]
    fn every_defect_that_a_document_can_have_is_explained() {
        let engine = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine");
        let mut kinds = vec!["truncated".to_owned(), "doctype".to_owned()];
        for room in ["decode.rs", "decode", "parse.rs", "parse/json.rs", "parse/field.rs", "parse/xml.rs", "parse/xml"] {
            counted(&engine.join(room), &mut kinds);
        }
        kinds.retain(|kind| kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        assert!(kinds.len() > 20, "{kinds:?}");
        for kind in kinds {
            assert_ne!(meaning(&kind), meaning("of no kind at all"), "{kind}");
        }
    }
}
