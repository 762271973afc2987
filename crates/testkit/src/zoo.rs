//! Keeps the bad files that people have: each a function that gives its bytes, so that none lies in the project.

use std::io::{self, Cursor, Read, Write};

use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// One bad file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFile {
    /// What is wrong with it, as a short name without blanks.
    pub name: &'static str,
    /// The name under which a person would have it.
    pub file_name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Lines of a table or logs of a device in it that are good and must be kept.
    pub good_rows: usize,
}

/// Every bad file that is small enough to be given as bytes.
#[must_use]
pub fn bad_files() -> Vec<BadFile> {
    vec![
        bad("empty", "diary.csv", "", 0),
        bad("only-blanks", "diary.csv", " \n\n  \n", 0),
        bad("header-only", "diary.csv", DIARY_HEADER, 0),
        truncated_json(),
        bad("not-json", "sleep.json", "this is not JSON", 0),
        bad("json-of-another-kind", "sleep.json", "{\"hello\": [1, 2, 3]}", 0),
        utf16_diary(),
        latin1_diary(),
        bad("invalid-utf8", "diary.csv", diary_with_byte(0xFF), 2),
        nul_bytes(),
        only_nul_bytes(),
        bad("unknown-columns", "table.csv", "foo,bar,baz\n1,2,3\n4,5,6\n", 0),
        diary("nrs-11", &[DIARY_GOOD, "2025-03-02,,,,,,,,,,11,,,,,,,,,,,,,,,"], 1),
        diary("nrs-text", &[DIARY_GOOD, "2025-03-02,,,,,,,,,,bad,,,,,,,,,,,,,,,"], 1),
        diary(
            "end-before-start",
            &[DIARY_GOOD, "2025-03-02,23:00,23:10,10,0,0,22:00,21:00,,,,,,,,,,,,,,,,,,"],
            1,
        ),
        diary(
            "thirty-hours",
            &[DIARY_GOOD, "2025-03-02,23:00,23:10,10,0,1800,07:00,07:10,,,,,,,,,,,,,,,,,,"],
            1,
        ),
        diary("year-1918", &[DIARY_GOOD, &on_date("1918-03-02")], 1),
        diary("year-2099", &[DIARY_GOOD, &on_date("2099-03-02")], 1),
        diary("no-such-date", &[DIARY_GOOD, &on_date("2025-02-30")], 1),
        diary(
            "day-and-month-mixed",
            &[DIARY_GOOD, &on_date("03/02/2025"), &on_date("25/02/2025"), &on_date("02/25/2025")],
            1,
        ),
        diary("same-record-twice", &[DIARY_GOOD, "2025-03-01,,,,,,,,,,7,,,,,,,,,,,,,,,"], 1),
        diary(
            "ragged",
            &[DIARY_GOOD, "2025-03-02,23:00", "2025-03-03,,,,,,,,,,5,,,,,,,,,,,,,,,,,,,,,extra"],
            2,
        ),
        fitbit("negative-sleep", &[FITBIT_GOOD, &fitbit_record(2, "2025-03-02", "00:10", "07:00", -410)], 1),
        fitbit(
            "fitbit-end-before-start",
            &[FITBIT_GOOD, &fitbit_record(2, "2025-03-02", "23:00", "07:00", 480)],
            1,
        ),
        fitbit("fitbit-thirty-hours", &[FITBIT_GOOD, THIRTY_HOURS], 1),
        fitbit("fitbit-1918", &[FITBIT_GOOD, &fitbit_record(2, "1918-03-02", "00:10", "07:00", 410)], 1),
        fitbit("fitbit-2099", &[FITBIT_GOOD, &fitbit_record(2, "2099-03-02", "00:10", "07:00", 410)], 1),
        fitbit("fitbit-overlap", &[FITBIT_GOOD, &fitbit_record(2, "2025-03-01", "03:00", "09:00", 360)], 2),
        fitbit(
            "fitbit-twice-different",
            &[FITBIT_GOOD, &fitbit_record(1, "2025-03-01", "00:10", "06:00", 350)],
            1,
        ),
        fitbit(
            "fitbit-record-without-times",
            &[FITBIT_GOOD, "{\"logId\": 3, \"dateOfSleep\": \"2025-03-03\"}"],
            1,
        ),
        fitbit("fitbit-record-of-another-type", &[FITBIT_GOOD, "17", "null", "\"text\""], 1),
        BadFile { name: "zip-bomb", file_name: "export.zip", bytes: zip_bomb(), good_rows: 0 },
        BadFile { name: "zip-cut-short", file_name: "export.zip", bytes: zip_cut_short(), good_rows: 0 },
        BadFile { name: "zip-in-zip", file_name: "export.zip", bytes: zip_in_zip(12), good_rows: 0 },
        BadFile { name: "zip-climbs-out", file_name: "export.zip", bytes: zip_climbs_out(), good_rows: 0 },
    ]
}

