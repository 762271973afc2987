//! Holds the posterior of a person's loop as plain numbers, so that nobody else needs the engine.
