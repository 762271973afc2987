//! Guesses what a column is from its name, and says how sure the name makes it.

use nightmend_domain::{Moment, Role, ScaleDirection};

/// What a name suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub role: Role,
    pub moment: Moment,
    pub direction: Direction,
}

/// What a name says of its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The name leaves no doubt: pain.
    Sure(ScaleDirection),
    /// Most people mean it so, but scales the other way round exist: fatigue, soreness, mood.
    Usual(ScaleDirection),
    /// The name does not say: sleep.
    Open,
}

/// What a column of a night holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SleepColumn {
    Asleep,
    InBedLength,
    FallAsleep,
    Awake,
    Awakenings,
    Efficiency,
    ClockInBed,
    ClockTried,
    ClockAsleep,
    ClockAwake,
    ClockOutOfBed,
}

/// Most words of a name all of whose words are looked at.
const LONGEST_NAME: usize = 5;

use ScaleDirection::{HigherIsBetter as Better, HigherIsWorse as Worse};

/// Beginnings of words, what they mean, and how sure they make the direction; the first that fits stands.
const WORDS: &[(&[&str], Role, Direction)] = &[
    (
        &[
            "painkiller",
            "ibuprofen",
            "paracetamol",
            "acetaminophen",
            "medic",
            "meds",
            "nsaid",
            "opioid",
            "analges",
            "tablet",
            "pill",
        ],
        Role::Painkiller,
        Direction::Usual(Worse),
    ),
    (
        &[
            "happi",
            "wellbeing",
            "awesome",
            "great",
            "energ",
            "readiness",
            "recover",
            "vigilance",
            "alert",
            "vitality",
        ],
        Role::Other,
        Direction::Sure(Better),
    ),
    (
        &[
            "migraine",
            "headache",
            "backache",
            "toothache",
            "neuralgia",
            "sciatica",
            "schmerz",
            "douleur",
            "dolor",
            "pijn",
        ],
        Role::Pain,
        Direction::Sure(Worse),
    ),
    (&["sore", "tender"], Role::Pain, Direction::Usual(Worse)),
    (&["pain", "ache", "aching", "hurt"], Role::Pain, Direction::Sure(Worse)),
    (&["stiff"], Role::Stiffness, Direction::Usual(Worse)),
    (&["stress", "worr"], Role::Stress, Direction::Usual(Worse)),
    (
        &[
            "fatigue",
            "tired",
            "exhaust",
            "nausea",
            "dizz",
            "lighthead",
            "fog",
            "weak",
            "spasm",
            "cramp",
            "anxi",
            "depress",
            "sad",
            "lonel",
            "numb",
            "tingl",
            "palpitation",
            "breath",
            "sensitiv",
            "crash",
            "flare",
            "constipat",
            "diarr",
            "reflux",
            "allerg",
            "vomit",
            "cough",
            "fever",
            "swell",
            "itch",
            "rash",
            "blurred",
            "memory",
            "appetite",
            "irritab",
            "bloat",
        ],
        Role::Symptom,
        Direction::Usual(Worse),
    ),
    (&["mood"], Role::Symptom, Direction::Usual(Better)),
    (&["rested", "refresh"], Role::Rested, Direction::Sure(Better)),
    (&["alcohol", "wine", "beer", "drinks"], Role::Alcohol, Direction::Usual(Worse)),
    (&["caffein", "coffee", "espresso"], Role::Caffeine, Direction::Usual(Worse)),
    (
        &[
            "steps", "step", "exercise", "walk", "activ", "workout", "training", "distance", "km", "floors",
            "run", "cycling", "swim", "yoga", "physio", "pas",
        ],
        Role::Activity,
        Direction::Open,
    ),
    (&["position"], Role::Position, Direction::Open),
    (&["note", "comment", "remark", "diary", "journal"], Role::Note, Direction::Open),
];

/// Whether a word begins with a stem, or holds one of six letters or more: German joins its words.
fn has_stem(words: &[String], stems: &[&str]) -> bool {
    let fits =
        |word: &String, stem: &&str| word.starts_with(stem) || (stem.len() >= 6 && word.contains(stem));
    words.iter().any(|word| stems.iter().any(|stem| fits(word, stem)))
}

