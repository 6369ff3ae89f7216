//! Regular expressions that take long. All are linear in the text, but one whose automaton needs a new state for nearly every letter,
//! as `/[a-m][a-z ]{900}[0-9]/` does, is looked for without one, in a thousand times what another takes. Neither its length nor the
//! size of its program tells; so its automaton is run, on made-up text of several scripts that has neither digits nor signs nor
//! capitals, until it gives up as it would in an article.

use crate::engine::rule::{
    expr::{Flags, Form, Term},
    term::REGEX_BYTES,
};
use regex_automata::{Input, MatchErrorKind, hybrid::dfa::DFA, util::syntax};
use std::ops::Range;

/// Bytes of text, about, in each script.
const BYTES: usize = 16_000;

/// Words that begin and end in many ways, in small letters: each of them is one of `[a-z ]`, and a repeat goes on.
const WORDS: [&str; 3] = [
    "aid bread camp convoy dawn elder family guard house inn jail king lorry market night office people query river school tent under \
     village water xylem young zone",
    "إدلب باب تل ثلج جسر حلب خيمة دار ذهب ريف زيت سوق شارع صباح ضوء طريق ظل عين غرب فجر قرية كهف لاجئ مخيم نازح هدنة وقف يوم",
    "азот берег вода город дом ель жизнь зима идол кров лагерь мир ночь озеро поле река семья тент утро фронт хлеб цена час школа эхо юг",
];

/// Looks at a term that may be a regular expression.
pub fn look(term: &Term, add: &mut dyn FnMut(Range<usize>, String, Option<String>)) {
    if let Form::Regex(flags) = term.form
        && is_slow(&term.text, flags)
    {
        let message = format!("`{term}` needs a new state for nearly every letter: a long article takes it seconds");
        let hint = "write shorter repeats than such as {3,400}, or NEAR(30, one, other) for words that stand near each other";
        add(term.span.0.clone(), message, Some(hint.to_owned()));
    }
}

/// Whether the crate regex gives its automaton up: with the memory that it has for states, and the bounds that it sets itself.
fn is_slow(pattern: &str, flags: Flags) -> bool {
    let automaton = DFA::builder()
        .syntax(syntax::Config::new().case_insensitive(flags.i).dot_matches_new_line(flags.s).multi_line(flags.m))
        .configure(
            DFA::config()
                .cache_capacity(REGEX_BYTES)
                .minimum_cache_clear_count(Some(3))
                .minimum_bytes_per_state(Some(10))
                .unicode_word_boundary(true),
        )
        .build(pattern);
    // What cannot be read is told elsewhere; what has no room for its states has no automaton either.
    let Ok(automaton) = automaton else { return regex::Regex::new(pattern).is_ok() };
    let mut seed = 1;
    WORDS.iter().any(|words| gives_up(&automaton, &text(words, &mut seed)))
}

fn gives_up(automaton: &DFA, text: &str) -> bool {
    let (mut cache, mut at) = (automaton.create_cache(), 0);
    while at < text.len() {
        match automaton.try_search_fwd(&mut cache, &Input::new(text).range(at..)) {
            Ok(Some(found)) => at = found.offset().max(at + 1),
            Ok(None) => break,
            // It quits at what is beyond ASCII where a word's border is asked for.
            Err(error) => return matches!(error.kind(), MatchErrorKind::GaveUp { .. }),
        }
    }
    false
}

/// These words in an order that does not come round again.
fn text(words: &str, seed: &mut usize) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let mut text = String::new();
    while text.len() < BYTES {
        // Numerical Recipes' quick generator (Press and others, 1992).
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(words[(*seed >> 16) % words.len()]);
        text.push(' ');
    }
    text
}
