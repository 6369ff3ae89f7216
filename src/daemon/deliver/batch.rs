//! From claimed deliveries to messages: pure, so that what is told together does not depend on when.

use crate::{sink::Shape, store::delivery::Delivery};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Deliveries that go out as one message.
#[derive(Debug)]
pub(super) struct Batch {
    pub deliveries: Vec<Delivery>,
    pub digest: bool,
}

impl Batch {
    /// Its rows.
    pub fn rows(&self) -> Vec<i64> {
        self.deliveries.iter().map(|delivery| delivery.row).collect()
    }

    /// Whether its rows say already that they go together.
    pub fn is_noted(&self) -> bool {
        self.deliveries.iter().all(|delivery| delivery.batch == Some(self.deliveries[0].row))
    }

    fn one(delivery: Delivery) -> Self {
        Batch { deliveries: vec![delivery], digest: false }
    }

    /// The idempotency key: archive, alert and occasion. Where several go together, also which: whoever knows one by its
    /// key must not take it for another that begins with the same alert.
    pub fn key(&self, archive: &str) -> String {
        let first = &self.deliveries[0];
        let key = format!("{archive}-{}-{}", first.alert.id, first.occasion);
        if self.deliveries.len() == 1 {
            return key;
        }
        let mut hash = Sha256::new();
        self.deliveries.iter().for_each(|delivery| hash.update(delivery.row.to_le_bytes()));
        let hash = hash.finalize();
        format!("{key}-{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
    }
}

/// Parts claimed deliveries into messages as the sink wants them. Those that `is_late` are told in one digest, first; then come those
/// that were tried before, in the same messages as then.
pub(super) fn gather(claimed: Vec<Delivery>, shape: Shape, is_late: impl Fn(&Delivery) -> bool) -> Vec<Batch> {
    let (late, timely): (Vec<_>, Vec<_>) = claimed.into_iter().partition(is_late);
    let (tried, new): (Vec<_>, Vec<_>) = timely.into_iter().partition(|delivery| delivery.batch.is_some());
    let late = (!late.is_empty()).then_some(Batch { deliveries: late, digest: true });
    late.into_iter().chain(as_before(tried)).chain(by_shape(new, shape)).collect()
}

fn as_before(tried: Vec<Delivery>) -> impl Iterator<Item = Batch> {
    let mut batches: BTreeMap<Option<i64>, Vec<Delivery>> = BTreeMap::new();
    tried.into_iter().for_each(|delivery| batches.entry(delivery.batch).or_default().push(delivery));
    batches.into_values().map(|deliveries| {
        // What has no story goes together in digests alone.
        let story = deliveries[0].alert.story;
        let digest = deliveries.len() > 1 && (story.is_none() || deliveries.iter().any(|delivery| delivery.alert.story != story));
        Batch { deliveries, digest }
    })
}

fn by_shape(claimed: Vec<Delivery>, shape: Shape) -> Vec<Batch> {
    let Shape::ByStory { at_once } = shape else { return claimed.into_iter().map(Batch::one).collect() };
    let mut batches: Vec<Batch> = Vec::new();
    for delivery in claimed {
        let story = delivery.alert.story;
        match batches.iter_mut().find(|batch| story.is_some() && batch.deliveries[0].alert.story == story) {
            Some(batch) => batch.deliveries.push(delivery),
            None => batches.push(Batch::one(delivery)),
        }
    }
    if batches.len() > at_once {
        let deliveries = batches.into_iter().flat_map(|batch| batch.deliveries).collect();
        return vec![Batch { deliveries, digest: true }];
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::plain::tests::alert;

    fn delivery(row: i64, story: Option<i64>) -> Delivery {
        let mut alert = alert("idlib", "t", &[]);
        (alert.id, alert.story) = (row, story);
        Delivery { row, alert, occasion: "new".into(), attempts: 0, created_ms: row, batch: None }
    }

    fn rows(batches: &[Batch]) -> Vec<Vec<i64>> {
        batches.iter().map(|batch| batch.deliveries.iter().map(|d| d.row).collect()).collect()
    }

    #[test]
    fn alerts_of_one_story_go_together_and_a_backlog_in_one() {
        let claimed = |n: i64| (0..n).map(|row| delivery(row, Some(row % 3))).collect::<Vec<_>>();
        let shape = Shape::ByStory { at_once: 3 };
        assert_eq!(rows(&gather(claimed(5), shape, |_| false)), [vec![0, 3], vec![1, 4], vec![2]]);
        assert_eq!(rows(&gather(claimed(4), Shape::Each, |_| false)), [[0], [1], [2], [3]]);
        let digest = gather(claimed(5), Shape::ByStory { at_once: 2 }, |_| false);
        assert!(digest.len() == 1 && digest[0].digest);
        let imports = gather(vec![delivery(1, None), delivery(2, None)], shape, |_| false);
        assert_eq!(rows(&imports), [[1], [2]], "imports have no story");
    }

    #[test]
    fn what_was_tried_in_one_message_is_tried_in_that_again() {
        let tried = |row: i64, batch: i64| Delivery { batch: Some(batch), ..delivery(row, Some(row)) };
        let claimed = vec![tried(1, 1), tried(2, 2), tried(3, 2), delivery(4, Some(1)), delivery(5, Some(2)), delivery(6, Some(3))];
        let batches = gather(claimed, Shape::ByStory { at_once: 2 }, |_| false);
        assert_eq!(rows(&batches), [vec![1], vec![2, 3], vec![4, 5, 6]]);
        assert_eq!(batches.iter().map(|b| (b.digest, b.is_noted())).collect::<Vec<_>>(), [(false, true), (true, true), (true, false)]);
    }

    #[test]
    fn a_digest_of_what_has_no_story_is_one_at_each_repeat() {
        let tried = |row: i64, batch: i64| Delivery { batch: Some(batch), ..delivery(row, None) };
        let batches = gather(vec![tried(1, 1), tried(2, 2), tried(3, 2)], Shape::ByStory { at_once: 5 }, |_| false);
        assert_eq!(batches.iter().map(|b| (b.deliveries.len(), b.digest)).collect::<Vec<_>>(), [(1, false), (2, true)]);
    }

    #[test]
    fn what_is_late_is_told_in_one_and_first() {
        let claimed = (0..4).map(|row| delivery(row, Some(row))).collect();
        let batches = gather(claimed, Shape::ByStory { at_once: 5 }, |d| d.created_ms < 2);
        assert_eq!(rows(&batches), [vec![0, 1], vec![2], vec![3]]);
        assert_eq!(batches.iter().map(|b| b.digest).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn a_key_is_the_same_at_each_repeat_and_another_for_another_gathering() {
        let batch = |rows: &[i64]| Batch { deliveries: rows.iter().map(|row| delivery(*row, Some(1))).collect(), digest: false };
        assert_eq!(batch(&[7]).key("ab"), "ab-7-new");
        assert_eq!(batch(&[7, 8]).key("ab"), batch(&[7, 8]).key("ab"));
        assert_ne!(batch(&[7, 8]).key("ab"), batch(&[7, 9]).key("ab"));
        assert_ne!(batch(&[7, 8]).key("ab"), batch(&[7]).key("ab"));
    }
}
