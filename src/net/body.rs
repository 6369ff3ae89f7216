//! A body as it came over the wire to the bytes of the document: gzip, deflate and brotli, under caps.
//!
//! What the bytes are counts more than what the header says, since servers lie in both directions. It never hands out
//! part of a body: a broken stream is an error, so a feed's state never rests on half a document.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::Read;

/// Codings that may lie over each other; more is a trap.
const MAX_LAYERS: usize = 2;
/// Members of one gzip body; each costs a fresh decoder.
const MAX_MEMBERS: usize = 1024;
/// Decoded bytes for each wire byte, above [`FREE_BYTES`]. Text never comes near; a bomb starts at a thousand.
const MAX_RATIO: usize = 200;
/// Decoded bytes that are allowed at any ratio.
const FREE_BYTES: usize = 1 << 20;
/// Decoded bytes that are asked for at once, where it is not known how many there are.
const PIECE: usize = 16 << 10;
/// The largest window of deflate (RFC 1951): 32 KiB.
const MAX_WINDOW_BITS: u8 = 15;
/// Decoded bytes for each wire byte of most feeds.
const USUAL_RATIO: usize = 4;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than the cap, decoded or on the wire.
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// Decodes to far more than text ever does.
    #[error("the body unpacks to more than {MAX_RATIO} times its size")]
    Bomb,
    /// Cut short, or damaged.
    #[error("the {0} body is damaged or cut short")]
    Damaged(&'static str),
    /// A coding that was not asked for.
    #[error("the body is in a coding that was not asked for")]
    UnknownCoding,
    /// Codings over codings.
    #[error("the body is packed more than {MAX_LAYERS} times")]
    TooManyLayers,
}

/// One way to read a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zlib,
    Deflate,
    Brotli,
    Identity,
}

/// A body as it came, still packed: it waits like that until somebody has time for the document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wire {
    /// The bytes on the wire.
    pub bytes: Vec<u8>,
    /// The `Content-Encoding` header, its fields joined by commas.
    pub encoding: Option<String>,
    /// The most bytes that it may unpack to.
    pub cap: u64,
}

impl Wire {
    /// The bytes of the document. Costs CPU time in the order of the cap: it belongs where documents are read, and on no thread that
    /// waits for sockets.
    ///
    /// # Errors
    /// See [`BodyError`]; a body is given whole or not at all.
    pub fn unpack(self) -> Result<Vec<u8>, BodyError> {
        decode(self.bytes, self.encoding.as_deref(), self.cap)
    }
}

fn decode(wire: Vec<u8>, content_encoding: Option<&str>, cap: u64) -> Result<Vec<u8>, BodyError> {
    let most = Limit::new(wire.len(), cap);
    let layers: Vec<&str> = content_encoding
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|t| !t.is_empty() && !t.eq_ignore_ascii_case("identity"))
        .collect();
    if layers.len() > MAX_LAYERS {
        return Err(BodyError::TooManyLayers);
    }
    let mut bytes = wire;
    for said in layers.iter().rev() {
        bytes = peel(bytes, Some(said), &most)?;
    }
    // A server that packs what is packed already, or packs without saying so.
    if is_gzip(&bytes) && layers.len() < MAX_LAYERS {
        bytes = peel(bytes, None, &most)?;
    }
    most.check(bytes.len())?;
    Ok(bytes)
}

/// The most that a body may decode to.
struct Limit {
    cap: u64,
    bytes: usize,
}

impl Limit {
    fn new(wire_len: usize, cap: u64) -> Self {
        let cap_len = usize::try_from(cap).unwrap_or(usize::MAX);
        let by_ratio = wire_len.saturating_mul(MAX_RATIO).max(FREE_BYTES);
        Self { cap, bytes: cap_len.min(by_ratio) }
    }

    fn check(&self, len: usize) -> Result<(), BodyError> {
        match len <= self.bytes {
            true => Ok(()),
            false if len as u64 > self.cap => Err(BodyError::TooLarge(self.cap)),
            false => Err(BodyError::Bomb),
        }
    }
}

