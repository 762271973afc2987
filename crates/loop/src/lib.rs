//! Fits a person's two-way sleep-pain loop and says how far to trust it.
