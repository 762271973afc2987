//! Draws figures from numbers: text for a terminal, SVG for a page, each with a sentence that says the same.

pub mod drawing;
pub mod figure;