/// Takes one layer off, by the first candidate that reads the whole of it.
fn peel(bytes: Vec<u8>, said: Option<&str>, most: &Limit) -> Result<Vec<u8>, BodyError> {
    if bytes.is_empty() {
        return Ok(bytes);
    }
    let mut first = None;
    for coding in candidates(&bytes, said) {
        match coding {
            Coding::Identity => return Ok(bytes),
            _ => match unpack(&bytes, coding, most) {
                Err(e @ BodyError::Damaged(_)) => first = first.or(Some(e)),
                other => return other,
            },
        }
    }
    Err(first.unwrap_or(BodyError::UnknownCoding))
}

/// What the bytes may be, likeliest first.
fn candidates(bytes: &[u8], said: Option<&str>) -> Vec<Coding> {
    let mut found = Vec::with_capacity(3);
    if is_gzip(bytes) {
        found.push(Coding::Gzip);
    }
    match said.map(str::to_ascii_lowercase).as_deref() {
        Some("br") => found.push(Coding::Brotli),
        Some("deflate") if !is_zlib(bytes) => found.push(Coding::Deflate),
        _ => {}
    }
    if is_zlib(bytes) {
        found.push(Coding::Zlib);
    }
    if looks_like_markup(bytes) {
        found.push(Coding::Identity);
    }
    found
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 0x08])
}

/// RFC 1950 section 2.2: deflate with a window of up to 32 KiB, and a check sum over the two header bytes.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [a, b, ..] if a & 0x8f == 0x08 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0)
}

/// Whether the first sign, after a byte order mark and blanks and in any width, is one that a document begins with.
fn looks_like_markup(bytes: &[u8]) -> bool {
    let skipped = |b: &&u8| matches!(b, 0 | b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf | 0xfe | 0xff);
    matches!(bytes.iter().take(4096).find(|b| !skipped(b)), Some(b'<' | b'{' | b'['))
}

fn unpack(bytes: &[u8], coding: Coding, most: &Limit) -> Result<Vec<u8>, BodyError> {
    // To grow on the way would copy all of it again and again, into memory that the system hands out anew. With a little more than it
    // takes, the end of a stream is read with the rest.
    let mut out = Vec::with_capacity(unpacked_len(bytes, coding).min(most.bytes) + 64);
    match coding {
        Coding::Gzip => gunzip(bytes, &mut out, most)?,
        Coding::Zlib => _ = inflate(Decompress::new(true), bytes, "deflate", &mut out, most)?,
        Coding::Deflate => _ = inflate(Decompress::new(false), bytes, "deflate", &mut out, most)?,
        Coding::Brotli => unbrotli(bytes, &mut out, most)?,
        Coding::Identity => out.extend_from_slice(bytes),
    }
    Ok(out)
}

/// About how many bytes it will be: what a gzip body says of itself (RFC 1952 section 2.3.1, ISIZE), which may be a lie and is not
/// believed beyond four times what is usual; else what is usual.
fn unpacked_len(bytes: &[u8], coding: Coding) -> usize {
    match (coding, bytes.last_chunk::<4>()) {
        (Coding::Gzip, Some(said)) => (u32::from_le_bytes(*said) as usize).min(bytes.len() * USUAL_RATIO * 4),
        _ => bytes.len() * USUAL_RATIO,
    }
}

/// All members of a gzip body (RFC 1952 section 2.2). What follows the last one is padding, as every gzip has it.
fn gunzip(mut rest: &[u8], out: &mut Vec<u8>, most: &Limit) -> Result<(), BodyError> {
    for _ in 0..MAX_MEMBERS {
        let read = inflate(Decompress::new_gzip(MAX_WINDOW_BITS), rest, "gzip", out, most)?;
        rest = rest.get(read..).unwrap_or_default();
        if !is_gzip(rest) {
            return Ok(());
        }
    }
    Err(BodyError::Damaged("gzip"))
}

