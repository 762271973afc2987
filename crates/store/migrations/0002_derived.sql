-- Adds the cache of derived results: it may be emptied at any time and is rebuilt identically.
-- This file is never edited once committed.

CREATE TABLE derived (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    inputs_hash   BLOB NOT NULL,
    algorithm     TEXT NOT NULL,
    version       TEXT NOT NULL,
    settings_hash BLOB NOT NULL,
    bytes         BLOB NOT NULL,
    UNIQUE (inputs_hash, algorithm, version, settings_hash)
) STRICT;
