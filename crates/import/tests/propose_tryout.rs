//! Proposes maps for made-up tables with the slips and habits that users of a try-out had, and imports them.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test reads files and may speak")]

mod support;

use nightmend_import::table::{Proposal, TableMap, propose};
use nightmend_import::{Account, Item, ReadError, importer_by_id, recognise};
use support::{read_bytes, settings};

fn proposal(table: &str) -> Proposal {
    propose(&mut table.as_bytes(), "table.csv").unwrap()
}

fn imported(table: &str, proposal: &Proposal) -> (Vec<Item>, Account) {
    let map = TableMap::parse(&proposal.toml_text)
        .unwrap_or_else(|error| panic!("{error}\n{}", proposal.toml_text));
    let mut settings = settings(Some("Europe/Oslo"));
    settings.map = Some(map);
    let (items, account) = read_bytes("table", table.as_bytes(), &settings);
    (items, account.unwrap())
}

/// A table of one column beside the date.
fn column(name: &str, values: &[&str]) -> String {
    let mut table = format!("date,{name}\n");
    for (number, value) in values.iter().enumerate() {
        table.push_str(&format!("2024-03-{:02},{value}\n", number + 1));
    }
    table
}

fn asks(proposal: &Proposal, text: &str) -> bool {
    proposal.questions.iter().any(|question| question.contains(text))
}

