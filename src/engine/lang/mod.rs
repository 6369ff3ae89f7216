//! Languages: folding of text to comparable words, and the glue a language puts round them.

pub mod fold;
