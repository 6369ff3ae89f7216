//! How entries of the register are written: the hash in eight bytes, the highest first; the feed, seven bits a byte, the lowest
//! first; the kind in one; the row like the feed.

/// What something is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// 64 bits of a SHA-256.
    pub hash: u64,
    /// The feed, and in the lowest byte the kind: a hundred thousand marks are in memory, and as three numbers each would take half as
    /// much again.
    pub(super) of: u64,
}

impl Mark {
    /// Of 64 bits of a SHA-256, of the row of the feed that it counts in, or 0 where it counts in all, and of what it is made of. Rows
    /// from 2⁵⁵ on are not told apart.
    pub fn new(hash: u64, feed: i64, kind: u8) -> Mark {
        Mark { hash, of: feed.cast_unsigned() << 8 | u64::from(kind) }
    }

    /// Row of the feed; 0 for all.
    pub fn feed(&self) -> u64 {
        self.of >> 8
    }

    /// What it is made of.
    pub fn kind(&self) -> u8 {
        self.of as u8
    }
}

/// Appends an entry.
pub fn write(bytes: &mut Vec<u8>, mark: Mark, row: i64) {
    bytes.extend(mark.hash.to_be_bytes());
    write_number(bytes, mark.feed());
    bytes.push(mark.kind());
    write_number(bytes, row.cast_unsigned());
}

/// The entries of a blob, in its order. What is cut short is gone, with what follows it: what these marks stood for may come again
/// as new, and everything else goes on.
pub fn read(mut bytes: &[u8]) -> impl Iterator<Item = (Mark, i64)> {
    std::iter::from_fn(move || {
        let entry = read_one(&mut bytes);
        if entry.is_none() {
            bytes = &[];
        }
        entry
    })
}

fn read_one(bytes: &mut &[u8]) -> Option<(Mark, i64)> {
    let (hash, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    let feed = read_number(bytes)?.cast_signed();
    let (kind, rest) = bytes.split_first()?;
    *bytes = rest;
    Some((Mark::new(u64::from_be_bytes(*hash), feed, *kind), read_number(bytes)?.cast_signed()))
}

fn write_number(bytes: &mut Vec<u8>, mut left: u64) {
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_up_to_where_it_is_cut() {
        let mut entries = Vec::new();
        for (hash, feed, row) in [(0, 0, 0), (u64::MAX, 1, 127), (7, 128, 128), (1 << 63, (1 << 55) - 1, i64::MIN), (9, 1, i64::MAX)] {
            entries.push((Mark::new(hash, feed, 200), row));
        }
        let mut bytes = Vec::new();
        entries.iter().for_each(|(mark, row)| write(&mut bytes, *mark, *row));
        assert_eq!(read(&bytes).collect::<Vec<_>>(), entries);
        for cut in 1..bytes.len() {
            let left: Vec<_> = read(&bytes[..cut]).collect();
            assert!(left.len() < entries.len() && entries.starts_with(&left));
        }
        assert_eq!(read(&[255; 40]).next(), None);
    }
}