/// The columns of the diary.
pub const DIARY_HEADER: &str = "date,in_bed,tried_to_sleep,minutes_to_fall_asleep,awakenings,minutes_awake,final_awakening,out_of_bed,sleep_quality,rested,back_pain_waking,stiffness_min,woken_by_pain,sleeping_position,spasms,back_pain_bedtime,back_pain_average,back_pain_worst,stress,activity_min,alcohol_drinks,caffeine_after_14,painkiller,unusual_load,nap_min,comments\n";
/// One good line of the diary, of 2025-03-01.
pub const DIARY_GOOD: &str =
    "2025-03-01,22:50,23:05,15,2,20,06:50,07:05,3,3,4,20,0,side,no,5,4,6,3,40,0,1,no,no,0,";

const FITBIT_GOOD: &str = "{\"logId\": 1, \"dateOfSleep\": \"2025-03-01\", \"startTime\": \"2025-03-01T00:10:00.000\", \"endTime\": \"2025-03-01T07:00:00.000\", \"duration\": 24600000, \"minutesToFallAsleep\": 0, \"minutesAsleep\": 380, \"minutesAwake\": 30, \"minutesAfterWakeup\": 0, \"timeInBed\": 410, \"efficiency\": 92, \"type\": \"classic\", \"infoCode\": 0, \"levels\": {\"summary\": {}, \"data\": []}, \"mainSleep\": true}";
const THIRTY_HOURS: &str = "{\"logId\": 2, \"dateOfSleep\": \"2025-03-03\", \"startTime\": \"2025-03-01T23:00:00.000\", \"endTime\": \"2025-03-03T05:00:00.000\", \"duration\": 108000000, \"minutesToFallAsleep\": 0, \"minutesAsleep\": 1800, \"minutesAwake\": 0, \"minutesAfterWakeup\": 0, \"timeInBed\": 1800, \"efficiency\": 100, \"type\": \"classic\", \"infoCode\": 0, \"levels\": {\"summary\": {}, \"data\": []}, \"mainSleep\": true}";

fn bad(name: &'static str, file_name: &'static str, bytes: impl Into<Vec<u8>>, good_rows: usize) -> BadFile {
    BadFile { name, file_name, bytes: bytes.into(), good_rows }
}

fn diary(name: &'static str, lines: &[&str], good_rows: usize) -> BadFile {
    bad(name, "diary.csv", format!("{DIARY_HEADER}{}\n", lines.join("\n")), good_rows)
}

fn on_date(date: &str) -> String {
    format!("{date},,,,,,,,,,5,,,,,,,,,,,,,,,")
}

fn fitbit(name: &'static str, records: &[&str], good_rows: usize) -> BadFile {
    bad(name, "sleep.json", format!("[{}]", records.join(",\n")), good_rows)
}

