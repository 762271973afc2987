//! Walks files, folders and archives, and gives each file's name, first bytes and all of its bytes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use nightmend_domain::Issue;
use zip::ZipArchive;

/// How many first bytes are given for telling formats apart.
const HEAD: u64 = 1 << 16;
/// How deep folders may lie in each other.
const DEEPEST: usize = 64;
/// How deep archives may lie in each other.
const DEEPEST_ARCHIVE: usize = 2;
/// Most members of one archive.
const MOST_MEMBERS: usize = 100_000;
/// Most bytes of all members of one archive together, as they come out of it.
const MOST_BYTES: u64 = 16 << 30;
/// A member may grow to this size whatever its packed size is.
const ALWAYS_ALLOWED: u64 = 64 << 20;
/// Beyond that, how many times its packed size it may grow to: text packs to a hundredth at best.
const MOST_GROWTH: u64 = 200;
/// An archive inside an archive is held in memory, up to this size.
const MOST_NESTED: u64 = 64 << 20;

/// One thing that a walk finds.
pub enum Found<'a> {
    /// A file, or a member of an archive.
    File(FoundFile<'a>),
    /// Something that could not be read.
    Issue(Issue),
}

/// A file to be read.
pub struct FoundFile<'a> {
    /// As the person knows it; a member of an archive stands after the archive's path and `!/`.
    pub display_path: String,
    /// Folders and name, outermost first; those inside an archive come after the archive's own.
    pub path_parts: Vec<String>,
    /// Its first bytes, at most 64 KiB.
    pub head: Vec<u8>,
    /// All of its bytes, the first included.
    pub reader: &'a mut dyn Read,
}

impl FoundFile<'_> {
    /// The name of the file alone.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path_parts.last().map_or("", String::as_str)
    }
}

/// Walks paths in the order given, folders by name and without hidden files; the visitor says whether to go on.
///
/// What cannot be read becomes an issue and costs nothing else. Zip archives are opened; spreadsheets, which are
/// zip archives inside, are not. An archive that grows beyond reason stops being read where it does.
pub fn walk(paths: &[PathBuf], visit: &mut dyn FnMut(Found<'_>) -> bool) {
    let mut walk = Walk { visit, on_the_way: BTreeSet::new(), going: true };
    for path in paths {
        if walk.going {
            walk.path(path, 0);
        }
    }
}

struct Walk<'a> {
    visit: &'a mut dyn FnMut(Found<'_>) -> bool,
    /// The real paths of the folders that are being walked, against links that lead back.
    on_the_way: BTreeSet<PathBuf>,
    going: bool,
}

