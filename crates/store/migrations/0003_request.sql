-- Remembers under which key a check-in was sent, so that one sent twice is kept once.
-- This file is never edited once committed.

CREATE TABLE request (
    person INTEGER NOT NULL REFERENCES person (id),
    key    TEXT NOT NULL,                       -- made by the sender, unique to one filling-in of the form
    act    INTEGER REFERENCES act (id),         -- NULL where all of it was known already
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