/// The ends of a scale that a name states, as in `back pain (0-10)`.
pub(super) fn scale_in(name: &str) -> Option<(f64, f64)> {
    let mut plain = name.replace(['–', '—'], "-").replace("..", "-");
    for between in [" to ", " bis ", " à ", " a "] {
        plain = plain.replace(between, "-");
    }
    plain.retain(|letter| letter != ' ');
    if ["/10", "/10)", "outof10", "outof10)"].iter().any(|end| plain.to_lowercase().ends_with(end)) {
        return Some((0.0, 10.0));
    }
    let bytes = plain.as_bytes();
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'-').find_map(|(at, _)| {
        let before: String = plain
            .get(..at)?
            .chars()
            .rev()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .chars()
            .rev()
            .collect();
        let after: String = plain.get(at + 1..)?.chars().take_while(char::is_ascii_digit).collect();
        let next = plain.get(at + 1 + after.len()..)?.chars().next();
        if next.is_some_and(|letter| !matches!(letter, '(' | ')' | ']' | '/' | ',' | ';')) {
            return None;
        }
        let (low, high): (f64, f64) = (before.parse().ok()?, after.parse().ok()?);
        (low <= 1.0 && (3.0..=100.0).contains(&high)).then_some((low, high))
    })
}

/// A name as its words in lower case: `TotalMinutesAsleep` as total, minutes, asleep.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for letter in name.chars() {
        let new_word = letter.is_uppercase() && before_lower;
        if (!letter.is_alphanumeric() || new_word) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before_lower = letter.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What the name of a column or tracker suggests.
pub(super) fn of(name: &str) -> Meaning {
    let words = words(name);
    let has = |stems: &[&str]| has_stem(&words, stems);
    // Numbers of records and counts of them say nothing of a body.
    if is_record_number(name) || has(&["record"]) {
        return Meaning { role: Role::Other, moment: Moment::Day, direction: Direction::Open };
    }
    let is_sleep = has(&["sleep", "slept", "schlaf", "sommeil", "night", "nap", "insomnia"]);
    let moment = moment(&words, is_sleep);
    if has(&["pain"]) && has(&["wok", "wak", "awak"]) && !has(&["waking", "morning"]) {
        return Meaning {
            role: Role::WokenByPain,
            moment: Moment::Waking,
            direction: Direction::Sure(Worse),
        };
    }
    if is_sleep && !has(&["sleepiness"]) {
        let direction = if has(&["poor", "bad", "insomnia", "disturb", "trouble", "difficult", "problem"]) {
            Direction::Sure(Worse)
        } else if has(&["quality", "qualit", "well", "good", "satisf", "score"]) {
            Direction::Sure(Better)
        } else {
            Direction::Open
        };
        return Meaning { role: Role::SleepQuality, moment: Moment::Waking, direction };
    }
    // A whole sentence is a question of a questionnaire: only the plainest words in it prove something.
    let sentence = words.len() > LONGEST_NAME;
    for (stems, role, direction) in WORDS {
        if sentence && !matches!(role, Role::Pain | Role::Rested | Role::Stiffness) {
            continue;
        }
        if has(stems)
            || (*role == Role::Pain
                && words.iter().any(|word| word.ends_with("pain") || word.ends_with("ache")))
        {
            let moment = if *role == Role::Rested { Moment::Waking } else { moment };
            return Meaning { role: *role, moment, direction: *direction };
        }
    }
    Meaning { role: Role::Other, moment, direction: Direction::Open }
}

fn moment(words: &[String], is_sleep: bool) -> Moment {
    let has = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let is = |whole: &[&str]| words.iter().any(|word| whole.contains(&word.as_str()));
    if has(&["worst"]) || is(&["max", "maximum", "peak"]) {
        Moment::Worst
    } else if has(&["morning", "waking", "wakeup", "morgen", "matin"]) || is(&["am", "wake"]) {
        Moment::Waking
    } else if has(&["evening", "bedtime", "abend", "soir"]) || is(&["pm"]) || at_bed(words) {
        Moment::Bedtime
    } else if is_sleep {
        Moment::Waking
    } else {
        Moment::Day
    }
}

