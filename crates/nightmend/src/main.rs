//! Runs nightmend from the command line.
fn main() {}
