//! Reads any table of text by the map that a person gives with it.

use std::io::Read;

use crate::importer::{Account, Confidence, ImportSettings, Importer, Item, ReadError};
use crate::rows::{guess_delimiter, split};
use crate::text::head_as_text;

/// The importer of tables with a map.
pub(crate) struct MappedTable;

impl Importer for MappedTable {
    fn id(&self) -> &'static str {
        "table"
    }

    fn title(&self) -> &'static str {
        "any table (CSV, TSV) with a map (`nightmend map FILE` proposes one)"
    }

    fn recognises(&self, head: &[u8], file_name: &str) -> Confidence {
        let Some(text) = head_as_text(head) else { return Confidence::No };
        if text.trim_start().starts_with(['[', '{', '<'])
            || super::diary_csv::DiaryCsv.recognises(head, file_name) > Confidence::No
        {
            return Confidence::No;
        }
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
        let delimiter = guess_delimiter(&lines);
        let wide =
            lines.iter().filter(|line| split(line, delimiter).is_some_and(|cells| cells.len() > 1)).count();
        if wide * 2 > lines.len() { Confidence::NeedsMap } else { Confidence::No }
    }

    fn read(
        &self,
        input: &mut dyn Read,
        settings: &ImportSettings,
        emit: &mut dyn FnMut(Item),
    ) -> Result<Account, ReadError> {
        match &settings.map {
            Some(map) => crate::table::read(input, map, settings, emit),
            None => Err(ReadError::NeedsMap),
        }
    }
}