/// Whether a bed is the time of asking, as in "pain before bed"; "sitting in bed for long" tells a doing.
fn at_bed(words: &[String]) -> bool {
    const SHORT: usize = 4;
    let beside =
        |word: Option<&String>| word.is_some_and(|word| ["in", "of", "the"].contains(&word.as_str()));
    words.len() <= SHORT
        && words.iter().position(|word| word == "bed").is_some_and(|at| {
            at + 1 == words.len() && !beside(at.checked_sub(1).and_then(|before| words.get(before)))
        })
}

/// What clock time of a night a column tells, from its name and for a column that holds clock times.
pub(super) fn clock_column(name: &str) -> Option<SleepColumn> {
    use SleepColumn::{ClockAsleep, ClockAwake, ClockInBed, ClockOutOfBed, ClockTried};
    let words = words(name);
    let joined = words.join(" ");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| joined.contains(phrase));
    let is = |whole: &[&str]| words.iter().any(|word| whole.contains(&word.as_str()));
    let short = words.len() <= LONGEST_NAME;
    match sleep_column(name) {
        Some(column @ (ClockInBed | ClockTried | ClockAsleep | ClockAwake | ClockOutOfBed)) => {
            return Some(column);
        }
        _ if !short => return None,
        _ => {}
    }
    if says(&["licht aus", "extinction", "light out"]) {
        Some(ClockTried)
    } else if says(&["aufgestanden", "aufstehen", "aufsteh", "lever", "levé", "sorti du lit"])
        || is(&["up", "rise", "rose", "auf"])
    {
        // "Woke up" is the waking, and "up" alone the rising.
        Some(if is(&["woke", "wake", "waking"]) { ClockAwake } else { ClockOutOfBed })
    } else if says(&["eingeschlafen", "einschlafzeit", "schlafbeginn", "endormi", "asleep"]) {
        Some(ClockAsleep)
    } else if says(&["aufgewacht", "aufwach", "erwacht", "réveil", "reveil"])
        || is(&["wake", "woke", "waking", "awake", "wach"])
    {
        Some(ClockAwake)
    } else if says(&["im bett", "ins bett", "zu bett", "bettzeit", "coucher", "couché", "au lit"])
        || is(&["bed", "bett"])
    {
        Some(ClockInBed)
    } else {
        None
    }
}

/// Whether a name tells any part of a night.
pub(super) fn tells_night(name: &str) -> bool {
    sleep_column(name).is_some() || clock_column(name).is_some()
}

/// What part of a night a column tells, from its name alone.
pub(super) fn sleep_column(name: &str) -> Option<SleepColumn> {
    let words = words(name);
    let has = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let is = |whole: &[&str]| words.iter().any(|word| whole.contains(&word.as_str()));
    let joined = words.join(" ");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| joined.contains(phrase));
    if has(&["awakening", "wakening"])
        || says(&["times woken", "times awake", "woke up times", "number of wak"])
    {
        if says(&["final awakening", "last awakening"]) {
            return Some(SleepColumn::ClockAwake);
        }
        return Some(SleepColumn::Awakenings);
    }
    if has(&["efficien"]) && has(&["sleep", "efficien"]) {
        return Some(SleepColumn::Efficiency);
    }
    if says(&["fall asleep", "sleep onset latency", "sleep latency", "to fall", "sol min"])
        || is(&["sol", "latency"])
    {
        return Some(SleepColumn::FallAsleep);
    }
    if says(&["tried to sleep", "lights out", "lights off", "light off", "light out"]) {
        return Some(SleepColumn::ClockTried);
    }
    if says(&["out of bed", "got up", "get up", "rise time", "rising"]) || is(&["getup", "gotup"]) {
        return Some(SleepColumn::ClockOutOfBed);
    }
    if says(&["time in bed", "hours in bed", "minutes in bed", "min in bed"]) || is(&["tib"]) {
        return Some(SleepColumn::InBedLength);
    }
    if says(&["in bed", "bed time", "went to bed", "to bed"]) || is(&["bedtime"]) {
        return Some(SleepColumn::ClockInBed);
    }
    if says(&["sleep start", "sleep onset", "fell asleep", "asleep at", "start of sleep", "sleep from"]) {
        return Some(SleepColumn::ClockAsleep);
    }
    if says(&["wake time", "wake up", "woke up", "sleep end", "end of sleep", "awake at", "waking time"])
        || is(&["wakeup", "waketime"])
    {
        return Some(SleepColumn::ClockAwake);
    }
    if is(&["waso"]) || says(&["minutes awake", "time awake", "awake min", "min awake"]) {
        return Some(SleepColumn::Awake);
    }
    // Minutes of one stage, and numbers of records, are no time asleep.
    let part = ["deep", "light", "rem", "record", "entry", "log", "debt", "need", "goal", "nap"];
    if has(&part) || is_record_number(name) {
        return None;
    }
    let is_length =
        has(&["hour", "hr", "minute", "min", "duration", "amount", "length", "total", "dauer", "durée"])
            || is(&["h", "tst"]);
    if is(&["tst"])
        || has(&["schlafdauer", "schlafzeit"])
        || (has(&["sleep", "slept", "asleep"])
            && (is_length || has(&["slept", "asleep"]))
            && !has(&["quality", "score", "rating", "record"]))
    {
        return Some(SleepColumn::Asleep);
    }
    None
}

