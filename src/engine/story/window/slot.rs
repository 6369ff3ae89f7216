//! What stands for an article's row in a window.

/// The lower half of an article's row. A window spans fewer rows than there are slots, so it tells them apart; of an article that
/// should have left the window already it is also that of a newer one, which is proposed in its place and found to be no copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

impl Slot {
    /// Of a row.
    pub fn of(row: i64) -> Slot {
        Slot(row as u16)
    }

    /// How many rows before the newest.
    pub fn age(self, newest: Slot) -> u16 {
        newest.0.wrapping_sub(self.0)
    }

    /// The row, where the newest is this.
    pub fn row(self, newest: i64) -> i64 {
        newest - i64::from(self.age(Slot::of(newest)))
    }
}