impl Walk<'_> {
    fn issue(&mut self, place: String, reason: String) {
        self.going &= (self.visit)(Found::Issue(Issue { place, reason }));
    }

    fn path(&mut self, path: &Path, depth: usize) {
        let shown = path.display().to_string();
        match fs::metadata(path) {
            Err(error) => {
                self.issue(shown, format!("it cannot be read ({error}); check the path and its permissions"))
            }
            Ok(data) if data.is_dir() => self.folder(path, depth),
            Ok(data) if data.is_file() => match File::open(path) {
                Ok(mut file) => self.opened(path, shown, &mut file),
                Err(error) => {
                    self.issue(shown, format!("it cannot be opened ({error}); check its permissions"))
                }
            },
            Ok(_) => self.issue(shown, "it is neither a file nor a folder; leave it out".to_owned()),
        }
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        let shown = path.display().to_string();
        if depth > DEEPEST {
            return self.issue(
                shown,
                format!("folders lie more than {DEEPEST} deep in each other; import it by itself"),
            );
        }
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => {
                return self.issue(shown, format!("it cannot be read ({error}); check its permissions"));
            }
        };
        if !self.on_the_way.insert(real.clone()) {
            return self.issue(
                shown,
                "the link leads back to a folder above it and was not followed; take the link out".to_owned(),
            );
        }
        match names_in(path) {
            Ok(names) => {
                for name in names {
                    if self.going {
                        self.path(&path.join(name), depth + 1);
                    }
                }
            }
            Err(error) => {
                self.issue(shown, format!("the folder cannot be read ({error}); check its permissions"))
            }
        }
        self.on_the_way.remove(&real);
    }

    fn opened(&mut self, path: &Path, shown: String, file: &mut File) {
        let path_parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let head = match head_of(file) {
            Ok(head) => head,
            Err(error) => return self.issue(shown, format!("it cannot be read ({error}); check the file")),
        };
        if is_archive(&head, path_parts.last().map_or("", String::as_str)) {
            match file.rewind() {
                Ok(()) => self.archive(file, &shown, &path_parts, 1),
                Err(error) => self.issue(shown, format!("it cannot be read ({error}); check the file")),
            }
        } else {
            let mut reader = Cursor::new(head.clone()).chain(file);
            self.give(FoundFile { display_path: shown, path_parts, head, reader: &mut reader });
        }
    }

    fn give(&mut self, file: FoundFile<'_>) {
        self.going &= (self.visit)(Found::File(file));
    }

    fn archive(&mut self, bytes: &mut (impl Read + Seek), shown: &str, path_parts: &[String], depth: usize) {
        let mut archive = match ZipArchive::new(bytes) {
            Ok(archive) => archive,
            Err(error) => {
                let reason =
                    format!("the archive cannot be opened ({error}); unpack it and import the folder");
                return self.issue(shown.to_owned(), reason);
            }
        };
        if archive.len() > MOST_MEMBERS {
            let reason = format!(
                "the archive has more than {MOST_MEMBERS} members; unpack it and import the folders that matter"
            );
            return self.issue(shown.to_owned(), reason);
        }
        let mut members: Vec<(String, usize)> = Vec::new();
        for index in 0..archive.len() {
            match archive.name_for_index(index).and_then(Result::ok) {
                Some(name) => members.push((name.into_owned(), index)),
                None => self.issue(
                    format!("{shown}!/member {}", index + 1),
                    "its name cannot be read; unpack the archive and import the folder".to_owned(),
                ),
            }
        }
        members.sort();
        let mut left = MOST_BYTES;
        for (name, index) in members {
            let parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
            if name.ends_with('/') || parts.is_empty() || parts.iter().any(|part| is_hidden(part)) {
                continue;
            }
            let member = Member {
                shown: format!("{shown}!/{name}"),
                path_parts: path_parts
                    .iter()
                    .cloned()
                    .chain(parts.iter().map(|part| (*part).to_owned()))
                    .collect(),
                depth,
            };
            self.member(&mut archive, index, member, &mut left);
            if !self.going {
                return;
            }
            if left == 0 {
                let reason = "the archive grows beyond 16 GiB and the rest of it was not read; unpack it and import the folders that matter";
                return self.issue(shown.to_owned(), reason.to_owned());
            }
        }
    }

    fn member(
        &mut self,
        archive: &mut ZipArchive<&mut (impl Read + Seek)>,
        index: usize,
        member: Member,
        left: &mut u64,
    ) {
        let Member { shown, path_parts, depth } = member;
        let unreadable = |error: &dyn std::fmt::Display| {
            format!("it cannot be unpacked ({error}); unpack the archive and import the folder")
        };
        let file = match archive.by_index(index) {
            Ok(file) => file,
            Err(error) => return self.issue(shown, unreadable(&error)),
        };
        let allowed = ALWAYS_ALLOWED.max(file.compressed_size().saturating_mul(MOST_GROWTH)).min(*left);
        let mut bounded = Bounded { inner: file, left: allowed };
        let head = match head_of(&mut bounded) {
            Ok(head) => head,
            Err(error) => return self.issue(shown, unreadable(&error)),
        };
        if is_archive(&head, path_parts.last().map_or("", String::as_str)) {
            let mut reader = Cursor::new(head).chain(bounded);
            let nested = whole(&mut reader, MOST_NESTED);
            *left = left.saturating_sub(nested.as_ref().map_or(MOST_NESTED, |bytes| bytes.len() as u64));
            match nested {
                Ok(_) if depth >= DEEPEST_ARCHIVE => {
                    self.issue(
                        shown,
                        "archives lie too deep in each other; unpack this one and import it by itself"
                            .to_owned(),
                    );
                }
                Ok(bytes) => self.archive(&mut Cursor::new(bytes), &shown, &path_parts, depth + 1),
                Err(error) => self.issue(shown, unreadable(&error)),
            }
            return;
        }
        let mut reader = Cursor::new(head.clone()).chain(bounded);
        self.give(FoundFile { display_path: shown, path_parts, head, reader: &mut reader });
        let (_, bounded) = reader.into_inner();
        *left = left.saturating_sub(allowed - bounded.left);
    }
}

