//! Which way a line runs: by its first letter that has a direction, as paragraphs do (Unicode Standard Annex #9, rules P2
//! and P3).

/// `rtl` or `ltr`, as HTML writes it.
pub fn direction(text: &str) -> &'static str {
    for c in text.chars() {
        if is_rtl(c) {
            return "rtl";
        }
        if c.is_alphabetic() {
            return "ltr";
        }
    }
    "ltr"
}

/// Letters and marks of Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin, and RLM.
fn is_rtl(c: char) -> bool {
    let letter = c.is_alphabetic() || matches!(c, '\u{200f}' | '\u{61c}');
    letter
        && matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_decides() {
        for (text, expected) in [
            ("نزوح 37 عائلة", "rtl"),
            ("37 عائلة نازحة", "rtl"),
            ("«הפסקת אש»", "rtl"),
            ("Idlib: نزوح", "ltr"),
            ("٣٧", "ltr"),
            ("", "ltr"),
            ("Ateşkes", "ltr"),
        ] {
            assert_eq!(direction(text), expected, "{text}");
        }
    }
}
