//! Reads what is known of persons beside their records (age, sex, flags) and turns it into numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nightmend_loop::group::GroupMember;

use crate::failure::AppError;
use crate::group::LeftOutView;
use crate::group_table::{MISSING, PERSON_NAMES, cells, delimiter_of, number};

/// A word column with more different words than this is a name and not a trait.
const MOST_WORDS: usize = 5;
/// At least this many persons for every covariate.
const PERSONS_EACH: usize = 5;

/// One row a person, cells as they were written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: BTreeMap<String, Vec<String>>,
}

/// The covariates of a group: a name for each, and every person's numbers (`None` where a cell is empty).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Traits {
    pub(crate) names: Vec<String>,
    of: BTreeMap<String, Vec<Option<f64>>>,
}

impl Sheet {
    /// Reads a table with one row a person: a column `person` (or id, participant, …) and any others.
    pub(crate) fn read(path: &Path) -> Result<Self, AppError> {
        let what = format!("reading {}", path.display());
        let bytes = std::fs::read(path).map_err(|source| AppError::File { what, source })?;
        Self::parse(&String::from_utf8_lossy(&bytes), &path.display().to_string())
    }

    fn parse(text: &str, whose: &str) -> Result<Self, AppError> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let Some((_, first)) = lines.next() else {
            return Err(AppError::Refused(format!("{whose} is empty; check the path")));
        };
        let delimiter = delimiter_of(first);
        let columns: Vec<String> =
            cells(first, delimiter).iter().map(|name| name.trim().to_owned()).collect();
        let is_person = |name: &String| PERSON_NAMES.contains(&name.to_lowercase().as_str());
        let Some(place) = columns.iter().position(is_person) else {
            return Err(AppError::Usage(format!(
                "{whose} has the columns {}; name the one with the persons 'person'",
                columns.join(", ")
            )));
        };
        let others = |row: &[String]| -> Vec<String> {
            (0..columns.len())
                .filter(|column| *column != place)
                .map(|column| row.get(column).map_or_else(String::new, |cell| cell.trim().to_owned()))
                .collect()
        };
        let mut rows = BTreeMap::new();
        for (number, line) in lines {
            let row = cells(line, delimiter);
            let person = row.get(place).map_or("", |cell| cell.trim());
            if person.is_empty() {
                return Err(AppError::Refused(format!("{whose} line {}: no person", number + 1)));
            }
            if rows.insert(person.to_owned(), others(&row)).is_some() {
                return Err(AppError::Refused(format!(
                    "{whose} line {}: a second row for {person}; give one row a person",
                    number + 1
                )));
            }
        }
        Ok(Self { columns: others(&columns), rows })
    }

    /// Keeps the columns asked for, in the order asked; all where none are named.
    pub(crate) fn keep(mut self, wanted: &[String]) -> Result<Self, AppError> {
        if wanted.is_empty() {
            return Ok(self);
        }
        let place = |name: &String| {
            self.columns.iter().position(|column| column.eq_ignore_ascii_case(name)).ok_or_else(|| {
                AppError::Usage(format!(
                    "there is no column {name} among what is known of persons ({}); check --covariates",
                    self.columns.join(", ")
                ))
            })
        };
        let places: Vec<usize> = wanted.iter().map(place).collect::<Result<_, _>>()?;
        self.columns = places.iter().map(|place| self.columns[*place].clone()).collect();
        for row in self.rows.values_mut() {
            *row = places.iter().map(|place| row[*place].clone()).collect();
        }
        Ok(self)
    }

    /// Turns words into numbers: a column of numbers stays; of words, every word but the commonest gets a 0/1 column.
    pub(crate) fn traits(&self, remarks: &mut Vec<String>) -> Traits {
        let mut traits = Traits {
            names: Vec::new(),
            of: self.rows.keys().map(|name| (name.clone(), Vec::new())).collect(),
        };
        for (column, name) in self.columns.iter().enumerate() {
            let known: Vec<&String> =
                self.rows.values().map(|row| &row[column]).filter(|cell| !missing(cell)).collect();
            let words: BTreeSet<&String> = known.iter().copied().collect();
            if words.len() < 2 {
                remarks.push(format!("{name} is the same for everyone (or empty) and was left out."));
            } else if known.iter().all(|cell| matches!(number(cell, ';'), Ok(Some(_)))) {
                traits.push(self, column, name.clone(), |cell| number(cell, ';').ok().flatten());
            } else if words.len() > MOST_WORDS {
                remarks.push(format!(
                    "{name} has {} different words and was left out; group them into at most {MOST_WORDS}.",
                    words.len()
                ));
            } else {
                let count = |word: &str| known.iter().filter(|cell| cell.as_str() == word).count();
                let Some(common) =
                    words.iter().copied().max_by(|a, b| count(a).cmp(&count(b)).then(b.cmp(a)))
                else {
                    continue;
                };
                remarks.push(format!("{name} is words: each is set against '{common}'."));
                for word in words.iter().copied().filter(|word| *word != common) {
                    let is = |cell: &str| (!missing(cell)).then(|| f64::from(u8::from(cell == word)));
                    traits.push(self, column, format!("{name}={word}"), is);
                }
            }
        }
        traits
    }
}

