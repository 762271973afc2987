//! Proposes maps for made-up tables of the kinds that people keep, and imports the tables by them.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and may speak")]

mod support;

use std::fmt::Write;

use nightmend_domain::Fact;
use nightmend_import::table::{Proposal, TableMap, propose};
use nightmend_import::{Account, Item};
use support::{read_bytes, settings};

fn proposal(table: &str) -> Proposal {
    propose(&mut table.as_bytes(), "table.csv").unwrap()
}

/// Imports a table by the map that is proposed for it.
fn imported(table: &str, proposal: &Proposal) -> (Vec<Item>, Account) {
    let map = TableMap::parse(&proposal.toml_text)
        .unwrap_or_else(|error| panic!("{error}\n{}", proposal.toml_text));
    let mut settings = settings(Some("Europe/Oslo"));
    settings.map = Some(map);
    let (items, account) = read_bytes("table", table.as_bytes(), &settings);
    (items, account.unwrap())
}

fn day(number: i32) -> jiff::civil::Date {
    jiff::civil::date(2024, 1, 1) + jiff::Span::new().days(number)
}

/// A number from 0 to `most` that looks like chance and is the same each time.
fn chance(seed: i32, most: i32) -> i32 {
    let mixed = (seed as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(40_503);
    ((mixed >> 8) % (most as u32 + 1)) as i32
}

#[test]
fn a_tracker_that_was_renamed_part_way_stays_one_series() {
    let mut table = String::from("observation_date,tracker_name,tracker_category,observation_value \n");
    for number in 0..200 {
        let pain = chance(number, 3);
        let date = day(number);
        let aches = if number < 120 { "Muscle aches" } else { "Aching muscles" };
        let sleep = (pain + chance(number + 7_000, 1)).min(3);
        for (name, category, value) in [
            ("Sleep", "Sleep", sleep),
            (aches, "Muscles", chance(number + 500, 2)),
            ("Headache", "Brain", pain),
            ("Nausea", "Gut", chance(number + 900, 1)),
        ] {
            writeln!(table, "{date},{name},{category},{value} ").unwrap();
        }
    }
    let proposal = proposal(&table);
    let (items, account) = imported(&table, &proposal);
    assert_eq!((account.read, account.refused, account.unmapped), (800, 0, 0), "{}", proposal.toml_text);
    let aches = items
        .iter()
        .filter(|item| {
            matches!(item, Item::Record(record) if matches!(&record.observation.fact,
                Fact::Entry(entry) if entry.tracker.as_str() == "Aching muscles"))
        })
        .count();
    assert_eq!(aches, 200);
    let sleep = proposal.toml_text.split("name = \"Sleep\"").nth(1).unwrap();
    assert!(sleep.split("\n\n").next().unwrap().contains("higher = \"worse\""), "the numbers tell: {sleep}");
    assert!(proposal.questions.iter().any(|question| question.contains("'Sleep' worse?")));
}

#[test]
fn a_reversed_soreness_is_seen_by_the_areas_that_are_named() {
    let mut table = String::from("date,soreness,soreness_area\n");
    for number in 0..80 {
        let sore = chance(number, 2) == 0;
        let (value, area) =
            if sore { (1 + chance(number + 5, 1), "[1]") } else { (3 + chance(number + 9, 2), "[]") };
        writeln!(table, "{},{value},{area}", day(number)).unwrap();
    }
    let proposal = proposal(&table);
    assert!(proposal.toml_text.contains("scale = [1, 5]\nhigher = \"better\""), "{}", proposal.toml_text);
    assert!(proposal.questions.iter().any(|question| question.contains("average lower")), "{proposal:?}");
    assert_eq!(imported(&table, &proposal).1.refused, 0);
}

#[test]
fn a_date_that_can_be_read_both_ways_must_be_settled_by_the_person() {
    let mut table = String::from("Date,Pain\n");
    for number in 1..=9 {
        // Neither order makes the rows follow one another by much shorter steps.
        writeln!(table, "0{number}/{:02}/2024,{}", 1 + number * 7 % 11, number % 5).unwrap();
    }
    let proposal = proposal(&table);
    assert!(TableMap::parse(&proposal.toml_text).unwrap_err().message.contains("un-comment"));
    assert!(proposal.questions[0].contains("Read day first, rows are usually"), "{proposal:?}");
    let settled = proposal.toml_text.replace("# format = \"%d/%m/%Y\"", "format = \"%d/%m/%Y\"");
    let account = imported(&table, &Proposal { toml_text: settled, ..proposal }).1;
    assert_eq!((account.read, account.refused), (9, 0));
}

#[test]
fn a_spreadsheet_with_decimal_commas_bed_times_and_words_needs_few_answers() {
    let mut table =
        String::from("Date;Bedtime;Wake time;Back pain morning;Sleep quality;Weight kg;Painkiller;Notes\n");
    for number in 0..40 {
        let date = day(number).strftime("%d.%m.%Y").to_string();
        let pain = chance(number, 9);
        writeln!(
            table,
            "{date};23:{:02};06:{:02};{pain};{};70,{};{};{}",
            chance(number, 59),
            chance(number + 1, 59),
            1 + chance(number + 2, 4),
            chance(number + 3, 9),
            if pain > 6 { "yes" } else { "no" },
            if number % 9 == 0 { "long drive" } else { "" },
        )
        .unwrap();
    }
    let proposal = proposal(&table);
    let (items, account) = imported(&table, &proposal);
    assert_eq!((account.refused, account.unmapped), (0, 0), "{}", proposal.toml_text);
    assert_eq!(account.read, 40 * 5 + 5, "nights, four columns and five notes: {}", proposal.toml_text);
    let nights = items
        .iter()
        .filter(
            |item| matches!(item, Item::Record(record) if matches!(record.observation.fact, Fact::Sleep(_))),
        )
        .count();
    assert_eq!(nights, 40);
    // Dated by waking or evening; diary or device; the ends of the scale of sleep quality.
    assert_eq!(proposal.questions.len(), 3, "{:?}", proposal.questions);
}

#[test]
fn what_no_name_and_no_number_tells_waits_as_text() {
    let table = "date,glorp\n2024-01-01,1\n2024-01-02,3\n2024-01-03,2\n";
    let proposal = proposal(table);
    let account = imported(table, &proposal).1;
    assert_eq!((account.read, account.unmapped), (3, 3));
    assert_eq!(proposal.questions.len(), 2, "its direction and its ends: {:?}", proposal.questions);
}

#[test]
fn a_table_without_dates_is_asked_about_and_bytes_without_a_table_are_refused() {
    let without = proposal("id,score\nA,3\nB,4\n");
    assert!(without.questions[0].contains("Which column is the date?"), "{without:?}");
    assert!(TableMap::parse(&without.toml_text).is_err());
    for bytes in ["", "just text\nand more\n", "a,b\n"] {
        assert!(propose(&mut bytes.as_bytes(), "x").is_err(), "{bytes:?}");
    }
}

#[test]
fn one_slip_among_few_times_costs_one_time_and_not_the_column() {
    let table = "date,bedtime,wake,pain\n2024-01-01,23:10,07:05,3\n2024-01-02,23:40,06:50,5\n2024-01-03,22:50,25:99,4\n";
    let proposal = proposal(table);
    assert!(proposal.toml_text.contains("awake = \"wake\""), "{}", proposal.toml_text);
    let asked = proposal.questions.iter().find(|question| question.contains("no time of day"));
    let asked = asked.expect("the slip is asked about").to_lowercase();
    assert!(asked.contains("1 of the 3 values of 'wake'") && asked.contains("'25:99'"), "{asked}");
    let (items, account) = imported(table, &proposal);
    assert_eq!(account.refused, 1, "the time that is none");
    let nights = items.iter().filter(
        |item| matches!(item, Item::Record(record) if matches!(record.observation.fact, Fact::Sleep(_))),
    );
    assert_eq!(nights.count(), 3, "the night with the slip is kept with what else is known of it");
}
