//! Samples posteriors and filters linear-Gaussian state spaces, knowing nothing of sleep or pain.
