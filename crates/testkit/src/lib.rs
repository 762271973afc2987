//! Gives tests their people, exports, bad files and golden files. For development only.

pub mod exports;
pub mod five_years;
pub mod golden;
pub mod observations;
pub mod zoo;
