//! One entry of a feed, as read, and the keys by which it is known again.

/// One entry as a feed document has it, its markup already turned to text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The publisher's identifier, trimmed: RSS `guid`, Atom `id`, RDF `rdf:about`, JSON Feed `id`.
    pub guid: Option<String>,
    /// Visible text of the title, one line.
    pub title: String,
    /// Absolute `http` or `https` address of the article, as published.
    pub url: Option<String>,
    /// Authors' names, joined by `, `.
    pub author: Option<String>,
    /// Categories in document order.
    pub categories: Vec<String>,
    /// The publisher's word, clamped to 1990 … now + 48 h; never decides what is new.
    pub published_ms: Option<i64>,
    /// The publisher's word on the last change, clamped likewise.
    pub updated_ms: Option<i64>,
    /// Visible text of the summary and the content (the summary only where the content does not begin with it),
    /// paragraphs parted by blank lines.
    pub text: String,
    /// BCP 47 tag from the document, where it states one.
    pub language: Option<String>,
}

/// What a key is made of. The numbers are stored; they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum KeyKind {
    /// The publisher's identifier.
    Guid = 1,
    /// The canonical address.
    Url = 2,
    /// Address, title and text together: the same item under another identifier.
    Content = 3,
    /// The publisher's identifier, where it is an address: without scheme, `www.`, tracking and revision.
    GuidAddress = 4,
    /// The title and the day of its publication (UTC); no day where it is undated.
    TitleDay = 5,
    /// The text alone.
    Text = 6,
    /// All that the entry says, leaving out the identifiers that its feed is not trusted in: what has not changed is known by
    /// this one.
    Whole = 7,
}

/// A key of an entry within its feed: 64 bits of a SHA-256. Keys outlive pruned articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryKey {
    /// What it is made of.
    pub kind: KeyKind,
    /// The first 8 bytes of the hash, as the signed integer that SQLite stores.
    pub hash: i64,
}

/// Identity across feeds: two articles that share one fingerprint are one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    /// What it is made of; the numbers are stored and never change.
    pub kind: u8,
    /// The first 8 bytes of a SHA-256, as the signed integer that SQLite stores.
    pub hash: i64,
}

impl Fingerprint {
    /// Address, or an alias of it, and title.
    pub const LINK_AND_TITLE: u8 = 1;
    /// Address, or an alias of it, and text.
    pub const LINK_AND_TEXT: u8 = 2;
    /// Title and text.
    pub const TITLE_AND_TEXT: u8 = 3;
    /// A long text alone.
    pub const LONG_TEXT: u8 = 4;
}