/// Appends what one stream of deflate unpacks to; gives how many bytes of `bytes` it took. All that there is room for comes at once:
/// who takes it in pieces pays for a window that is kept from one to the next.
fn inflate(mut stream: Decompress, bytes: &[u8], name: &'static str, out: &mut Vec<u8>, most: &Limit) -> Result<usize, BodyError> {
    loop {
        if out.len() == out.capacity() {
            // No bomb grows past the limit by more than a piece.
            out.reserve_exact((out.len() / 2).clamp(PIECE, most.bytes - out.len() + PIECE));
        }
        let before = (stream.total_in(), out.len());
        let rest = usize::try_from(before.0).ok().and_then(|read| bytes.get(read..)).unwrap_or_default();
        let status = stream.decompress_vec(rest, out, FlushDecompress::Finish).map_err(|_| BodyError::Damaged(name))?;
        most.check(out.len())?;
        let after = (stream.total_in(), out.len());
        match status {
            Status::StreamEnd => return Ok(after.0 as usize),
            Status::Ok | Status::BufError if after == before => return Err(BodyError::Damaged(name)),
            Status::Ok | Status::BufError => {}
        }
    }
}

fn unbrotli(bytes: &[u8], out: &mut Vec<u8>, most: &Limit) -> Result<(), BodyError> {
    // This first byte announces the "large window" dialect, no part of RFC 7932, whose window may take a gigabyte.
    if bytes.first().is_some_and(|b| b & 0x7f == 0x11) {
        return Err(BodyError::Damaged("br"));
    }
    let (mut from, mut piece) = (brotli::Decompressor::new(bytes, PIECE), [0; PIECE]);
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                most.check(out.len() + n)?;
                out.extend_from_slice(&piece[..n]);
            }
            Err(_) => return Err(BodyError::Damaged("br")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write};
    use std::io::Write;

    const CAP: u64 = 10 << 20;
    const TEXT: &[u8] = "<rss><channel><title>أخبار إدلب</title></channel></rss>".as_bytes();

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut w = write::GzEncoder::new(Vec::new(), Compression::best());
        w.write_all(bytes).unwrap();
        w.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut w = write::ZlibEncoder::new(Vec::new(), Compression::best());
        w.write_all(bytes).unwrap();
        w.finish().unwrap()
    }

    fn raw(bytes: &[u8]) -> Vec<u8> {
        let mut w = write::DeflateEncoder::new(Vec::new(), Compression::best());
        w.write_all(bytes).unwrap();
        w.finish().unwrap()
    }

    fn br(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        brotli::CompressorWriter::new(&mut out, 4096, 9, 22).write_all(bytes).unwrap();
        out
    }

    fn check(wire: Vec<u8>, said: Option<&str>) {
        assert_eq!(decode(wire, said, CAP).as_deref(), Ok(TEXT), "{said:?}");
    }

    #[test]
    fn every_coding_that_is_asked_for_is_read() {
        check(gzip(TEXT), Some("gzip"));
        check(gzip(TEXT), Some("x-gzip"));
        check(zlib(TEXT), Some("deflate"));
        check(raw(TEXT), Some("Deflate"));
        check(br(TEXT), Some("br"));
        check(TEXT.to_vec(), None);
        check(TEXT.to_vec(), Some("identity"));
        check(br(&gzip(TEXT)), Some("gzip, br"));
    }

    #[test]
    fn lying_header_yields_to_the_bytes() {
        for said in [None, Some("identity"), Some("deflate"), Some("br"), Some("utf-8")] {
            check(gzip(TEXT), said);
        }
        for said in ["gzip", "deflate", "br", "utf-8", "gzip, gzip", "zstd"] {
            check(TEXT.to_vec(), Some(said));
        }
        check(zlib(TEXT), Some("gzip"));
        check(gzip(&gzip(TEXT)), Some("gzip"));
    }

    #[test]
    fn several_members_are_one_body_and_padding_is_none() {
        let (a, b) = TEXT.split_at(20);
        let mut wire = gzip(a);
        wire.extend(gzip(b));
        check(wire.clone(), Some("gzip"));
        wire.extend([0; 512]);
        check(wire, Some("gzip"));
    }

    #[test]
    fn what_is_larger_than_it_says_is_read_to_its_end() {
        // Words in no order, so that it packs as text does.
        let mut x = 1_u32;
        let text: Vec<u8> = std::iter::repeat_with(|| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("w{} ", x >> 20).into_bytes()
        })
        .flatten()
        .take(700_000)
        .collect();
        let blanks = vec![b' '; 900_000];
        // The last of several members tells its own size alone; a body of zlib tells none, and this one unpacks to much more than is usual.
        let (members, usual) = text.split_at(650_000);
        let wire = [gzip(members), gzip(usual)].concat();
        assert_eq!(decode(wire, Some("gzip"), CAP).as_deref(), Ok(text.as_slice()));
        for said in [zlib(&blanks), raw(&blanks)] {
            assert_eq!(decode(said, Some("deflate"), CAP).as_deref(), Ok(blanks.as_slice()));
        }
    }

    #[test]
    fn half_a_body_is_an_error_in_every_coding() {
        for (wire, said) in [(gzip(TEXT), "gzip"), (zlib(TEXT), "deflate"), (raw(TEXT), "deflate"), (br(TEXT), "br")] {
            for cut in 3..wire.len() {
                let got = decode(wire[..cut].to_vec(), Some(said), CAP);
                assert!(got.is_err(), "{said} cut at {cut}: {got:?}");
            }
        }
    }

    #[test]
    fn bad_check_sum_is_an_error() {
        let mut wire = gzip(TEXT);
        let at = wire.len() - 8;
        wire[at] ^= 1;
        assert_eq!(decode(wire, Some("gzip"), CAP), Err(BodyError::Damaged("gzip")));
        let mut wire = zlib(TEXT);
        let at = wire.len() - 1;
        wire[at] ^= 1;
        assert_eq!(decode(wire, Some("deflate"), CAP), Err(BodyError::Damaged("deflate")));
    }

    #[test]
    fn bombs_stop_at_the_ratio_and_at_the_cap() {
        let zeros = vec![b' '; 2 << 20];
        for (wire, said) in [(gzip(&zeros), "gzip"), (zlib(&zeros), "deflate"), (br(&zeros), "br")] {
            assert_eq!(decode(wire.clone(), Some(said), CAP), Err(BodyError::Bomb), "{said}");
            assert_eq!(decode(wire, Some(said), 1 << 18), Err(BodyError::TooLarge(1 << 18)), "{said}");
        }
        let nested = gzip(&gzip(&zeros));
        assert_eq!(decode(nested, Some("gzip"), CAP), Err(BodyError::Bomb));
        assert_eq!(decode(TEXT.to_vec(), None, 5), Err(BodyError::TooLarge(5)));
        assert_eq!(decode(TEXT.to_vec(), Some("gzip, gzip, gzip"), CAP), Err(BodyError::TooManyLayers));
    }

    #[test]
    fn small_text_may_pack_as_well_as_it_likes() {
        let blanks = vec![b'\n'; 1 << 20];
        assert_eq!(decode(gzip(&blanks), Some("gzip"), CAP).map(|b| b.len()), Ok(1 << 20));
    }

    #[test]
    fn unasked_and_oversized_dialects_are_refused() {
        assert_eq!(decode(vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0], Some("zstd"), CAP), Err(BodyError::UnknownCoding));
        assert_eq!(decode(vec![0x11, 0x1e, 0, 0], Some("br"), CAP), Err(BodyError::Damaged("br")));
        assert_eq!(decode(vec![], Some("gzip"), CAP), Ok(vec![]));
    }
}
