//! Text without end that is the same at each run, and of which no piece is like another.

/// Words of four scripts that no other number has, of so many bytes or a few more.
pub fn words(number: usize, bytes: usize) -> String {
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut out = String::with_capacity(bytes + 32);
    while out.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let letters: [char; 4] =
            [['a', 'e', 'k', 't'], ['ا', 'ل', 'م', 'ر'], ['а', 'и', 'н', 'т'], ['ğ', 'i', 'l', 'r']][(state >> 60) as usize % 4];
        out.extend((0..3 + (state >> 50) % 8).map(|i| letters[(state >> (2 * i + 8)) as usize % 4]));
        out.push(if (state >> 40).is_multiple_of(9) { '.' } else { ' ' });
        out.push(' ');
    }
    out
}