fn nothing_usable(bytes: &[u8]) -> String {
    match propose(&mut &bytes[..], "x") {
        Err(ReadError::NothingUsable { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_scale_in_a_name_wins_over_a_slip() {
    let table = column("Schmerz (0-10)", &["1", "2", "8", "11", "4", "3", "5", "6", "7"]);
    let proposal = proposal(&table);
    assert!(proposal.toml_text.contains("nrs = true"), "{}", proposal.toml_text);
    assert!(asks(&proposal, "1 of 9 values of 'Schmerz (0-10)', such as 11"), "{proposal:?}");
    let (items, account) = imported(&table, &proposal);
    assert_eq!((account.read, account.refused), (9, 1));
    let refused = items.iter().find_map(|item| match item {
        Item::Refused(issue) => Some(issue.place.clone()),
        _ => None,
    });
    assert_eq!(refused.as_deref(), Some("line 5, Schmerz (0-10)"));
    let stress = of_column("stress (1-5)", &["2", "3", "2", "9", "4"]);
    assert!(stress.toml_text.contains("scale = [1, 5]"), "{}", stress.toml_text);
}

fn of_column(name: &str, values: &[&str]) -> Proposal {
    proposal(&column(name, values))
}

#[test]
fn pain_runs_from_0_to_10_unless_most_values_say_otherwise() {
    for values in [&["3", "5", "3"][..], &["5", "6"], &["2.5", "9", "-1", "4", "3"], &["3", "11", "4"]] {
        let proposal = of_column("pain", values);
        assert!(proposal.toml_text.contains("nrs = true"), "{}", proposal.toml_text);
    }
    assert!(asks(&of_column("pain", &["3", "5", "3"]), "'pain' rated from 0 to 10?"));
    let hundred = of_column("pain", &["30", "55", "62", "8", "71"]);
    assert!(hundred.toml_text.contains("scale = [0, 100]\nhigher = \"worse\""), "{}", hundred.toml_text);
    assert!(asks(&hundred, "from 0 to 100?"));
    let stress = of_column("stress", &["3", "5", "3"]);
    assert!(stress.toml_text.contains("scale = [1, 5]"));
    assert!(asks(&stress, "guessed from the values alone"), "{stress:?}");
}

#[test]
fn hours_of_sleep_are_known_in_spite_of_slips() {
    let table = column("Sleep", &["7", "6", "8", "-3", "30"]);
    let found = proposal(&table);
    assert!(found.toml_text.contains("hours_asleep = \"Sleep\""), "{}", found.toml_text);
    assert!(asks(&found, "hours asleep?") && asks(&found, "2 of 5 values of 'Sleep', such as"), "{found:?}");
    let (items, account) = imported(&table, &found);
    assert_eq!((account.read, account.refused), (5, 2));
    let places: Vec<&str> = items
        .iter()
        .filter_map(|item| match item {
            Item::Refused(issue) => Some(issue.place.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(places, ["line 5, Sleep", "line 6, Sleep"]);
    let either = of_column("Sleep", &["4", "5", "3", "5", "1", "2"]);
    assert!(!either.toml_text.contains("\nhours_asleep"), "{}", either.toml_text);
    assert!(asks(&either, "hours asleep"), "{either:?}");
    let named = of_column("hours slept", &["7.5", "6", "300", "8", "-2", "0", "7"]);
    assert!(named.toml_text.contains("hours_asleep = \"hours slept\""), "{}", named.toml_text);
    assert!(asks(&named, "2 of 7 values of 'hours slept'"));
}

#[test]
fn a_length_of_sleep_that_cannot_be_is_refused_with_its_place() {
    let map = "source = \"x\"\ndate = { column = \"date\", format = \"iso\" }\n[sleep]\nhours_asleep = \"h\"\nmethod = \"diary\"\n";
    let table = column("h", &["7", "0", "-1", "24", "24.5", "30"]);
    let found = Proposal { toml_text: map.to_owned(), reasons: Vec::new(), questions: Vec::new() };
    let (items, account) = imported(&table, &found);
    assert_eq!((account.read, account.refused), (6, 4), "{items:?}");
    assert!(items.iter().any(|item| matches!(item, Item::Refused(issue) if issue.place == "line 3, h")));
}

#[test]
fn several_values_of_a_day_and_the_moment_are_asked_about() {
    let mut table = String::from("date,pain\n");
    for day in 1..=9 {
        table.push_str(&format!("2024-03-0{day},7\n2024-03-0{day},3\n"));
    }
    let found = proposal(&table);
    assert!(found.toml_text.contains("several = \"mean\""), "{}", found.toml_text);
    assert!(asks(&found, "mean of a day right for 'pain'? Up to 9 days"), "{found:?}");
    assert!(asks(&found, "\"waking\" for the morning or \"bedtime\""), "{found:?}");
    let morning = of_column("pain_morning", &["7", "3", "5"]);
    assert!(!asks(&morning, "time of day are these"), "its name says when");
}

#[test]
fn the_source_keeps_its_name_and_says_why() {
    let table = column("pain", &["7", "3"]);
    for file in ["visible_2024-04_2025-04.csv", "visible_2024-04_2025-05 (1).csv", "visible - Kopie.csv"] {
        let found = propose(&mut table.as_bytes(), file).unwrap();
        assert!(found.toml_text.contains("source = \"visible\"\n"), "{}", found.toml_text);
        assert!(found.reasons[0].contains("not counted twice"), "{:?}", found.reasons);
    }
}

#[test]
fn the_order_of_rows_decides_between_day_and_month() {
    let mut month_first = String::from("Date,Pain\n");
    for day in 1..=9 {
        month_first.push_str(&format!("03/0{day}/2024,7\n"));
    }
    let found = proposal(&month_first);
    assert!(found.toml_text.contains("\nformat = \"%m/%d/%Y\"   # month first"), "{}", found.toml_text);
    assert!(found.toml_text.contains("\n# format = \"%d/%m/%Y\""), "{}", found.toml_text);
    assert!(asks(&found, "month is taken to come first"));
    assert_eq!(imported(&month_first, &found).1.refused, 0);
    let unclear = proposal("Date,Pain\n01/02/2024,3\n05/07/2024,4\n02/09/2024,5\n11/10/2024,5\n");
    assert!(TableMap::parse(&unclear.toml_text).is_err(), "{}", unclear.toml_text);
    let points = proposal("Datum;Schmerz\n01.02.2024;3\n05.07.2024;4\n02.09.2024;5\n11.10.2024;5\n");
    assert!(points.toml_text.contains("\nformat = \"%d.%m.%Y\""), "{}", points.toml_text);
    assert!(asks(&points, "Dates with points"));
    let text = "Date;Pain\n03/04/2024;7\n";
    let bytes: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let one = propose(&mut &bytes[..], "x.csv").unwrap();
    assert!(asks(&one, "too few rows") && !asks(&one, "0 days"), "{one:?}");
}

#[test]
fn clock_times_of_a_night_are_found_in_three_languages() {
    for names in [
        ["bed", "lights out", "asleep", "woke", "up"],
        ["im Bett", "Licht aus", "eingeschlafen", "aufgewacht", "aufgestanden"],
        ["coucher", "extinction", "endormi", "réveil", "lever"],
    ] {
        let mut table = format!("date,{},lunch\n", names.join(","));
        for day in 1..=5 {
            table.push_str(&format!("2024-03-0{day},22:1{day},22:40,23:05,06:3{day},07:00,12:15\n"));
        }
        let found = proposal(&table);
        for (slot, name) in ["in_bed", "tried_to_sleep", "asleep", "awake", "out_of_bed"].iter().zip(names) {
            assert!(found.toml_text.contains(&format!("\n{slot} = \"{name}\"")), "{}", found.toml_text);
        }
        assert!(asks(&found, "clock times in 'lunch'") && asks(&found, "a person write down the nights"));
        let (_, account) = imported(&table, &found);
        assert_eq!((account.read, account.refused), (10, 0), "nights and lunches: {}", found.toml_text);
    }
}

#[test]
fn sitting_in_bed_is_no_time_of_asking() {
    let mut table = String::from("observation_date,tracker_name,observation_value\n");
    for day in 1..=9 {
        for name in ["Sitting in bed for approx. ½ hour", "Fatigue", "Standing"] {
            table.push_str(&format!("2024-03-0{day},{name},{}\n", day % 4));
        }
    }
    assert!(!proposal(&table).toml_text.contains("bedtime\"\n"), "{}", proposal(&table).toml_text);
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    let noise: Vec<u8> =
        (0..5_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(nothing_usable(&noise).contains("save the table as CSV"));
    let licence = "MIT License\n\nCopyright (c) 2024 Someone, Elsewhere\n\nPermission is granted, free of charge, to any \
                   person,\nto use, copy, modify, merge, publish,\nand sell the software, as is\n";
    assert!(nothing_usable(licence.as_bytes()).contains("no rows"));
    let numbered = format!("Preamble, as is\n1. Definitions, first\n12345678, of 2\n{licence}");
    assert!(nothing_usable(numbered.as_bytes()).contains("no table of days"));
    let table = column("pain", &["7", "3", "6"]);
    let found = proposal(&table.replace('\n', "\r"));
    assert_eq!(imported(&table.replace('\n', "\r"), &found).1.read, 3);
}

#[test]
fn a_table_of_doings_with_several_numbers_a_row_is_wide() {
    let mut table =
        String::from("year,month,day,activity,start time,duration,km,pain after,effort intensity\n");
    for number in 0..60 {
        let (year, month) = if number == 0 { ("2024", "1") } else { ("", "") };
        let doing = ["Walk", "Road Bike", "Swim"][number % 3];
        let day = if number % 2 == 0 { (number / 2 + 1).to_string() } else { String::new() };
        table.push_str(&format!(
            "{year},{month},{day},{doing},16:30,{},2.5,{},3.5\n",
            20 + number,
            number % 7
        ));
    }
    let found = proposal(&table);
    assert!(!found.toml_text.contains("[long]"), "{}", found.toml_text);
    assert_eq!(imported(&table, &found).1.refused, 0, "{}", found.toml_text);
}

#[test]
fn the_real_table_of_doings_is_read_without_a_refusal() {
    let Some(data) = support::shared_data() else { return };
    let bytes = std::fs::read(data.join("myaiguide/Participant1/sport.csv")).unwrap();
    let found = propose(&mut &bytes[..], "sport.csv").unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (items, account) = imported(&text, &found);
    let refused: Vec<&Item> = items.iter().filter(|item| matches!(item, Item::Refused(_))).collect();
    println!("{account:?} {refused:?}\n{}", found.toml_text);
    assert!(!found.toml_text.contains("[long]"), "{}", found.toml_text);
    assert!(account.refused * 100 < account.read, "{account:?} {refused:?}");
}

#[test]
fn a_fitbit_list_with_other_things_in_it_refuses_them_one_by_one() {
    let log = r#"{"logId":1,"dateOfSleep":"2024-03-02","startTime":"2024-03-01T23:00:00.000","endTime":"2024-03-02T07:00:00.000","minutesAsleep":420}"#;
    let long = log.replace("2024-03-02T07", "2024-03-03T05").replace("\"logId\":1", "\"logId\":2");
    let backwards = log.replace("2024-03-02T07", "2024-03-01T07").replace("\"logId\":1", "\"logId\":3");
    let minus = log.replace("420", "-20").replace("\"logId\":1", "\"logId\":4");
    let text = format!("[17, null, {log}, \"text\", {long}, {backwards}, {minus}]");
    let (items, account) = read_bytes("fitbit-sleep", text.as_bytes(), &settings(Some("Europe/Oslo")));
    let account = account.unwrap();
    assert_eq!((account.read, account.refused), (7, 6), "{items:?}");
    let places: Vec<&str> = items
        .iter()
        .filter_map(|item| match item {
            Item::Refused(issue) => Some(issue.place.split(" (").next().unwrap()),
            _ => None,
        })
        .collect();
    assert_eq!(places, ["record 1", "record 2", "record 4", "record 5", "record 6", "record 7"]);
}

#[test]
fn a_fitbit_file_of_two_lines_is_known_and_read_as_far_as_it_goes() {
    for head in ["[{\n  \"logId\" : 26093459526,", "[{\n  \"dateOfSleep\" : \"2024-03-02\",\n  \"start"] {
        let (importer, _) = recognise(head.as_bytes(), "sleep.json").unwrap();
        assert_eq!(importer.id(), "fitbit-sleep");
        let (items, account) = read_bytes("fitbit-sleep", head.as_bytes(), &settings(Some("Europe/Oslo")));
        assert_eq!((account.unwrap().refused, items.len()), (1, 1), "{items:?}");
    }
    let exercise = "[{\n  \"logId\" : 26093459526,\n  \"activityName\" : \"Walk\",";
    let known = recognise(exercise.as_bytes(), "exercise.json").map(|(importer, _)| importer.id());
    assert_ne!(known, Some(importer_by_id("fitbit-sleep").unwrap().id()));
}

#[test]
fn the_maps_of_a_study_take_the_person_from_the_folder_once_two_lines_are_uncommented() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/maps");
    for (name, person) in [
        ("myaiguide-pain.toml", "Participant8Anonymized"),
        ("myaiguide-observations.toml", "Participant8Anonymized"),
        ("myaiguide-p9-pain.toml", "Participant9Anonymized"),
        ("myaiguide-p1-pain.toml", "Participant1"),
    ] {
        let parts = ["myaiguide", person, "Participant8PainNew.csv"].map(str::to_owned);
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(TableMap::parse(&text).unwrap().person_of_path(&parts), None, "{name}");
        let text = text.replace("# [person]\n# path", "[person]\npath");
        let map = TableMap::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(map.person_of_path(&parts).unwrap().as_str(), person, "{name}");
        assert_eq!(map.person_of_path(&parts[2..]), None, "a file alone names nobody");
    }
}

#[test]
fn two_columns_for_one_part_of_the_night_are_asked_about() {
    let mut table = String::from("date,asleep,sleep\n");
    for day in 1..=5 {
        table.push_str(&format!("2024-03-0{day},7:3{day},7:30\n"));
    }
    let found = proposal(&table);
    assert!(found.toml_text.contains("\nhours_asleep = \"asleep\""), "{}", found.toml_text);
    assert!(asks(&found, "same part of the night best? 'sleep'"), "{found:?}");
    assert_eq!(imported(&table, &found).1.unmapped, 5);
}
