//! Finds the part of a file's name that stays the same from one export to the next.

/// Words that programs add to the name of a second copy, in lower case.
const COPIES: [&str; 7] = ["copy", "kopie", "copie", "copia", "kopia", "export", "download"];
/// What copies begin with, in lower case.
const COPIES_OF: [&str; 5] = ["copy of ", "kopie von ", "copie de ", "copia de ", "kopie "];
/// Fewest letters before digits that are taken off without a sign between: `table2`, but not `p01`.
const LETTERS_BEFORE_DIGITS: usize = 4;

/// The name of a source for a file: without folder, ending, dates, and the marks of a further copy.
pub(super) fn source_name(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let plain: String = stem.chars().filter(|letter| !letter.is_control()).take(80).collect();
    let mut name = trimmed(&without_dates(&plain)).to_owned();
    loop {
        let shorter = shortened(&name);
        if shorter == name || shorter.is_empty() {
            break;
        }
        name = shorter;
    }
    if name.chars().any(char::is_alphabetic) { name } else { "my table".to_owned() }
}

/// The name with one mark of a copy less.
fn shortened(name: &str) -> String {
    let lower = name.to_lowercase();
    // Lower case may have other lengths in some scripts; then nothing is cut by its places.
    if lower.len() == name.len() {
        for start in COPIES_OF {
            if lower.starts_with(start) && name.is_char_boundary(start.len()) {
                return trimmed(&name[start.len()..]).to_owned();
            }
        }
        for word in COPIES {
            if let Some(before) = lower.strip_suffix(word)
                && before.ends_with(is_sign)
            {
                return trimmed(&name[..before.len()]).to_owned();
            }
        }
    }
    if let Some(before) = name.strip_suffix(')')
        && let Some((before, number)) = before.rsplit_once('(')
        && number.chars().all(|letter| letter.is_ascii_digit())
    {
        return trimmed(before).to_owned();
    }
    let before = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let letters = before.chars().rev().take_while(|letter| letter.is_alphabetic()).count();
    if before.len() < name.len() && (before.ends_with(is_sign) || letters >= LETTERS_BEFORE_DIGITS) {
        return trimmed(before).to_owned();
    }
    trimmed(name).to_owned()
}

fn is_sign(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '_' | '-' | '.' | ',' | '–' | '+')
}

fn trimmed(name: &str) -> &str {
    name.trim_matches(is_sign)
}

/// The name without dates such as 2024-04, 20240401 or 01.04.2024.
fn without_dates(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut kept = String::new();
    let mut at = 0;
    while at < letters.len() {
        let after_digit = at > 0 && letters[at - 1].is_ascii_digit();
        match date_length(&letters[at..]).filter(|_| !after_digit) {
            Some(length) => {
                at += length;
                // What stood on either side of the date stays apart.
                if !kept.ends_with(is_sign) {
                    kept.push(' ');
                }
                while letters.get(at).is_some_and(|letter| is_sign(*letter)) {
                    at += 1;
                }
            }
            None => {
                kept.push(letters[at]);
                at += 1;
            }
        }
    }
    kept
}

/// How many letters the date takes with which the text begins.
fn date_length(letters: &[char]) -> Option<usize> {
    const FORMS: [&str; 6] = ["Y-M-D", "YMD", "D-M-Y", "Y-M", "M-Y", "YM"];
    FORMS.iter().find_map(|form| {
        let mut at = 0;
        for part in form.chars() {
            let (length, least, most) = match part {
                'Y' => (4, 1990, 2099),
                'M' => (2, 1, 12),
                'D' => (2, 1, 31),
                _ => {
                    let sign = letters.get(at)?;
                    if !matches!(sign, '-' | '_' | '.' | ' ') {
                        return None;
                    }
                    at += 1;
                    continue;
                }
            };
            let digits: String = letters.get(at..at + length)?.iter().collect();
            let number: u32 = digits.parse().ok().filter(|_| digits.chars().all(|d| d.is_ascii_digit()))?;
            if !(least..=most).contains(&number) {
                return None;
            }
            at += length;
        }
        let ends = letters.get(at).is_none_or(|letter| !letter.is_ascii_digit());
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_export_goes_by_the_same_name() {
        for (file, source) in [
            ("visible_2024-04_2025-04.csv", "visible"),
            ("visible_2024-04_2025-05 (1).csv", "visible"),
            ("folder/pain diary - Copy.csv", "pain diary"),
            ("Schmerz - Kopie (2).csv", "Schmerz"),
            ("Kopie von Schmerz.xlsx.csv", "Schmerz.xlsx"),
            ("pain_20240401.csv", "pain"),
            ("01.04.2024 pain.csv", "pain"),
            ("20240401-pain-20240501.csv", "pain"),
            ("table2.csv", "table"),
            ("log_3.csv", "log"),
            ("p01.csv", "p01"),
            ("wellness.csv", "wellness"),
            ("2024-04.csv", "my table"),
            ("copy.csv", "copy"),
            ("", "my table"),
        ] {
            assert_eq!(source_name(file), source, "{file}");
        }
    }
}
