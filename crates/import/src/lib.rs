//! Reads outside formats from bytes into observations and issues.
