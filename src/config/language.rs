//! Language tags: does one look like BCP 47? Warns of slips such as `jp`; never refuses a tag.

use super::{raw::At, report::Problems};
use crate::engine::lang::preferred;

/// The two-letter codes of ISO 639-1.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo \
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko \
    kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt \
    qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo \
    wa wo xh yi yo za zh zu";

/// Codes of countries and names of languages that people write in place of the language's code.
const SLIPS: &[(&str, &str)] = &[
    ("arabic", "ar"),
    ("cn", "zh"),
    ("cz", "cs"),
    ("dk", "da"),
    ("eng", "en"),
    ("english", "en"),
    ("gb", "en"),
    ("gr", "el"),
    ("il", "he"),
    ("iq", "ar"),
    ("ir", "fa"),
    ("jp", "ja"),
    ("russian", "ru"),
    ("sy", "ar"),
    ("turkish", "tr"),
    ("ua", "uk"),
    ("us", "en"),
];

/// Whether `tag` has the shape of a language tag: a primary code of two or three letters, then subtags.
pub(super) fn has_shape(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or("");
    let letters = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    letters && parts.all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The tag with its primary code in lower case, and no withdrawn one; a warning when it does not look like one.
pub(super) fn check(tag: &At<String>, p: &mut Problems) -> String {
    let written = tag.value.trim();
    let (primary, rest) = written.split_at(written.find('-').unwrap_or(written.len()));
    let primary = preferred(&primary.to_ascii_lowercase()).into_owned();
    let known = primary.len() == 3 || ISO_639_1.split_whitespace().any(|code| code == primary);
    let slip = SLIPS.iter().find(|(from, _)| *from == primary).map(|(_, to)| format!("did you mean `{to}`?"));
    if !has_shape(written) || !known || slip.is_some() {
        let hint = slip.or_else(|| Some("a language tag begins with two or three letters, such as `ar`, `tr`, `ckb` or `pt-BR`".into()));
        p.warning(tag.at, format!("`{written}` does not look like a language tag"), hint);
    }
    format!("{primary}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::report::Spot;

    fn warnings(tag: &str) -> usize {
        let mut p = Problems::default();
        check(&At { value: tag.into(), at: Spot::default() }, &mut p);
        p.into_problems(&[]).len()
    }

    #[test]
    fn slips_are_warned_of_and_tags_are_not() {
        for good in ["ar", "AR", "ar-SY", "zh-Hant-TW", "ckb", "kmr", "sr-Latn", "es-419"] {
            assert_eq!(warnings(good), 0, "{good}");
        }
        let read = |tag: &str| check(&At { value: tag.into(), at: Spot::default() }, &mut Problems::default());
        assert_eq!((warnings("iw"), read("iw").as_str(), read("IW-IL").as_str()), (0, "he", "he-IL"));
        for bad in ["arabic", "jp", "a", "english", "qq", "ar_SY", "", "türkçe", "ua"] {
            assert_eq!(warnings(bad), 1, "{bad}");
        }
    }
}
