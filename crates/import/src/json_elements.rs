//! Cuts a JSON text into the elements of one array without reading the whole of it.

use std::io::{self, Read};

use crate::text::Transcoder;

/// Most bytes of one element; a longer one is passed over to its end and reported.
pub(crate) const ELEMENT_LIMIT: usize = 16 << 20;

/// One element of the array, or why it is not there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// The bytes of one complete element, which may be a bare number or text.
    Complete(Vec<u8>),
    /// It was longer than [`ELEMENT_LIMIT`].
    TooLong,
    /// The text ends inside it, or before the array is closed.
    Truncated,
}

/// The elements of the top-level array, or of the array under one key of the top-level object.
///
/// Tolerant of what stands between elements: each complete element is handed over whatever surrounds it.
pub(crate) struct Elements<'a> {
    input: Transcoder<'a>,
    /// Bytes read, and how many of them were looked at.
    chunk: Vec<u8>,
    at: usize,
    key: &'static str,
    /// How many brackets are open.
    depth: u32,
    /// The depth at which elements stand, once the array is found.
    array: Option<u32>,
    in_string: bool,
    escaped: bool,
    /// The last string at depth 1, which may be a key.
    string: Vec<u8>,
    /// Whether that string is followed by a colon.
    keyed: bool,
    element: Vec<u8>,
    too_long: bool,
    any: bool,
    closed: bool,
    ended: bool,
}

impl<'a> Elements<'a> {
    /// `key` names the array in a top-level object; a top-level array needs none.
    pub(crate) fn new(input: &'a mut dyn Read, key: &'static str) -> Self {
        Self {
            input: Transcoder::new(input),
            chunk: Vec::new(),
            at: 0,
            key,
            depth: 0,
            array: None,
            in_string: false,
            escaped: false,
            string: Vec::new(),
            keyed: false,
            element: Vec::new(),
            too_long: false,
            any: false,
            closed: false,
            ended: false,
        }
    }

    /// Whether the text held any bytes.
    pub(crate) fn any_bytes(&self) -> bool {
        self.any
    }