/// A classic record on one date whose times and minutes may contradict each other.
fn fitbit_record(log_id: u64, date: &str, start: &str, end: &str, minutes: i64) -> String {
    format!(
        "{{\"logId\": {log_id}, \"dateOfSleep\": \"{date}\", \"startTime\": \"{date}T{start}:00.000\", \
         \"endTime\": \"{date}T{end}:00.000\", \"duration\": {}, \"minutesToFallAsleep\": 0, \
         \"minutesAsleep\": {minutes}, \"minutesAwake\": 0, \"minutesAfterWakeup\": 0, \"timeInBed\": {minutes}, \
         \"efficiency\": 95, \"type\": \"classic\", \"infoCode\": 0, \
         \"levels\": {{\"summary\": {{}}, \"data\": []}}, \"mainSleep\": true}}",
        minutes * 60_000
    )
}

/// One whole record, then one that stops in the middle.
fn truncated_json() -> BadFile {
    bad("truncated-json", "sleep.json", format!("[{FITBIT_GOOD},\n{}", &FITBIT_GOOD[..150]), 1)
}

/// A good diary as some spreadsheets write "Unicode text": UTF-16 with a byte order mark. To be read, not refused.
fn utf16_diary() -> BadFile {
    let text = format!("{DIARY_HEADER}{DIARY_GOOD}\n");
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    bad("utf-16", "diary.csv", units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), 1)
}

/// A good diary with a comment in the one-byte encoding of old spreadsheets.
fn latin1_diary() -> BadFile {
    bad("latin-1", "diary.csv", diary_with_byte(0xE9), 2)
}

fn diary_with_byte(byte: u8) -> Vec<u8> {
    let mut bytes = format!("{DIARY_HEADER}{DIARY_GOOD}caf").into_bytes();
    bytes.push(byte);
    bytes.extend_from_slice(b"\n2025-03-02,,,,,,,,,,5,,,,,,,,,,,,,,,\n");
    bytes
}

fn nul_bytes() -> BadFile {
    let mut bytes = format!("{DIARY_HEADER}{DIARY_GOOD}\n").into_bytes();
    bytes.extend_from_slice(b"2025-03-02,\0\0\0,,,,,,,,,5,,,,,,,,,,,,,,,\n");
    bad("nul-bytes", "diary.csv", bytes, 1)
}

fn only_nul_bytes() -> BadFile {
    bad("only-nul-bytes", "diary.csv", vec![0; 4_096], 0)
}

/// A table, and a map for it that names a column which is not there.
#[must_use]
pub fn map_of_an_absent_column() -> (&'static str, &'static [u8]) {
    let map = "source = \"table\"\n\n[date]\ncolumn = \"day\"\nformat = \"iso\"\n\n[[column]]\nname = \"back ache\"\n\
               role = \"pain\"\nmoment = \"day\"\nscale = [0, 10]\nhigher = \"worse\"\n";
    (map, b"day,back pain\n2025-03-01,4\n2025-03-02,5\n")
}

/// A table whose one column of dates holds days and months in both orders, and a map that reads it day first:
/// the first two rows can be read, the third cannot.
#[must_use]
pub fn mixed_dates() -> (&'static str, &'static [u8]) {
    let map = "source = \"table\"\n\n[date]\ncolumn = \"day\"\nformat = \"%d/%m/%Y\"\n\n[[column]]\nname = \"back pain\"\n\
               role = \"pain\"\nmoment = \"day\"\nscale = [0, 10]\nhigher = \"worse\"\n";
    (map, b"day,back pain\n03/02/2025,4\n25/02/2025,5\n02/26/2025,6\n")
}

/// A reader that gives a diary header and then one line of `length` bytes without ever holding them.
///
/// ```
/// use std::io::Read;
/// let mut start = [0; 4];
/// nightmend_testkit::zoo::endless_line(1 << 30).read_exact(&mut start).unwrap();
/// assert_eq!(&start, b"date");
/// ```
#[must_use]
pub fn endless_line(length: u64) -> impl Read {
    let line = Cursor::new(b"2025-03-01,".to_vec()).chain(io::repeat(b'x').take(length));
    Cursor::new(DIARY_HEADER.as_bytes().to_vec()).chain(line).chain(Cursor::new(b"\n".to_vec()))
}

