//! Which encoding a document is in: what it says, what its bytes say, and which of the two is believed.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, WINDOWS_1252, WINDOWS_1254};

use super::form::Form;
use super::label;
use super::looks::Looks;

/// How much of a document is looked at to weigh its label, in bytes.
const SAMPLE_BYTES: usize = 256 * 1024;

/// Fewer characters than these are a legacy text of two bytes a character by chance.
const FEW: usize = 3;

/// An encoding, and what led to it.
pub(super) struct Choice<'a> {
    pub form: Form,
    /// The document without its byte order mark.
    pub bytes: &'a [u8],
    /// The label that was not believed.
    pub overruled: Option<&'static str>,
}

/// Chooses. A mark and NULs are certain; then a label holds, unless
///
/// - the text is UTF-8 and says otherwise: all that is not ASCII in it is valid UTF-8, which no legacy text of more than a few
///   letters is by chance, or very nearly all of it;
/// - it says UTF-8 and mostly is not, or says some legacy encoding and does not look like text in it at all, while what
///   chardetng guesses does ([`Looks`]).
pub(super) fn choose<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Choice<'a> {
    if let Some((form, length)) = Form::by_mark(bytes) {
        return Choice { form, bytes: bytes.get(length..).unwrap_or_default(), overruled: None };
    }
    if let Some(form) = Form::by_nulls(bytes) {
        return Choice { form, bytes, overruled: None };
    }
    let told = content_type.and_then(label::of_type);
    let declared = label::declared(bytes);
    let (encoding, overruled) = listed(bytes, told, declared);
    Choice { form: Form::Listed(encoding), bytes, overruled }
}

fn listed(bytes: &[u8], told: Option<&'static Encoding>, declared: Option<&'static Encoding>) -> (&'static Encoding, Option<&'static str>) {
    let survey = survey(bytes);
    let Some(label) = told.or(declared) else {
        let utf_8 = survey.bad * 8 <= survey.good && !(survey.good == 0 && has_shifts(bytes));
        return (if utf_8 { UTF_8 } else { guess(bytes) }, None);
    };
    let better = if label == UTF_8 { not_utf_8(bytes, &survey, declared) } else { not_legacy(bytes, &survey, label, declared) };
    better.filter(|better| *better != label).map_or((label, None), |better| (better, Some(label.name())))
}

/// Whether there are escapes of ISO-2022-JP, which is written in ASCII.
fn has_shifts(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| matches!(window, b"\x1b$B" | b"\x1b$@"))
}

/// What a document is in that calls itself UTF-8 and is not.
fn not_utf_8(bytes: &[u8], survey: &Survey, declared: Option<&'static Encoding>) -> Option<&'static Encoding> {
    if survey.bad <= survey.good || (survey.bad == 1 && survey.ends_bad) {
        return None;
    }
    declared.filter(|declared| *declared != UTF_8).or_else(|| Some(guess(bytes)))
}

/// What a document is in that calls itself `label`, if not that.
fn not_legacy(bytes: &[u8], survey: &Survey, label: &'static Encoding, declared: Option<&'static Encoding>) -> Option<&'static Encoding> {
    let two_bytes = [GBK, GB18030, BIG5, EUC_KR, EUC_JP, SHIFT_JIS].contains(&label);
    if survey.good > 0 && survey.bad * 8 <= survey.good && (survey.good >= FEW || !two_bytes) {
        return Some(UTF_8);
    }
    if survey.bad == 0 {
        return None;
    }
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let as_labelled = Looks::of(sample, label);
    let other = declared.filter(|declared| *declared != label && *declared != UTF_8).unwrap_or_else(|| guess(sample));
    let turkish = label == WINDOWS_1252 && other == WINDOWS_1254 && as_labelled.is_turkish_as_latin();
    (turkish || (!as_labelled.plausible() && Looks::of(sample, other).clear())).then_some(other)
}

/// How bytes look as UTF-8.
struct Survey {
    /// Pieces that are not UTF-8.
    bad: usize,
    /// Characters outside ASCII that are.
    good: usize,
    /// Whether the last piece is one, as where a document was cut.
    ends_bad: bool,
}

fn survey(bytes: &[u8]) -> Survey {
    if bytes.is_ascii() {
        return Survey { bad: 0, good: 0, ends_bad: false };
    }
    let letters = |text: &str| text.bytes().filter(|byte| *byte >= 0xC0).count();
    // Nearly all is valid, and that is told several times faster than piece by piece.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Survey { bad: 0, good: letters(text), ends_bad: false };
    }
    let mut survey = Survey { bad: 0, good: 0, ends_bad: false };
    for chunk in bytes.utf8_chunks() {
        survey.ends_bad = !chunk.invalid().is_empty();
        survey.bad += usize::from(survey.ends_bad);
        survey.good += letters(chunk.valid());
    }
    survey
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}