fn missing(cell: &str) -> bool {
    MISSING.contains(&cell.to_lowercase().as_str())
}

impl Traits {
    fn push(&mut self, sheet: &Sheet, column: usize, name: String, read: impl Fn(&str) -> Option<f64>) {
        self.names.push(name);
        for (person, row) in &sheet.rows {
            self.of.entry(person.clone()).or_default().push(read(&row[column]));
        }
    }

    /// Gives every member their covariates; who lacks one is left out, because nothing is guessed.
    pub(crate) fn give(
        &mut self,
        members: &mut Vec<GroupMember>,
        left_out: &mut Vec<LeftOutView>,
        remarks: &mut Vec<String>,
    ) -> Result<(), AppError> {
        if self.names.is_empty() {
            return Ok(());
        }
        members.retain_mut(|member| {
            let known = self.of.get(&member.person);
            let values: Option<Vec<f64>> = known.and_then(|cells| cells.iter().copied().collect());
            let lacking = known.and_then(|cells| cells.iter().position(Option::is_none));
            match values {
                Some(values) => member.covariates = values,
                None => left_out.push(LeftOutView {
                    person: member.person.clone(),
                    why: lacking.map_or_else(
                        || "not in the table of persons".to_owned(),
                        |place| format!("no value of {}", self.names[place]),
                    ),
                }),
            }
            !member.covariates.is_empty()
        });
        self.drop_constant(members, remarks);
        let most = members.len() / PERSONS_EACH;
        if self.names.len() > most {
            return Err(AppError::Refused(format!(
                "{} covariates are too many for {} people; choose at most {most} with --covariates",
                self.names.len(),
                members.len()
            )));
        }
        Ok(())
    }

    /// A column that is the same for everyone who is left says nothing.
    fn drop_constant(&mut self, members: &mut [GroupMember], remarks: &mut Vec<String>) {
        for place in (0..self.names.len()).rev() {
            let Some(first) = members.first().map(|member| member.covariates[place]) else { return };
            if members.iter().all(|member| member.covariates[place] == first) {
                let name = self.names.remove(place);
                remarks.push(format!("{name} is the same for everyone who could be used and was left out."));
                for member in members.iter_mut() {
                    member.covariates.remove(place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_and_words_are_set_against_the_commonest() {
        let sheet = Sheet::parse("ID;age;sex;site;same\na;40,5;f;x;1\nb;51;m;y;1\nc;;f;z;1\n", "p.csv")
            .expect("a sheet");
        let mut remarks = Vec::new();
        let traits = sheet.traits(&mut remarks);
        assert_eq!(traits.names, ["age", "sex=m", "site=y", "site=z"]);
        assert_eq!(traits.of["a"], [Some(40.5), Some(0.0), Some(0.0), Some(0.0)]);
        assert_eq!(traits.of["c"], [None, Some(0.0), Some(0.0), Some(1.0)]);
        assert!(
            remarks.iter().any(|remark| remark.contains("'f'"))
                && remarks.iter().any(|r| r.starts_with("same"))
        );
        let chosen = sheet.keep(&["Sex".to_owned()]).expect("a column");
        assert_eq!(chosen.columns, ["sex"]);
        assert!(chosen.keep(&["weight".to_owned()]).is_err());
    }

    #[test]
    fn a_person_twice_or_no_column_of_persons_is_refused() {
        assert!(Sheet::parse("person,age\na,1\na,2\n", "p").is_err());
        assert!(Sheet::parse("who,age\na,1\n", "p").is_err());
        assert!(Sheet::parse("", "p").is_err());
    }
}
