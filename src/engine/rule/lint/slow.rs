//! Regular expressions that take long. All are linear in the text, but one whose automaton needs a new state for nearly every letter,
//! as `/[a-m][a-z ]{900}[0-9]/` does, takes a thousand times what another takes. Neither its length nor the size of its program tells;
//! so it is tried, on made-up text of several scripts that has neither digits nor signs nor capitals.

use crate::engine::rule::{
    expr::{Form, Term},
    term,
};
use std::{
    ops::Range,
    time::{Duration, Instant},
};

/// From here on it is told, for each 1,000 bytes of text. Ordinary ones take a hundredth of it and less, ones with gaps of hundreds
/// of letters half of it.
const LONG: Duration = Duration::from_millis(1);
/// Texts of one script; what counts is the fastest, since others may be at work beside this.
const TRIES: usize = 3;
/// Bytes of a text, about.
const BYTES: usize = 3000;

/// Words that begin and end in many ways, in small letters: each of them is one of `[a-z ]`, and a repeat goes on.
const WORDS: [&str; 3] = [
    "aid bread camp convoy dawn elder family guard house inn jail king lorry market night office people query river school tent under \
     village water xylem young zone",
    "إدلب باب تل ثلج جسر حلب خيمة دار ذهب ريف زيت سوق شارع صباح ضوء طريق ظل عين غرب فجر قرية كهف لاجئ مخيم نازح هدنة وقف يوم",
    "азот берег вода город дом ель жизнь зима идол кров лагерь мир ночь озеро поле река семья тент утро фронт хлеб цена час школа эхо юг",
];

/// Looks at a term that may be a regular expression.
pub fn look(term: &Term, add: &mut dyn FnMut(Range<usize>, String, Option<String>)) {
    let Form::Regex(flags) = term.form else { return };
    let Ok(term::Term { regex: Some(regex), .. }) = term::Term::of_regex("", &term.text, flags) else { return };
    let mut seed = 1;
    let slow = WORDS.iter().map(|words| fastest(&regex, words, &mut seed)).find(|took| *took >= LONG);
    if let Some(took) = slow {
        let message =
            format!("`{term}` takes {:.0} ms of the processor for 1 KB of text, and an article may have 64", took.as_secs_f64() * 1e3);
        let hint = "write shorter repeats than such as {3,400}, or NEAR(30, one, other) for words that stand near each other";
        add(term.span.0.clone(), message, Some(hint.to_owned()));
    }
}

/// What 1,000 bytes of text in these words take, in the fastest of some tries.
fn fastest(regex: &regex::Regex, words: &str, seed: &mut usize) -> Duration {
    let words: Vec<&str> = words.split(' ').collect();
    let tries = (0..TRIES).map(|_| {
        let mut text = String::new();
        while text.len() < BYTES {
            // Numerical Recipes' quick generator (Press and others, 1992): the order must not come round again.
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(words[(*seed >> 16) % words.len()]);
            text.push(' ');
        }
        let began = Instant::now();
        std::hint::black_box(regex.find_iter(&text).count());
        began.elapsed() * 1000 / text.len() as u32
    });
    tries.min().unwrap_or_default()
}