/// Where a member of an archive stands.
struct Member {
    shown: String,
    path_parts: Vec<String>,
    depth: usize,
}

/// Bytes that end in an error where they are more than allowed.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            // An end that falls on the limit is an end and no excess.
            let mut one = [0_u8];
            return match self.inner.read(&mut one)? {
                0 => Ok(0),
                _ => Err(io::Error::other("it grows far beyond its packed size, as a zip bomb does")),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

fn names_in(path: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if !is_hidden(&name.to_string_lossy()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}

fn head_of(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn whole(reader: &mut impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.by_ref().take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other("it is an archive of more than 64 MiB inside an archive"));
    }
    Ok(bytes)
}

/// A zip archive, by its first bytes; a spreadsheet or document, which is one inside, is left whole.
fn is_archive(head: &[u8], name: &str) -> bool {
    const WHOLE: [&str; 6] = [".xlsx", ".docx", ".ods", ".odt", ".numbers", ".epub"];
    let name = name.to_lowercase();
    (head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"))
        && !WHOLE.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    /// What a walk finds, as text: path and length, or path and issue.
    fn found(paths: &[PathBuf]) -> Vec<String> {
        let mut all = Vec::new();
        walk(paths, &mut |found| {
            all.push(match found {
                Found::File(file) => {
                    let mut bytes = Vec::new();
                    let whole = file.reader.read_to_end(&mut bytes);
                    assert!(bytes.starts_with(&file.head));
                    match whole {
                        Ok(length) => format!("{} {length}", file.path_parts.last().unwrap()),
                        Err(error) => format!("{} broke off: {error}", file.path_parts.last().unwrap()),
                    }
                }
                Found::Issue(issue) => format!("issue: {}", issue.reason),
            });
            true
        });
        all
    }

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn folders_are_walked_by_name_and_hidden_files_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        for (name, text) in [("c.csv", "123"), ("b/x.json", "[]"), ("a.txt", "a"), (".hidden", "no")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(found(&[folder.path().to_owned()]), ["a.txt 1", "x.json 2", "c.csv 3"]);
    }

    #[test]
    fn archives_are_opened_with_their_folders_and_archives_inside() {
        let folder = tempfile::tempdir().unwrap();
        let inner = zipped(&[("deep.json", b"[1]")]);
        let bytes = zipped(&[
            ("f/sleep.json", b"[]"),
            ("__MACOSX/x", b"no"),
            ("inner.zip", &inner),
            ("a.csv", b"a,b"),
        ]);
        fs::write(folder.path().join("export.zip"), bytes).unwrap();
        assert_eq!(found(&[folder.path().to_owned()]), ["a.csv 3", "sleep.json 2", "deep.json 3"]);
    }

    #[test]
    fn a_zip_bomb_breaks_off_and_the_rest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0_u8; usize::try_from(ALWAYS_ALLOWED).unwrap() + (8 << 20)];
        fs::write(folder.path().join("bomb.zip"), zipped(&[("bomb.csv", &zeros), ("ok.csv", b"a")])).unwrap();
        let found = found(&[folder.path().to_owned()]);
        assert!(found[0].contains("broke off") && found[0].contains("zip bomb"), "{found:?}");
        assert_eq!(found[1], "ok.csv 1");
    }

    #[test]
    fn damage_costs_one_file_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = zipped(&[("a.csv", b"a")]);
        bytes.truncate(bytes.len() / 2);
        fs::write(folder.path().join("broken.zip"), bytes).unwrap();
        fs::write(folder.path().join("fine.csv"), "a").unwrap();
        let found = found(&[folder.path().join("not there"), folder.path().to_owned()]);
        assert!(found[0].contains("check the path"), "{found:?}");
        assert!(found[1].contains("unpack it"), "{found:?}");
        assert_eq!(found[2], "fine.csv 1");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_is_not_followed_forever() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.csv"), "a").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let found = found(&[folder.path().to_owned()]);
        assert_eq!(found[0], "a.csv 1");
        assert!(found[1].contains("take the link out"), "{found:?}");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn the_visitor_can_stop_the_walk() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let mut count = 0;
        walk(&[folder.path().to_owned()], &mut |_| {
            count += 1;
            count < 2
        });
        assert_eq!(count, 2);
    }
}
