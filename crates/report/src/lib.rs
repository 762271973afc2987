//! Draws figures from numbers.
