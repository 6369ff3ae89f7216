//! The numbers that stand beside a word: `count(displaced)>=500`. What a number is, [`crate::engine::figure::number`] says.

use super::scan::Hit;
use crate::engine::{figure::number::read, lang::fold::Folded};

/// How many words may stand between a number and the hit it counts.
const REACH: usize = 3;

/// The largest number beside any of the hits, all of them in this field.
pub(super) fn beside(original: &str, folded: &Folded, hits: &[Hit]) -> Option<i64> {
    hits.iter().filter_map(|hit| beside_one(original, folded, hit)).max()
}

fn beside_one(original: &str, folded: &Folded, hit: &Hit) -> Option<i64> {
    let (first, last) = (hit.first as usize, hit.last as usize);
    // A long number is several words, so the look starts a little further off.
    let from = (first.saturating_sub(REACH + 4)..first).rev().take_while(|word| !folded.words[*word].stop).last().unwrap_or(first);
    let mut largest = None;
    let mut word = from;
    while word < folded.words.len() && word <= last + REACH + 1 {
        if let Some(number) = read(original, folded, word) {
            let near = if word < first { first < number.next + REACH + 1 } else { word > last };
            if near {
                largest = largest.max(Some(number.value));
            }
            word = number.next;
        } else {
            word += 1;
        }
        if word > last && folded.words[word - 1].stop {
            break;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use crate::engine::rule::{Lexicon, RuleSpec, Subject, compile};

    fn holds(when: &str, text: &str) -> bool {
        let spec = RuleSpec { id: "r".into(), when: Some(when.into()), ..RuleSpec::default() };
        !compile(&[spec], &Lexicon::default()).unwrap().matches(&Subject { text, ..Subject::default() }).is_empty()
    }

    #[test]
    fn a_number_beside_the_word_is_counted() {
        for text in [
            "some 500 people were displaced",
            "displaced: 12,500 since May",
            "12 500 newly displaced",
            "about 1.5 million displaced",
            "5 thousand displaced",
            "٥٠٠ displaced",
            "displaced over 20k people",
            "five hundred people were displaced",
            "some three thousand five hundred displaced",
        ] {
            assert!(holds("count(displaced)>=500", text), "{text}");
        }
        for text in [
            "499 displaced",
            "In 2011. Displaced people",
            "500 metres from the camp of the displaced",
            "displaced",
            "1.5 displaced",
            "4 people displaced. 900 fled",
        ] {
            assert!(!holds("count(displaced)>=500", text), "{text}");
        }
        assert!(holds("count(نازح)>=5000", "نحو ٥ آلاف نازح"));
        assert!(holds("count(نازح)=3000", "نحو ثلاثة آلاف نازح"));
        assert!(holds("count(نازح)=3500", "ثلاثة آلاف وخمسمئة نازح"));
        assert!(
            holds("count(عائلة)>=41814", "41814 عائلة (260503 أشخاص)") && holds("count(شخص | أشخاص)=260503", "41814 عائلة (260503 أشخاص)")
        );
        assert!(holds("count(беженец)=3000", "три тысячи беженцев"));
        assert!(holds("count(kişi)=3500", "3,5 bin kişi"));
        assert!(holds("count(displaced)=12", "12 displaced"));
    }
}
