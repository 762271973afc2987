//! Turns bytes of unknown encoding into lines of bounded length.

use std::io::{self, BufRead, BufReader, Read};

/// Longest line kept, in bytes; a longer one is passed over to its end and reported.
pub(crate) const LINE_LIMIT: usize = 1 << 20;

/// One line of text, without its line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// What stands in it, or why it cannot be used.
    pub content: Result<String, LineDefect>,
    /// Whether it was not UTF-8 and was read as Windows-1252.
    pub recoded: bool,
}

/// Why a line cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineDefect {
    /// Longer than [`LINE_LIMIT`].
    TooLong,
    /// A zero byte stands in it.
    ZeroByte,
}

impl LineDefect {
    /// What is wrong and what to do, in words.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::TooLong => {
                "the line is longer than 1 MiB and was passed over; check that this is a table, or split the line"
            }
            Self::ZeroByte => {
                "the line holds zero bytes and was passed over; save the file again as text in UTF-8"
            }
        }
    }
}

/// The lines of a text; memory stays below a few times [`LINE_LIMIT`].
pub(crate) struct Lines<'a> {
    reader: BufReader<Transcoder<'a>>,
    number: u64,
    /// What ends a line, once the first end was seen: a line feed, or on old Macintoshes a carriage return alone.
    ending: Option<u8>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Self {
        Self { reader: BufReader::with_capacity(1 << 16, Transcoder::new(input)), number: 0, ending: None }
    }

    /// The next line, or `None` at the end.
    ///
    /// # Errors
    /// What the system says when bytes cannot be had.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut too_long = false;
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                if bytes.is_empty() && !too_long {
                    return Ok(None);
                }
                break;
            }
            if self.ending.is_none() && bytes.last() == Some(&b'\r') && chunk[0] != b'\n' {
                self.ending = Some(b'\r');
                break;
            }
            if self.ending.is_none() {
                self.ending = first_ending(chunk);
            }
            let ending = self.ending.unwrap_or(b'\n');
            let (used, ended) = match chunk.iter().position(|&byte| byte == ending) {
                Some(at) => (at + 1, true),
                None => (chunk.len(), false),
            };
            too_long |= bytes.len() + used > LINE_LIMIT;
            if too_long {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk[..used]);
            }
            self.reader.consume(used);
            if ended {
                break;
            }
        }
        self.number += 1;
        Ok(Some(Line::from_bytes(self.number, bytes, too_long)))
    }
}

/// What ends the first line that ends in these bytes; `None` where they do not tell.
fn first_ending(bytes: &[u8]) -> Option<u8> {
    let at = bytes.iter().position(|&byte| byte == b'\n' || byte == b'\r')?;
    match (bytes[at], bytes.get(at + 1)) {
        (b'\n', _) | (_, Some(b'\n')) => Some(b'\n'),
        (_, Some(_)) => Some(b'\r'),
        (_, None) => None,
    }
}

impl Line {
    fn from_bytes(number: u64, mut bytes: Vec<u8>, too_long: bool) -> Self {
        if too_long {
            return Self { number, content: Err(LineDefect::TooLong), recoded: false };
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if bytes.contains(&0) {
            return Self { number, content: Err(LineDefect::ZeroByte), recoded: false };
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self { number, content: Ok(text), recoded: false },
            Err(error) => {
                let text = error.as_bytes().iter().map(|&byte| windows_1252(byte)).collect();
                Self { number, content: Ok(text), recoded: true }
            }
        }
    }
}

/// What to say once about a file that is not UTF-8.
pub(crate) const RECODED: &str = "some lines are not UTF-8 and were read as Windows-1252; where letters look wrong, save the file as UTF-8 \
     and import it again";

/// A byte of Windows-1252 as a character; the five bytes without a meaning become the replacement character.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Passes bytes through without a UTF-8 mark, and turns UTF-16 with a mark into UTF-8.
pub(crate) struct Transcoder<'a> {
    input: &'a mut dyn Read,
    encoding: Option<Encoding>,
    /// Bytes that were read and not yet handed on.
    waiting: Vec<u8>,
    given: usize,
    /// A half of a UTF-16 unit or pair that waits for the next bytes.
    half: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Bytes,
    Utf16Little,
    Utf16Big,
}

