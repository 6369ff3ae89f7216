//! What no document may exceed. Over a budget the document is cut there, and the entries that stood before it are kept.

/// The deepest nesting that is read, the root counted.
pub(super) const MAX_DEPTH: usize = 64;
/// Attributes of one tag.
pub(super) const MAX_ATTRIBUTES: usize = 64;
/// Bytes of one tag.
pub(super) const MAX_TAG_BYTES: usize = 64 * 1024;
/// Elements of one document.
pub(super) const MAX_ELEMENTS: usize = 200_000;
/// Entries of one document; the first are kept.
pub(super) const MAX_ENTRIES: usize = 5_000;
/// `xml:base` attributes in force at one place, one within the other.
pub(super) const MAX_BASES: usize = 8;
/// Bytes of one `xml:base`, and of the address that a document came from.
pub(super) const MAX_BASE_BYTES: usize = 4 * 1024;
/// Elements times the length of the base address in force, in bytes: what resolved links could grow to.
pub(super) const MAX_BASE_TOTAL_BYTES: usize = 32 * 1024 * 1024;
/// Namespace declarations in force at one place: each name is looked up among them.
pub(super) const MAX_NAMESPACES: usize = 256;
/// Repairs of one document.
pub(super) const MAX_REPAIRS: usize = 100_000;
/// Tags that turn out broken at their far end: each can cost [`MAX_TAG_BYTES`] of reading twice.
pub(super) const MAX_BROKEN_TAGS: usize = 1_000;
/// How far into a document its root is looked for, in bytes.
pub(super) const LEADING_BYTES: usize = 64 * 1024;
