//! Packed bodies over the wire; the table of codings is tested beside the decoder.

use super::*;
use flate2::{Compression, write};
use std::io::Write;

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

fn br(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4096, 9, 22).write_all(bytes).unwrap();
    out
}

fn packed(wire: Vec<u8>, said: &str) -> Reply {
    Reply::ok(wire).header("Content-Encoding", said)
}

#[tokio::test]
async fn every_coding_that_is_asked_for_is_read() {
    let text = RSS.as_bytes();
    for (wire, said) in [(gzip(text), "gzip"), (zlib(text), "deflate"), (br(text), "br"), (text.to_vec(), "gzip"), (gzip(text), "br")] {
        let got = body(answer(packed(wire.clone(), said)).await).wire;
        assert!(got.bytes == wire && got.unpack().as_deref() == Ok(text), "{said}");
    }
}

#[tokio::test]
async fn big_packed_body_is_read_too() {
    // Text that packs badly, so that it comes in many pieces.
    let mut x = 1_u32;
    let text: Vec<u8> = (0..400_000)
        .map(|_| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b' ' + (x >> 26) as u8
        })
        .collect();
    let wire = gzip(&text);
    assert!(wire.len() > 100_000);
    assert_eq!(document(answer(packed(wire, "gzip")).await), text);
}

#[tokio::test]
async fn bombs_are_stopped() {
    let blanks = vec![b' '; 8 << 20];
    for (wire, said) in [(gzip(&blanks), "gzip"), (zlib(&blanks), "deflate"), (br(&blanks), "br")] {
        assert!(wire.len() < 100_000);
        let reason = failure(answer(packed(wire, said)).await);
        assert_eq!(reason, "the body is larger than 1048576 bytes", "{said}");
    }
}

#[tokio::test]
async fn damaged_body_is_a_failure_and_never_half_a_feed() {
    let mut crc = gzip(RSS.as_bytes());
    let at = crc.len() - 8;
    crc[at] ^= 1;
    let half = gzip(RSS.as_bytes())[..40].to_vec();
    for wire in [crc, half] {
        assert_eq!(failure(answer(packed(wire, "gzip")).await), "the gzip body is damaged or cut short");
    }
    assert!(failure(answer(packed(b"(\xb5/\xfd\x04\x00".to_vec(), "zstd")).await).contains("not asked for"));
}
