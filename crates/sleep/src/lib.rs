//! Assembles nights and days from observations of many sources and measures them.
