//! Runs the chores of the house.
fn main() {}
