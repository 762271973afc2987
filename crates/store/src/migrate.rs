//! Brings a database to the newest version of the tables, and refuses one that is newer or not ours.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::{Failure, Inner, StoreError};

/// `nmnd`, stored in the header of every database of ours.
pub(crate) const APPLICATION_ID: i64 = 0x6E6D_6E64;

const STEPS: &[M<'_>] = &[
    M::up(include_str!("../migrations/0001_ground.sql")),
    M::up(include_str!("../migrations/0002_derived.sql")),
    M::up(include_str!("../migrations/0003_request.sql")),
];

/// The version of the tables that this release writes.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// What a database turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Without any table.
    Empty,
    /// Ours, of that version, which is not above [`NEWEST`].
    Version(i64),
}

/// Looks at a database; `path` is for the message only.
pub(crate) fn look(connection: &Connection, path: &Path) -> Inner<Found> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version")?;
    let application = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if tables == 0 && version == 0 {
        return Ok(Found::Empty);
    }
    if application != APPLICATION_ID {
        return Err(StoreError::NotAStore { path: path.to_owned() }.into());
    }
    if version > NEWEST {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: NEWEST }.into());
    }
    Ok(Found::Version(version))
}

/// Runs the steps that are missing, all of them or none.
pub(crate) fn bring_up_to_date(connection: &mut Connection) -> Inner<()> {
    Migrations::from_slice(STEPS).to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => Failure::Sqlite(err),
        other => Failure::not_understood(format!("the version of the store ({other})")),
    })
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// Name and SHA-256 of every migration. A line is added with a new file and never changed afterwards:
    /// stores in the field were made by exactly these bytes.
    const PINNED: &[(&str, &str)] = &[
        ("0001_ground.sql", "43909fc73f8d6601377d4211428ce8544c00def0bae494244583b6afe07a1f6a"),
        ("0002_derived.sql", "d65bfab1f176f73540753c23b0852feef093648d27c517b427f58cb98183aad1"),
        ("0003_request.sql", "b73a398112ce3cac5fd588ff380cbb50133a482051d8c1b14bdd250e130e963f"),
    ];

    #[test]
    fn migrations_are_never_edited() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let digest = Sha256::digest(std::fs::read(entry.path()).unwrap());
                let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                (entry.file_name().into_string().unwrap(), hash)
            })
            .collect();
        found.sort();
        let pinned: Vec<_> = PINNED.iter().map(|(name, hash)| (name.to_string(), hash.to_string())).collect();
        assert_eq!(found, pinned, "write a new migration instead of editing a committed one");
        assert_eq!(PINNED.len(), STEPS.len());
    }

    #[test]
    fn the_migrations_are_sound() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }

    #[test]
    fn an_old_database_keeps_its_rows_on_the_way_up() {
        let mut connection = Connection::open_in_memory().unwrap();
        Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).unwrap();
        connection.execute("INSERT INTO person (name) VALUES ('anna')", []).unwrap();
        assert_eq!(look(&connection, Path::new("x")).unwrap(), Found::Version(1));
        bring_up_to_date(&mut connection).unwrap();
        assert_eq!(look(&connection, Path::new("x")).unwrap(), Found::Version(NEWEST));
        let name: String = connection.query_row("SELECT name FROM person", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "anna");
    }
}
