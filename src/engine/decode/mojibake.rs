//! UTF-8 that somebody took for a legacy encoding and wrote as UTF-8 again: `Ø¥Ø¯Ù„Ø¨` for إدلب. Mended only where it is certain:
//! each run of letters is UTF-8 when it is put back into bytes, which no real text is but for single letters.

use std::sync::LazyLock;

use encoding_rs::{Encoding, WINDOWS_1251, WINDOWS_1252, WINDOWS_1256};

/// Fewer mended characters than these prove nothing, and no fewer of them in a row than the second.
const FEW: usize = 4;
const IN_A_ROW: usize = 3;
/// So many do where each stands alone, as in French.
const MANY: usize = 8;
/// Runs that may be something else before a text is given up.
const MAX_OTHERS: usize = 64;

static TABLES: LazyLock<[Table; 3]> = LazyLock::new(|| [WINDOWS_1252, WINDOWS_1256, WINDOWS_1251].map(Table::new));

/// The text as it was meant, how many characters that changed, and what it had been taken for; `None` where it is as it should be.
pub(super) fn mend(text: &str) -> Option<(String, usize, &'static str)> {
    if text.is_ascii() {
        return None;
    }
    TABLES.iter().find_map(|table| table.mend(text).map(|(mended, count)| (mended, count, table.encoding.name())))
}

/// Characters of a legacy encoding with their bytes, sorted.
struct Table {
    encoding: &'static Encoding,
    bytes: Vec<(char, u8)>,
}

impl Table {
    fn new(encoding: &'static Encoding) -> Self {
        let of = |byte: u8| encoding.decode_without_bom_handling(&[byte]).0.chars().next().map(|c| (c, byte));
        let mut bytes: Vec<(char, u8)> = (0x80..=0xFF).filter_map(of).collect();
        // ISO 8859 has control characters where Windows has letters.
        bytes.extend((0x80..=0x9F).map(|byte| (char::from(byte), byte)));
        bytes.sort_by_key(|(c, _)| *c);
        bytes.dedup_by_key(|(c, _)| *c);
        Self { encoding, bytes }
    }

    fn mend(&self, text: &str) -> Option<(String, usize)> {
        let (mut out, mut mended, mut longest, mut others) = (String::with_capacity(text.len()), 0, 0, 0);
        let mut rest = text;
        while let Some(start) = rest.bytes().position(|byte| !byte.is_ascii()) {
            let (before, from) = rest.split_at(start);
            let (run, after) = from.split_at(from.bytes().position(|byte| byte.is_ascii()).unwrap_or(from.len()));
            out.push_str(before);
            match self.meant(run) {
                Some(meant) => {
                    let count = meant.chars().count();
                    (mended, longest) = (mended + count, longest.max(count));
                    out.push_str(&meant);
                }
                None => {
                    others += 1;
                    out.push_str(run);
                }
            }
            if others > MAX_OTHERS && others * 4 > mended {
                return None;
            }
            rest = after;
        }
        out.push_str(rest);
        let certain = mended >= if longest >= IN_A_ROW { FEW } else { MANY } && others * 4 <= mended;
        certain.then_some((out, mended))
    }

    /// What a run of characters outside ASCII was before.
    fn meant(&self, run: &str) -> Option<String> {
        let byte = |c: char| self.bytes.binary_search_by_key(&c, |(c, _)| *c).ok().and_then(|at| self.bytes.get(at)).map(|(_, byte)| *byte);
        let bytes: Option<Vec<u8>> = run.chars().map(byte).collect();
        String::from_utf8(bytes?).ok().filter(|meant| !meant.contains(|c: char| c.is_control()))
    }
}
