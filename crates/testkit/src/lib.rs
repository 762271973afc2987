//! Gives tests their people, exports and golden files.