/// A reader that gives a JSON array holding one string of `length` bytes without ever holding them.
#[must_use]
pub fn endless_json_string(length: u64) -> impl Read {
    let start = Cursor::new(b"[{\"logId\": 1, \"dateOfSleep\": \"".to_vec());
    start.chain(io::repeat(b'9').take(length)).chain(Cursor::new(b"\"}]".to_vec()))
}

/// A JSON document nested that deep.
#[must_use]
pub fn deep_json(depth: usize) -> Vec<u8> {
    let mut bytes = vec![b'['; depth];
    bytes.resize(2 * depth, b']');
    bytes
}

/// A reader that gives these bytes and then fails as a disk does.
#[must_use]
pub fn failing_after(bytes: Vec<u8>) -> impl Read {
    Cursor::new(bytes).chain(Failing)
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

/// A zip archive of those files.
///
/// # Panics
/// Never with names and sizes that a test has.
#[must_use]
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, options()).expect("a member of the archive");
        writer.write_all(bytes).expect("bytes of the archive");
    }
    writer.finish().expect("an archive").into_inner()
}

fn options() -> SimpleFileOptions {
    // The date of a member is left at its default, so that the bytes are the same every time.
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// About 200 KB that unpack to 200 MB of one CSV line.
#[must_use]
pub fn zip_bomb() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("diary.csv", options()).expect("a member of the archive");
    writer.write_all(DIARY_HEADER.as_bytes()).expect("bytes of the archive");
    let block = vec![b'0'; 1 << 20];
    for _ in 0..200 {
        writer.write_all(&block).expect("bytes of the archive");
    }
    writer.finish().expect("an archive").into_inner()
}

fn zip_cut_short() -> Vec<u8> {
    let mut bytes = zip(&[("diary.csv", format!("{DIARY_HEADER}{DIARY_GOOD}\n").as_bytes())]);
    bytes.truncate(bytes.len() / 2);
    bytes
}

fn zip_in_zip(depth: usize) -> Vec<u8> {
    let inner = zip(&[("diary.csv", format!("{DIARY_HEADER}{DIARY_GOOD}\n").as_bytes())]);
    (0..depth).fold(inner, |inner, _| zip(&[("more.zip", &inner)]))
}

/// A member whose name would lead out of the folder it is unpacked into.
fn zip_climbs_out() -> Vec<u8> {
    zip(&[("../../outside.csv", b"foo,bar\n1,2\n")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_bad_file_has_a_name_of_its_own_and_the_same_bytes_every_time() {
        let all = bad_files();
        assert_eq!(all.iter().map(|file| file.name).collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all, bad_files());
    }

    #[test]
    fn the_good_line_has_as_many_cells_as_the_header() {
        let columns = DIARY_HEADER.trim_end().split(',').count();
        for line in [DIARY_GOOD, &on_date("2025-03-02")] {
            assert_eq!(line.split(',').count(), columns);
        }
        assert_eq!(DIARY_HEADER.trim_end(), nightmend_sim::exports::diary_csv::COLUMNS.join(","));
    }

    #[test]
    fn a_bomb_is_small_and_what_it_holds_is_not() {
        let bytes = zip_bomb();
        assert!(bytes.len() < 1 << 20, "{}", bytes.len());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert!(archive.by_index(0).unwrap().size() > 200 << 20);
    }

    #[test]
    fn a_long_line_is_as_long_as_it_says_and_holds_nothing() {
        let length = io::copy(&mut endless_line(1 << 26), &mut io::sink()).unwrap();
        assert_eq!(length, DIARY_HEADER.len() as u64 + 11 + (1 << 26) + 1);
    }
}
