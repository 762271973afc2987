-- Lays the ground floor: persons, acts, observations, settings. Observations and settings are only ever added;
-- an act is undone by a later act. This file is never edited once committed.

PRAGMA application_id = 1852665444; -- "nmnd"

CREATE TABLE person (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE source (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- One thing that was done to the store: an import, a check-in, a correction, a setting, an undo, a redo.
CREATE TABLE act (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT NOT NULL,
    at        TEXT NOT NULL,                    -- RFC 3339, UTC
    note      TEXT NOT NULL,                    -- what was done, in words
    undoes    INTEGER REFERENCES act (id),
    undone_by INTEGER REFERENCES act (id)
) STRICT;

-- Whom an act touched, and what became of the records it brought.
CREATE TABLE act_person (
    act        INTEGER NOT NULL REFERENCES act (id),
    person     INTEGER NOT NULL REFERENCES person (id),
    kept       INTEGER NOT NULL DEFAULT 0,
    known      INTEGER NOT NULL DEFAULT 0,
    superseded INTEGER NOT NULL DEFAULT 0,
    unmapped   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (act, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX act_person_by_person ON act_person (person, act);

CREATE TABLE import_file (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    act        INTEGER NOT NULL REFERENCES act (id),
    position   INTEGER NOT NULL,                -- order of reading within the act
    path       TEXT NOT NULL,                   -- as the person gave it
    format     TEXT NOT NULL,
    sha256     BLOB,
    kept       INTEGER NOT NULL DEFAULT 0,
    known      INTEGER NOT NULL DEFAULT 0,
    superseded INTEGER NOT NULL DEFAULT 0,
    unmapped   INTEGER NOT NULL DEFAULT 0,
    refused    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX import_file_by_act ON import_file (act, position);

-- Everything about an entry but its value: the same few hundred combinations return in every record.
CREATE TABLE entry_form (
    id        INTEGER PRIMARY KEY,
    tracker   TEXT NOT NULL,
    role      TEXT NOT NULL,
    moment    TEXT NOT NULL,
    several   TEXT NOT NULL,
    value     TEXT NOT NULL,                    -- nrs, rating, quantity, tick, text
    unit      TEXT,                             -- of a quantity
    minimum   REAL,                             -- of a rating
    maximum   REAL,                             -- of a rating
    direction TEXT,                             -- of a rating or a tick
    absence   TEXT                              -- of a tick
) STRICT;

-- Clustered by person, so that one person's records are read in one run.
CREATE TABLE observation (
    person       INTEGER NOT NULL REFERENCES person (id),
    id           INTEGER NOT NULL,              -- order of arrival, over all persons
    act          INTEGER NOT NULL REFERENCES act (id),
    file         INTEGER REFERENCES import_file (id),
    source       INTEGER NOT NULL REFERENCES source (id),
    key          TEXT NOT NULL,
    date         TEXT NOT NULL,                 -- of waking for a sleep, else the day it belongs to
    at           TEXT,                          -- wall clock with offset, and how the offset is known
    kind         TEXT NOT NULL,                 -- sleep, entry, withdrawn
    form         INTEGER REFERENCES entry_form (id),
    number       REAL,
    text         TEXT,
    place        TEXT NOT NULL,
    unmapped     INTEGER NOT NULL,
    content_hash BLOB NOT NULL,                 -- of date, at and fact; the place is left out
    PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX observation_by_key ON observation (person, source, key);

-- The keys of which more than one observation was ever made: only for these has the newest to be sought.
CREATE TABLE contested (
    person INTEGER NOT NULL REFERENCES person (id),
    source INTEGER NOT NULL REFERENCES source (id),
    key    TEXT NOT NULL,
    PRIMARY KEY (person, source, key)
) STRICT, WITHOUT ROWID;

-- The contents of observations of the kind "sleep"; lengths in minutes, NULL where unknown.
CREATE TABLE sleep (
    observation        INTEGER PRIMARY KEY,
    method             TEXT NOT NULL,
    kind               TEXT NOT NULL,
    in_bed             TEXT,
    try_sleep          TEXT,
    sleep_onset        TEXT,
    final_awakening    TEXT,
    out_of_bed         TEXT,
    sol_min            REAL,
    waso_min           REAL,
    tst_min            REAL,
    tib_min            REAL,
    awakenings         INTEGER,
    efficiency_percent REAL,
    stages_given       INTEGER NOT NULL,
    deep_min           REAL,
    light_min          REAL,
    rem_min            REAL,
    wake_min           REAL,
    quality            REAL,
    quality_minimum    REAL,
    quality_maximum    REAL,
    quality_direction  TEXT
) STRICT;

-- The run of stages through a sleep, packed; apart, so that five years of nights load without it.
CREATE TABLE sleep_segments (
    observation INTEGER PRIMARY KEY,
    packed      BLOB NOT NULL
) STRICT;

-- Observations first..last of a person were told again by this act, so they stand as long as it does.
CREATE TABLE sighting (
    act    INTEGER NOT NULL REFERENCES act (id),
    person INTEGER NOT NULL REFERENCES person (id),
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (act, person, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    act    INTEGER NOT NULL REFERENCES act (id),
    person INTEGER NOT NULL REFERENCES person (id),
    name   TEXT NOT NULL,
    value  TEXT NOT NULL                        -- JSON
) STRICT;

CREATE INDEX setting_by_name ON setting (person, name);