    /// Whether the array was found.
    pub(crate) fn found(&self) -> bool {
        self.array.is_some() || self.closed
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// What the system says when bytes cannot be had.
    pub(crate) fn next_element(&mut self) -> io::Result<Option<Element>> {
        loop {
            while let Some(&byte) = self.chunk.get(self.at) {
                self.at += 1;
                if let Some(element) = self.step(byte) {
                    return Ok(Some(element));
                }
            }
            if !self.refill()? {
                return Ok(self.end());
            }
        }
    }

    /// Reads the next bytes; false at the end.
    fn refill(&mut self) -> io::Result<bool> {
        self.chunk.resize(1 << 16, 0);
        self.at = 0;
        let count = loop {
            match self.input.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.chunk.truncate(*count.as_ref().unwrap_or(&0));
        self.any |= !self.chunk.is_empty();
        count.map(|count| count > 0)
    }

    fn end(&mut self) -> Option<Element> {
        let open = self.array.is_some() && !self.closed;
        if self.ended || !open {
            return None;
        }
        self.ended = true;
        Some(Element::Truncated)
    }

    /// Looks at one byte; an element where it ends one.
    fn step(&mut self, byte: u8) -> Option<Element> {
        let inside = self.array.is_some_and(|array| self.depth > array);
        let among = self.array == Some(self.depth);
        if self.in_string {
            self.keep(byte, inside || among);
            self.step_in_string(byte, inside);
            return None;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.keyed = false;
                self.string.clear();
                self.keep(byte, inside || among);
                None
            }
            b'{' | b'[' => {
                let bare = if among { self.bare() } else { None };
                self.open(byte);
                let inside = self.array.is_some_and(|array| self.depth > array);
                self.keep(byte, inside);
                bare
            }
            b'}' | b']' => {
                self.keep(byte, inside);
                let bare = if among { self.bare() } else { None };
                self.close().or(bare)
            }
            b',' if among => self.bare(),
            _ => {
                if byte == b':' && self.depth == 1 {
                    self.keyed = true;
                }
                self.keep(byte, inside || (among && !byte.is_ascii_whitespace()));
                None
            }
        }
    }

    /// What stands between elements and is none that is written in brackets: `17`, `null`, `"text"`.
    fn bare(&mut self) -> Option<Element> {
        let too_long = std::mem::take(&mut self.too_long);
        let element = std::mem::take(&mut self.element);
        if too_long {
            return Some(Element::TooLong);
        }
        (!element.is_empty()).then_some(Element::Complete(element))
    }

    fn step_in_string(&mut self, byte: u8, inside: bool) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            return;
        }
        if !inside && self.string.len() <= self.key.len() {
            self.string.push(byte);
        }
    }

    fn open(&mut self, byte: u8) {
        let starts_here =
            self.depth == 0 || (self.depth == 1 && self.keyed && self.string == self.key.as_bytes());
        self.depth = self.depth.saturating_add(1);
        if byte == b'[' && starts_here && self.array.is_none() && !self.closed {
            self.array = Some(self.depth);
        }
        self.keyed = false;
    }

    fn close(&mut self) -> Option<Element> {
        let before = self.depth;
        self.depth = self.depth.saturating_sub(1);
        match self.array {
            Some(array) if before == array => {
                self.array = None;
                self.closed = true;
                None
            }
            Some(array) if before == array + 1 => {
                let element = std::mem::take(&mut self.element);
                let too_long = std::mem::take(&mut self.too_long);
                Some(if too_long { Element::TooLong } else { Element::Complete(element) })
            }
            _ => None,
        }
    }

    fn keep(&mut self, byte: u8, inside: bool) {
        if !inside || self.too_long {
            return;
        }
        if self.element.len() >= ELEMENT_LIMIT {
            self.too_long = true;
            self.element = Vec::new();
        } else {
            self.element.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> Vec<String> {
        let mut bytes = text.as_bytes();
        let mut elements = Elements::new(&mut bytes, "sleep");
        std::iter::from_fn(|| elements.next_element().unwrap())
            .map(|element| match element {
                Element::Complete(bytes) => String::from_utf8(bytes).unwrap(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_top_level_array_is_cut_into_its_elements() {
        assert_eq!(
            elements(r#"[ {"a":[1,{"b":"}]"}]}, {"c":"\"{"} ]"#),
            [r#"{"a":[1,{"b":"}]"}]}"#, r#"{"c":"\"{"}"#]
        );
        assert_eq!(elements("[]"), Vec::<String>::new());
    }

    #[test]
    fn what_stands_in_no_brackets_is_an_element_too() {
        let expected = ["17", "null", r#"{"a":1}"#, r#""te,x]t""#, "[2]", "-3.5"];
        assert_eq!(elements(r#"[17, null ,{"a":1}, "te,x]t",[2],-3.5 ]"#), expected);
        assert_eq!(elements(r#"[17 {"a":1} x]"#), ["17", r#"{"a":1}"#, "x"]);
        assert_eq!(elements(r#"{"other":[1],"sleep":[1]}"#), ["1"]);
    }

    #[test]
    fn an_array_under_its_key_is_found_among_others() {
        let text = r#"{"meta":{"sleep":[{"no":1}]},"other":[{"no":2}],"sleep":[{"yes":1}],"x":[{}]}"#;
        assert_eq!(elements(text), [r#"{"yes":1}"#]);
    }

    #[test]
    fn a_text_cut_short_gives_what_is_complete_and_says_so() {
        assert_eq!(elements(r#"[{"a":1},{"b":"#), [r#"{"a":1}"#, "Truncated"]);
        assert_eq!(elements(r#"[{"a":1},"#), [r#"{"a":1}"#, "Truncated"]);
    }

    #[test]
    fn an_element_over_the_limit_is_passed_over() {
        let text = format!("[{{\"a\":\"{}\"}},{{\"b\":1}}]", "x".repeat(ELEMENT_LIMIT));
        assert_eq!(elements(&text), ["TooLong", r#"{"b":1}"#]);
    }
}
