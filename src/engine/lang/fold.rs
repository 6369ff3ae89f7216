//! Folding: one pass from text to comparable words with a map back to the original bytes.
