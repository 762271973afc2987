//! Simulates people whose sleep and pain follow a known loop.
