//! Puts the arrows of the house in a row: ingest, assemble, estimate, report.
