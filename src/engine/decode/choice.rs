//! Which encoding a document is in: what it says, what its bytes say, and which of the two is believed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, WINDOWS_1252, WINDOWS_1254};

use super::form::Form;
use super::label;
use super::looks::Looks;

/// How much of a document is looked at to weigh its label, or to guess, in bytes: chardetng reads ten megabytes in a second.
const SAMPLE_BYTES: usize = 256 * 1024;

/// How much of what stands before the first byte that tells something goes along, in bytes.
const BEFORE_BYTES: usize = 256;

/// Fewer characters than these are a legacy text of two bytes a character by chance.
const FEW: usize = 3;

/// An encoding, and what led to it.
pub(super) struct Choice<'a> {
    pub form: Form,
    /// The document without its byte order mark.
    pub bytes: &'a [u8],
    /// The label that was not believed.
    pub overruled: Option<&'static str>,
    /// The text, where it was read on the way.
    pub text: Option<&'a str>,
}

/// Chooses. A mark and NULs are certain; then a label holds, unless
///
/// - the text is UTF-8 and says otherwise: all that is not ASCII in it is valid UTF-8, which no legacy text of more than a few
///   letters is by chance, or very nearly all of it;
/// - it says UTF-8 and mostly is not, or says some legacy encoding and does not look like text in it at all, while what
///   chardetng guesses does ([`Looks`]).
pub(super) fn choose<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Choice<'a> {
    if let Some((form, length)) = Form::by_mark(bytes) {
        return Choice { form, bytes: bytes.get(length..).unwrap_or_default(), overruled: None, text: None };
    }
    if let Some(form) = Form::by_nulls(bytes) {
        return Choice { form, bytes, overruled: None, text: None };
    }
    let told = content_type.and_then(label::of_type);
    let declared = label::declared(bytes);
    let survey = survey(bytes);
    let (encoding, overruled) = listed(bytes, &survey, told, declared);
    Choice { form: Form::Listed(encoding), bytes, overruled, text: survey.text.filter(|_| encoding == UTF_8) }
}

fn listed(
    bytes: &[u8],
    survey: &Survey<'_>,
    told: Option<&'static Encoding>,
    declared: Option<&'static Encoding>,
) -> (&'static Encoding, Option<&'static str>) {
    let Some(label) = told.or(declared) else {
        let utf_8 = survey.bad * 8 <= survey.good && !(survey.good == 0 && has_shifts(bytes));
        return (if utf_8 { UTF_8 } else { guess(bytes) }, None);
    };
    let better = if label == UTF_8 { not_utf_8(bytes, survey, declared) } else { not_legacy(bytes, survey, label, declared) };
    better.filter(|better| *better != label).map_or((label, None), |better| (better, Some(label.name())))
}

/// Whether there are escapes of ISO-2022-JP, which is written in ASCII.
fn has_shifts(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| matches!(window, b"\x1b$B" | b"\x1b$@"))
}

/// What a document is in that calls itself UTF-8 and is not.
fn not_utf_8(bytes: &[u8], survey: &Survey<'_>, declared: Option<&'static Encoding>) -> Option<&'static Encoding> {
    if survey.bad <= survey.good || (survey.bad == 1 && survey.ends_bad) {
        return None;
    }
    declared.filter(|declared| *declared != UTF_8).or_else(|| Some(guess(bytes)))
}

/// What a document is in that calls itself `label`, if not that.
fn not_legacy(
    bytes: &[u8],
    survey: &Survey<'_>,
    label: &'static Encoding,
    declared: Option<&'static Encoding>,
) -> Option<&'static Encoding> {
    let two_bytes = [GBK, GB18030, BIG5, EUC_KR, EUC_JP, SHIFT_JIS].contains(&label);
    if survey.good > 0 && survey.bad * 8 <= survey.good && (survey.good >= FEW || !two_bytes) {
        return Some(UTF_8);
    }
    if survey.bad == 0 {
        return None;
    }
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let as_labelled = Looks::of(sample, label);
    let other = declared.filter(|declared| *declared != label && *declared != UTF_8).unwrap_or_else(|| guess(bytes));
    let turkish = label == WINDOWS_1252 && other == WINDOWS_1254 && as_labelled.is_turkish_as_latin();
    (turkish || (!as_labelled.plausible() && Looks::of(sample, other).clear())).then_some(other)
}

/// How bytes look as UTF-8.
struct Survey<'a> {
    /// Pieces that are not UTF-8.
    bad: usize,
    /// Characters outside ASCII that are; not counted beyond a few where all is UTF-8.
    good: usize,
    /// Whether the last piece is one, as where a document was cut.
    ends_bad: bool,
    /// All of it, where it is UTF-8.
    text: Option<&'a str>,
}

fn survey(bytes: &[u8]) -> Survey<'_> {
    let letters = |text: &[u8], limit: usize| text.iter().filter(|byte| **byte >= 0xC0).take(limit).count();
    // Nearly all is valid, and encoding_rs tells that several times faster than piece by piece.
    if let Some(Cow::Borrowed(text)) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        let good = if text.is_ascii() { 0 } else { letters(bytes, FEW) };
        return Survey { bad: 0, good, ends_bad: false, text: Some(text) };
    }
    let mut survey = Survey { bad: 0, good: 0, ends_bad: false, text: None };
    for chunk in bytes.utf8_chunks() {
        survey.ends_bad = !chunk.invalid().is_empty();
        survey.bad += usize::from(survey.ends_bad);
        survey.good += letters(chunk.valid().as_bytes(), usize::MAX);
    }
    survey
}

/// What chardetng makes of a document, from where it first says something.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let tells = bytes.iter().position(|byte| !byte.is_ascii() || *byte == b'\x1b').unwrap_or(0);
    let rest = bytes.get(tells.saturating_sub(BEFORE_BYTES)..).unwrap_or_default();
    let sample = rest.get(..SAMPLE_BYTES).unwrap_or(rest);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, sample.len() == rest.len());
    detector.guess(None, Utf8Detection::Deny)
}