/// The unit that a name gives, or `1`.
pub(super) fn unit(name: &str) -> &'static str {
    const UNITS: &[(&[&str], &str)] = &[
        (&["steps", "step", "pas"], "steps"),
        (&["minutes", "minute", "min", "mins"], "min"),
        (&["hours", "hour", "hrs", "h"], "h"),
        (&["km", "distance"], "km"),
        (&["kg", "weight"], "kg"),
        (&["bpm", "hr", "heart"], "beats/min"),
        (&["hrv", "variability", "rmssd", "ms"], "ms"),
        (&["kcal", "calories"], "kcal"),
        (&["percent", "pct"], "%"),
        (&["floors"], "floors"),
        (&["glasses"], "glasses"),
        (&["drinks"], "drinks"),
        (&["cups"], "cups"),
        (&["mg"], "mg"),
        (&["temperature", "temp"], "°C"),
    ];
    let words = words(name);
    // "HR variability" is a variability before it is a heart rate.
    if words.iter().any(|word| word == "variability" || word == "hrv") {
        return "ms";
    }
    UNITS
        .iter()
        .find(|(names, _)| words.iter().any(|word| names.contains(&word.as_str())))
        .map_or("1", |(_, unit)| unit)
}

/// Whether a name is that of a number given to records.
pub(super) fn is_record_number(name: &str) -> bool {
    let words = words(name);
    words.len() > 1 && words.last().is_some_and(|word| word == "id" || word == "uuid")
}

/// Whether all values are days of the week.
pub(super) fn are_weekdays<'a>(mut values: impl Iterator<Item = &'a String>) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut any = false;
    let all = values.all(|value| {
        any = true;
        let value = value.to_lowercase();
        value.len() <= 9 && DAYS.iter().any(|day| value.starts_with(day))
    });
    any && all
}

/// Whether a name says whose row it is.
pub(super) fn is_person(name: &str) -> bool {
    let words = words(name);
    let known = ["id", "person", "participant", "subject", "user", "patient", "pid", "userid", "name_id"];
    words.len() <= 2 && words.last().is_some_and(|word| known.contains(&word.as_str()))
        || words.first().is_some_and(|word| ["participant", "subject", "patient"].contains(&word.as_str()))
}

/// How a name fits the date column (2 very well, 1 perhaps, 0 not).
pub(super) fn is_date(name: &str) -> u8 {
    let words = words(name);
    if words
        .iter()
        .any(|word| ["date", "day", "datum", "tag", "jour", "fecha", "dag"].contains(&word.as_str()))
    {
        2
    } else if words
        .iter()
        .any(|word| ["time", "timestamp", "datetime", "when", "created", "recorded"].contains(&word.as_str()))
    {
        1
    } else {
        0
    }
}