impl<'a> Transcoder<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Self {
        Self { input, encoding: None, waiting: Vec::new(), given: 0, half: Vec::new() }
    }

    fn sniff(&mut self) -> io::Result<Encoding> {
        let mut mark = [0_u8; 3];
        let mut length = 0;
        while length < 3 {
            match self.input.read(&mut mark[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (encoding, skip) = encoding_of(&mark[..length]);
        match encoding {
            Encoding::Bytes => self.waiting.extend_from_slice(&mark[skip..length]),
            Encoding::Utf16Little | Encoding::Utf16Big => self.half.extend_from_slice(&mark[skip..length]),
        }
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Reads one chunk of UTF-16 and puts it, as UTF-8, among the waiting bytes; false at the end.
    fn recode(&mut self, big: bool) -> io::Result<bool> {
        let mut chunk = [0_u8; 4096];
        let count = self.input.read(&mut chunk)?;
        self.half.extend_from_slice(&chunk[..count]);
        let mut units: Vec<u16> = self
            .half
            .chunks_exact(2)
            .map(|pair| {
                if big {
                    u16::from_be_bytes([pair[0], pair[1]])
                } else {
                    u16::from_le_bytes([pair[0], pair[1]])
                }
            })
            .collect();
        let mut used = units.len() * 2;
        // A first half of a pair at the very end waits for its second half.
        if count > 0 && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            units.pop();
            used -= 2;
        }
        self.half.drain(..used);
        if count == 0 {
            self.half.clear();
        }
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        self.waiting = text.into_bytes();
        self.given = 0;
        Ok(count > 0)
    }
}

fn encoding_of(head: &[u8]) -> (Encoding, usize) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Bytes, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16Little, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16Big, 2),
        _ => (Encoding::Bytes, 0),
    }
}

impl Read for Transcoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.sniff()?,
        };
        loop {
            if self.given < self.waiting.len() {
                let count = buffer.len().min(self.waiting.len() - self.given);
                buffer[..count].copy_from_slice(&self.waiting[self.given..self.given + count]);
                self.given += count;
                return Ok(count);
            }
            match encoding {
                Encoding::Bytes => return self.input.read(buffer),
                Encoding::Utf16Little | Encoding::Utf16Big => {
                    if !self.recode(encoding == Encoding::Utf16Big)? && self.waiting.is_empty() {
                        return Ok(0);
                    }
                }
            }
        }
    }
}

/// The first bytes of a file as text, for telling formats apart; `None` for bytes that are no text.
pub(crate) fn head_as_text(head: &[u8]) -> Option<String> {
    let mut bytes = head;
    let mut text = String::new();
    Transcoder::new(&mut bytes).take(1 << 18).read_to_end_lossy(&mut text);
    let odd = text.chars().filter(|&letter| letter == '\0').count();
    (odd * 100 <= text.len()).then_some(text)
}

trait ReadLossy {
    fn read_to_end_lossy(self, text: &mut String);
}

impl<R: Read> ReadLossy for R {
    fn read_to_end_lossy(mut self, text: &mut String) {
        let mut bytes = Vec::new();
        // Reading from memory cannot fail.
        let _ = self.read_to_end(&mut bytes);
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Line> {
        let mut bytes = bytes;
        let mut lines = Lines::new(&mut bytes);
        std::iter::from_fn(|| lines.next_line().unwrap()).collect()
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        lines(bytes).into_iter().map(|line| line.content.unwrap()).collect()
    }

    #[test]
    fn marks_and_line_ends_are_taken_off() {
        assert_eq!(texts(b"\xef\xbb\xbfa,b\r\n1,2\n3,4"), ["a,b", "1,2", "3,4"]);
        assert_eq!(texts(b""), Vec::<String>::new());
    }

    #[test]
    fn lines_that_end_as_on_old_macintoshes_are_told_apart() {
        assert_eq!(texts(b"a,b\r1,2\r3,4\r"), ["a,b", "1,2", "3,4"]);
        assert_eq!(texts(b"ab\r1,2\r\r3"), ["ab", "1,2", "", "3"], "the first read gives three bytes");
        assert_eq!(texts(b"ab\r\n1,2\r\n"), ["ab", "1,2"]);
        assert_eq!(texts(b"a,b\n1,\"x\ry\"\n"), ["a,b", "1,\"x\ry\""], "a stray one ends no line");
    }

    #[test]
    fn utf_16_with_a_mark_is_read_in_both_orders() {
        let text = "day;pain\nlundi;😀é";
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in [little, big] {
            assert_eq!(texts(&bytes), ["day;pain", "lundi;😀é"]);
        }
    }

    #[test]
    fn a_pair_split_between_chunks_of_utf_16_survives() {
        let text = "x".repeat(2046) + "😀" + &"y".repeat(5000);
        let bytes: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(texts(&bytes), [text]);
    }

    #[test]
    fn other_bytes_are_read_as_windows_1252_and_said_so() {
        let found = lines(b"\xc9tages,\x80");
        assert_eq!(found[0].content.as_deref(), Ok("Étages,€"));
        assert!(found[0].recoded);
    }

    #[test]
    fn a_zero_byte_or_an_endless_line_costs_one_line() {
        let mut bytes = b"a\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', LINE_LIMIT + 10));
        bytes.extend(b"\nb\0c\nd\n");
        let found = lines(&bytes);
        assert_eq!(found.len(), 4);
        assert_eq!(found[1].content, Err(LineDefect::TooLong));
        assert_eq!(found[2].content, Err(LineDefect::ZeroByte));
        assert_eq!(found[3].content.as_deref(), Ok("d"));
        assert_eq!(found[3].number, 4);
    }
}
