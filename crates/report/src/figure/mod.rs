//! Turns plain numbers into pictures that say how sure they are, in a terminal or as SVG.
//!
//! Nothing here decides what is told: a figure shows the verdict that it is given. Every figure carries a
//! one-sentence text alternative, and every SVG its numbers as a table. The same input gives the same bytes.

mod axis;
mod data;
pub(crate) mod number;
mod sentence;
pub mod svg;
mod table;
pub mod terminal;

pub use data::{
    ArrowFigure, Curve, IntervalRow, LoopFigure, NightRow, PainMark, SleepSpan, SpanLevel, Verdict,
};
pub use table::Table;