/// How well names fit the two columns of a long table: what it is about, and the value.
pub(super) fn long_names(tracker: &str, value: &str) -> u32 {
    let about = [
        "name",
        "tracker",
        "category",
        "symptom",
        "metric",
        "item",
        "variable",
        "question",
        "measure",
        "type",
        "label",
        "parameter",
        "region",
        "what",
    ];
    let said = [
        "value",
        "intensity",
        "score",
        "rating",
        "level",
        "severity",
        "answer",
        "result",
        "amount",
        "response",
    ];
    let fits = |name: &str, known: &[&str]| words(name).iter().any(|word| known.contains(&word.as_str()));
    u32::from(fits(tracker, &about)) + u32::from(fits(value, &said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(words("TotalMinutesAsleep"), ["total", "minutes", "asleep"]);
        assert_eq!(words("sleep_duration_h"), ["sleep", "duration", "h"]);
        assert_eq!(words("HR Variability"), ["hr", "variability"]);
    }

    #[test]
    fn usual_names_are_understood() {
        let role = |name| (of(name).role, of(name).moment);
        assert_eq!(role("Low Back Pain"), (Role::Pain, Moment::Day));
        assert_eq!(role("pain_morning"), (Role::Pain, Moment::Waking));
        assert_eq!(role("Muscle aches"), (Role::Pain, Moment::Day));
        assert_eq!(role("Headache"), (Role::Pain, Moment::Day));
        assert_eq!(role("worst pain"), (Role::Pain, Moment::Worst));
        assert_eq!(role("sleep_quality"), (Role::SleepQuality, Moment::Waking));
        assert_eq!(role("Woken by pain"), (Role::WokenByPain, Moment::Waking));
        assert_eq!(role("Brain Fog").0, Role::Symptom);
        assert_eq!(role("painkillers").0, Role::Painkiller);
        assert_eq!(role("Steps").0, Role::Activity);
        assert_eq!(role("Pain before bed").1, Moment::Bedtime);
        assert_eq!(role("Sitting in bed for approx. ½ hour").1, Moment::Day);
    }

    #[test]
    fn scales_in_names_are_read() {
        for name in ["Schmerz (0-10)", "pain 0 – 10", "pain /10", "Pain out of 10", "Schmerz 0 bis 10"] {
            assert_eq!(scale_in(name), Some((0.0, 10.0)), "{name}");
        }
        assert_eq!(scale_in("stress (1-5)"), Some((1.0, 5.0)));
        assert_eq!(scale_in("pain"), None);
    }

    #[test]
    fn clock_times_of_a_night_are_known_in_three_languages() {
        use SleepColumn::{ClockAsleep, ClockAwake, ClockInBed, ClockOutOfBed, ClockTried};
        for (names, expected) in [
            (
                &["im Bett", "Bettzeit", "coucher", "Heure du coucher", "Bedtime", "bed", "In bed"][..],
                ClockInBed,
            ),
            (&["lights out", "Licht aus"], ClockTried),
            (&["eingeschlafen", "asleep", "fell asleep", "Endormi"], ClockAsleep),
            (&["aufgewacht", "réveil", "woke", "wake up", "wake", "Woke up"], ClockAwake),
            (&["aufgestanden", "lever", "up", "out of bed", "got up"], ClockOutOfBed),
        ] {
            for name in names {
                assert_eq!(clock_column(name), Some(expected), "{name}");
            }
        }
        assert_eq!(clock_column("lunch"), None);
    }

    #[test]
    fn only_plain_names_are_sure_of_their_direction() {
        assert_eq!(of("Joint pain").direction, Direction::Sure(Worse));
        assert_eq!(of("soreness").direction, Direction::Usual(Worse));
        assert_eq!(of("Sleep").direction, Direction::Open);
        assert_eq!(of("Sleep quality").direction, Direction::Sure(Better));
        assert_eq!(of("Poor sleep").direction, Direction::Sure(Worse));
    }

    #[test]
    fn columns_of_a_night_are_known() {
        for (name, expected) in [
            ("sleep_duration_h", Some(SleepColumn::Asleep)),
            ("TotalMinutesAsleep", Some(SleepColumn::Asleep)),
            ("TotalTimeInBed", Some(SleepColumn::InBedLength)),
            ("Hours slept", Some(SleepColumn::Asleep)),
            ("Bedtime", Some(SleepColumn::ClockInBed)),
            ("Wake time", Some(SleepColumn::ClockAwake)),
            ("awakenings", Some(SleepColumn::Awakenings)),
            ("sleep_quality", None),
            ("Sleep", None),
            ("Sleep score", None),
        ] {
            assert_eq!(sleep_column(name), expected, "{name}");
        }
    }
}
