//! How far a feed can be believed in what it says of its entries' identity, learned from one document after the other.
//!
//! Pure counting: what each document showed goes in, a verdict for each kind comes out. Never looks at an entry itself.

/// Fails below this are an accident, whatever their share.
const MIN_FAILS: u32 = 4;
/// One fail in so many is too much.
const FAIL_SHARE: u32 = 3;
/// Records are halved beyond this, so that what a feed did long ago fades.
const MEMORY: u32 = 256;
/// No document counts for more: one in which everything is renewed does not outweigh those before it.
const DOCUMENT: u32 = 64;

/// What a key is made of, as far as trust goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// The publisher's identifier.
    Guid,
    /// The address.
    Link,
    /// The title.
    Title,
    /// The text.
    Text,
}

/// How often a facet held and how often it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Record(u32, u32);

impl Record {
    /// It was the same again for a known entry.
    pub fn held(&mut self, times: u32) {
        self.0 = self.0.saturating_add(times);
    }

    /// It changed for a known entry, was shared by several entries, or came back with another article.
    pub fn failed(&mut self, times: u32) {
        self.1 = self.1.saturating_add(times);
    }

    /// Whether it can be believed. Until shown otherwise it can.
    pub fn is_good(self) -> bool {
        self.1 < MIN_FAILS || u64::from(self.1) * u64::from(FAIL_SHARE) <= u64::from(self.0) + u64::from(self.1)
    }

    /// How often it held and failed, older times counting less.
    pub fn counts(self) -> (u32, u32) {
        (self.0, self.1)
    }

    /// As one document's word, which has its limit.
    fn limited(self) -> Record {
        let all = u64::from(self.0) + u64::from(self.1);
        let share = |part: u32| u32::try_from(u64::from(part) * u64::from(DOCUMENT) / all.max(1)).unwrap_or(DOCUMENT);
        if all > u64::from(DOCUMENT) { Record(share(self.0), share(self.1)) } else { self }
    }

    fn fade(&mut self) {
        while self.0.saturating_add(self.1) > MEMORY {
            self.0 /= 2;
            self.1 /= 2;
        }
    }
}

/// What a feed has shown, facet by facet. Stored with the feed as a list of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Trust([Record; 4]);

impl Trust {
    /// The record of a facet.
    pub fn of(&self, facet: Facet) -> Record {
        let Trust([guid, link, title, text]) = self;
        *match facet {
            Facet::Guid => guid,
            Facet::Link => link,
            Facet::Title => title,
            Facet::Text => text,
        }
    }

    /// The record of a facet, to count in.
    pub fn count(&mut self, facet: Facet) -> &mut Record {
        let Trust([guid, link, title, text]) = self;
        match facet {
            Facet::Guid => guid,
            Facet::Link => link,
            Facet::Title => title,
            Facet::Text => text,
        }
    }

    /// With what one more document showed.
    pub fn after(mut self, document: &Trust) -> Trust {
        for (record, seen) in self.0.iter_mut().zip(document.0.map(Record::limited)) {
            record.held(seen.0);
            record.failed(seen.1);
            record.fade();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(held: u32, failed: u32) -> Trust {
        let mut seen = Trust::default();
        seen.count(Facet::Guid).held(held);
        seen.count(Facet::Guid).failed(failed);
        seen
    }

    fn guid_is_good(trust: &Trust) -> bool {
        trust.of(Facet::Guid).is_good()
    }

    #[test]
    fn a_facet_is_believed_until_it_fails_often() {
        assert!(guid_is_good(&Trust::default()));
        assert!(guid_is_good(&Trust::default().after(&document(0, 3))));
        assert!(!guid_is_good(&Trust::default().after(&document(0, 4))));
        assert!(guid_is_good(&Trust::default().after(&document(95, 5))));
        assert!(!guid_is_good(&Trust::default().after(&document(60, 40))));
    }

    #[test]
    fn one_bad_document_among_good_ones_is_forgiven_and_a_feed_that_mends_is_believed_again() {
        let mut trust = Trust::default();
        for _ in 0..10 {
            trust = trust.after(&document(30, 0));
        }
        assert!(guid_is_good(&trust.after(&document(0, 30))));
        for _ in 0..10 {
            trust = trust.after(&document(0, 30));
        }
        assert!(!guid_is_good(&trust));
        for _ in 0..20 {
            trust = trust.after(&document(30, 0));
        }
        assert!(guid_is_good(&trust));
    }

    #[test]
    fn the_record_stays_small() {
        let mut trust = Trust::default();
        for _ in 0..1000 {
            trust = trust.after(&document(u32::MAX, u32::MAX));
        }
        let (held, failed) = trust.of(Facet::Guid).counts();
        assert!(held + failed <= MEMORY);
        assert_eq!(serde_json::to_string(&Trust::default().after(&document(5, 1))).unwrap(), "[[5,1],[0,0],[0,0],[0,0]]");
    }
}
