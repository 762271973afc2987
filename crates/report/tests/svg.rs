//! Draws every SVG figure for a phone and a page and compares it with what a person has looked at.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use nightmend_domain::Zone;
use nightmend_domain::estimate::{HiddenInfluence, HiddenInfluencePoint, Interval, MeanSd, Summary};
use nightmend_report::figure::svg::{
    Beliefs, Calendar, CalendarOf, CoverageLane, DataShare, LaneSpan, NightLane, NightLevel, NightPicture,
    StepEffect, SvgFigure, Trend, TrendForm, Width, actogram, beliefs, calendar, coverage, curve,
    data_shares, forest, hidden_influence, intervals, loop_arrows, night, step_effect, trends,
};
use nightmend_report::figure::{
    ArrowFigure, Curve, IntervalRow, LoopFigure, NightRow, PainMark, SleepSpan, SpanLevel, Verdict,
};
use nightmend_sim::hypnogram::Level;
use nightmend_sim::{DEMO_SEED, DEMO_ZONE, ObservedDay, demo::demo_days};
use nightmend_testkit::golden::assert_golden;

fn summary(mean: f64, sd: f64) -> Summary {
    let around = |times: f64| Interval { low: mean - times * sd, high: mean + times * sd };
    Summary { mean, median: mean, sd, ci50: around(0.6745), ci90: around(1.6449) }
}

fn rows() -> Vec<IntervalRow> {
    vec![
        IntervalRow::of("Sleep to pain", "points per hour", &summary(-0.48, 0.11), Verdict::Clear),
        IntervalRow::of("Pain to sleep", "hours per point", &summary(-0.03, 0.06), Verdict::CannotTellYet),
    ]
}

fn pulse() -> Curve {
    let days = (0..14).map(|day| {
        let left = 0.62_f64.powi(day);
        summary(1.4 * left, 0.35 * left.sqrt())
    });
    Curve {
        title: "Pain after a night 3 hours short".to_owned(),
        unit: "points".to_owned(),
        days: days.collect(),
    }
}

fn arrow(mean: f64, sd: f64, effect: &str, verdict: Verdict) -> ArrowFigure {
    ArrowFigure { standardised: MeanSd { mean, sd }, effect: effect.to_owned(), verdict }
}

fn one_arrow() -> LoopFigure {
    LoopFigure {
        sleep_to_pain: arrow(-0.40, 0.09, "0.5 points more per hour less, 0.3 to 0.7", Verdict::Clear),
        pain_to_sleep: arrow(-0.05, 0.08, "2 minutes less per point, −6 to 2", Verdict::CannotTellYet),
    }
}

fn both_arrows() -> LoopFigure {
    LoopFigure {
        sleep_to_pain: arrow(-0.33, 0.05, "0.4 points more per hour less, 0.3 to 0.5", Verdict::Clear),
        pain_to_sleep: arrow(-0.22, 0.06, "11 minutes less per point, 6 to 16", Verdict::Clear),
    }
}

/// The demo person's nights as the device tells them, with pain on waking, some nights taken out.
fn demo_nights(count: usize) -> Vec<NightRow> {
    let zone = Zone::named(DEMO_ZONE).unwrap();
    let days = demo_days(DEMO_SEED);
    days.iter().take(count).filter(|day| day.morning.is_some()).map(|day| night_row(day, &zone)).collect()
}

fn night_row(day: &ObservedDay, zone: &Zone) -> NightRow {
    let local = |instant| zone.rules().to_datetime(instant);
    let mut spans = Vec::new();
    for sleep in &day.device {
        let hypnogram = &sleep.hypnogram;
        let asleep = if sleep.is_main { SpanLevel::Asleep } else { SpanLevel::Nap };
        for run in hypnogram.runs() {
            let level = if run.level == Level::Wake { SpanLevel::InBed } else { asleep };
            let (from, to) = (hypnogram.instant(run.start), hypnogram.instant(run.start + run.length));
            spans.push(SleepSpan { from: local(from), to: local(to), level });
        }
    }
    let main = day.device.iter().find(|sleep| sleep.is_main);
    let pain = |score| PainMark { value: f64::from(score), minimum: 0.0, maximum: 10.0 };
    NightRow {
        date: day.date,
        spans,
        minutes_asleep: main.map(|sleep| sleep.hypnogram.asleep() as f64 / 2.0),
        pain: day.morning.as_ref().map(|morning| pain(morning.back_pain)),
    }
}

fn check(name: &str, draw: impl Fn(Width) -> SvgFigure) {
    for (variant, width) in [("phone", Width::PHONE), ("page", Width::PAGE)] {
        let figure = draw(width);
        let whole = figure.standalone();
        let tags: Vec<&str> = whole.split('<').skip(1).collect();
        let is_open = |tag: &&&str| !tag.starts_with('/') && !tag.starts_with('?');
        let closed = tags.iter().filter(|tag| tag.contains("/>")).count();
        let opened = tags.iter().filter(is_open).count() - closed;
        assert_eq!(
            opened,
            tags.iter().filter(|tag| tag.starts_with('/')).count(),
            "{name}: unclosed element"
        );
        for forbidden in ["<script", "href", "url(", " id=", " style=", "NaN", "\"inf", "not known"] {
            assert!(!figure.element.contains(forbidden), "{name} {variant} holds {forbidden}");
        }
        assert!(figure.element.contains("role=\"img\"") && figure.element.contains("<title>"));
        assert!(figure.element.contains("<desc>") && !figure.alternative.is_empty());
        assert!(!figure.table.rows.is_empty(), "{name}: no table");
        assert!(figure.table.rows.iter().all(|row| row.len() == figure.table.columns.len()), "{name}");
        let path = format!("{}/testdata/svg/{name}-{variant}.svg", env!("CARGO_MANIFEST_DIR"));
        assert_golden(path, &whole.replace("><", ">\n<"));
    }
}

#[test]
fn intervals_are_as_before() {
    check("intervals", |width| intervals("Both arrows", &rows(), width));
}

#[test]
fn curves_are_as_before() {
    check("curve", |width| curve(&pulse(), width));
}

#[test]
fn actograms_are_as_before() {
    let mut nights = demo_nights(28);
    nights.remove(20);
    nights.swap(3, 9);
    nights.truncate(21);
    check("actogram", |width| actogram("Nights and pain", &nights, width));
}

#[test]
fn a_long_actogram_stays_within_bounds() {
    let figure = actogram("Nights and pain", &demo_nights(120), Width::PAGE);
    assert!(figure.element.len() < 100_000, "{}", figure.element.len());
}

#[test]
fn loops_are_as_before() {
    check("loop-one-arrow", |width| loop_arrows("Your loop", &one_arrow(), width));
    check("loop-both-arrows", |width| loop_arrows("Your loop", &both_arrows(), width));
}

/// Hours of sleep of the demo person by date.
fn hours(count: usize) -> BTreeMap<Date, f64> {
    let known = |row: NightRow| Some((row.date, row.minutes_asleep? / 60.0));
    demo_nights(count).into_iter().filter_map(known).collect()
}

#[test]
fn calendars_are_as_before() {
    let mut values = hours(120);
    values.remove(&date(2025, 2, 3));
    let of_hours = |title, of, low, high| Calendar {
        title,
        of,
        from: date(2025, 1, 1),
        to: date(2025, 12, 31),
        counted: (date(2025, 1, 1), date(2025, 4, 30)),
        values: &values,
        low,
        high,
        decimals: 1,
    };
    check("calendar", |width| calendar(&of_hours("Hours of sleep", CalendarOf::Sleep, 4.0, 9.0), width));
    let end = date(2025, 3, 9);
    let weeks = Calendar {
        to: end,
        counted: (date(2025, 1, 1), end),
        ..of_hours("Pain", CalendarOf::Pain, 4.0, 9.0)
    };
    check("calendar-weeks", |width| calendar(&weeks, width));
}

/// One night of the demo person: the device with its stages, a diary, and what was taken.
fn one_night() -> NightPicture {
    let zone = Zone::named(DEMO_ZONE).unwrap();
    let days = demo_days(DEMO_SEED);
    let day = &days[9];
    let main = day.device.iter().find(|sleep| sleep.is_main).unwrap();
    let local = |instant| zone.rules().to_datetime(instant);
    let stage = |level| match level {
        Level::Wake => NightLevel::Awake,
        Level::Light => NightLevel::Light,
        Level::Deep => NightLevel::Deep,
        Level::Rem => NightLevel::Rem,
    };
    let spans: Vec<LaneSpan> = main
        .hypnogram
        .merged_runs()
        .iter()
        .map(|run| LaneSpan {
            from: local(main.hypnogram.instant(run.start)),
            to: local(main.hypnogram.instant(run.start + run.length)),
            level: stage(run.level),
        })
        .collect();
    let (from, to) = (spans[0].from, spans[spans.len() - 1].to);
    let minutes = |minutes: i64| jiff::SignedDuration::from_mins(minutes);
    let bar = |before, after| {
        vec![
            LaneSpan { from: from - minutes(before), to: to + minutes(after), level: NightLevel::InBed },
            LaneSpan { from: from - minutes(5), to: to + minutes(4), level: NightLevel::Asleep },
        ]
    };
    let lane = |label: &str, note: &str, is_result, spans| NightLane {
        label: label.to_owned(),
        note: note.to_owned(),
        is_result,
        spans,
    };
    NightPicture {
        date: day.date,
        lanes: vec![
            lane("As it was taken", "6 h 51 asleep, 31 min awake in between", true, bar(35, 20)),
            lane("fitbit", "taken: time asleep", false, spans),
            lane("diary", "taken: bed and lights out", false, bar(35, 20)),
        ],
    }
}

#[test]
fn one_night_is_as_before() {
    check("night", |width| night("The night", &one_night(), width));
}

#[test]
fn trends_are_as_before() {
    let nights = demo_nights(120);
    let every = |days: usize, value: &dyn Fn(usize) -> f64| -> Vec<(Date, f64)> {
        nights.iter().enumerate().step_by(days).map(|(index, row)| (row.date, value(index))).collect()
    };
    let panel = |label: &str, hint: &str, form, points| Trend {
        label: label.to_owned(),
        hint: hint.to_owned(),
        form,
        is_pain: false,
        points,
        gap_days: 10,
    };
    let panels = [
        panel(
            "Regularity (SRI)",
            "100 is the same every day",
            TrendForm::Number(0),
            every(7, &|at| 70.0 + at as f64 / 10.0),
        ),
        panel("Middle of sleep", "", TrendForm::Clock, every(1, &|at| 150.0 + 40.0 * (at as f64).sin())),
        panel(
            "Social jet lag",
            "weekends later is above zero",
            TrendForm::Length,
            every(7, &|at| 60.0 - at as f64),
        ),
        panel("Nothing yet", "", TrendForm::Number(0), Vec::new()),
    ];
    check("trends", |width| trends("Regularity", &panels, width));
}

#[test]
fn beliefs_are_as_before() {
    let of = |verdict| Beliefs {
        label: "Sleep → pain".to_owned(),
        unit: "points per hour".to_owned(),
        prior: MeanSd { mean: -0.09, sd: 0.17 },
        posterior: MeanSd { mean: -0.48, sd: 0.11 },
        ci90: Interval { low: -0.66, high: -0.30 },
        verdict,
    };
    check("beliefs", |width| beliefs("Before and after", &of(Verdict::Clear), width));
    check("beliefs-not-told", |width| beliefs("Before and after", &of(Verdict::CannotTellYet), width));
}

#[test]
fn shares_are_as_before() {
    let shares = [("Sleep → pain", 0.29), ("Pain → sleep", 0.58)]
        .map(|(label, prior_share)| DataShare { label: label.to_owned(), prior_share });
    check("shares", |width| data_shares("How much is your data", &shares, width));
}

#[test]
fn hidden_influences_are_as_before() {
    let point = |step: i32| HiddenInfluencePoint {
        correlation: f64::from(step) / 20.0,
        effect: MeanSd { mean: -0.48 + 0.9 * f64::from(step) / 20.0, sd: 0.11 },
    };
    let hidden = HiddenInfluence {
        points: (-8..=8).map(point).collect(),
        explains: Some(0.3),
        sentence: "A hidden influence of a correlation of 0.3 would explain it.".to_owned(),
    };
    check("hidden", |width| hidden_influence("Sleep → pain", "points per hour", &hidden, width));
}

#[test]
fn forests_are_as_before() {
    let row = |label: &str, mean: f64, sd: f64, verdict| {
        IntervalRow::of(label, "points per hour", &summary(mean, sd), verdict)
    };
    let rows = [
        row("to the morning", -0.48, 0.11, Verdict::Clear),
        row("to the rest of the day", -0.12, 0.15, Verdict::Plain),
        row("to the later report of the day in all", -0.31, 0.16, Verdict::CannotTellYet),
    ];
    check("forest", |width| forest("Effects of an hour", &rows, width));
}

#[test]
fn coverage_is_as_before() {
    let nights = demo_nights(120);
    let lane = |label: &str, is_pain, keep: &dyn Fn(usize) -> bool| CoverageLane {
        label: label.to_owned(),
        is_pain,
        days: nights.iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, row)| row.date).collect(),
    };
    let lanes = [
        lane("fitbit: sleep", false, &|at| at > 20 && at % 9 != 0),
        lane("diary: sleep", false, &|at| at < 60),
        lane("diary: back pain", true, &|at| at % 3 == 0),
    ];
    check("coverage", |width| coverage("Which days are told", &lanes, width));
}

#[test]
fn five_years_of_a_calendar_stay_small() {
    let values: BTreeMap<Date, f64> =
        date(2024, 1, 1).series(1.day()).take(366).zip([5.5, 6.0, 7.5, 8.0].into_iter().cycle()).collect();
    let whole = Calendar {
        title: "Hours of sleep",
        of: CalendarOf::Sleep,
        from: date(2024, 1, 1),
        to: date(2024, 12, 31),
        counted: (date(2024, 1, 1), date(2024, 12, 31)),
        values: &values,
        low: 4.0,
        high: 9.0,
        decimals: 1,
    };
    let figure = calendar(&whole, Width::PAGE);
    assert!(figure.element.len() < 16_000, "{}", figure.element.len());
    assert_eq!(figure.table.rows.len(), 53);
}

#[test]
fn nothing_and_nonsense_are_drawn_as_such() {
    assert!(coverage("x", &[], Width::PHONE).element.contains("nothing is recorded yet"));
    assert!(trends("x", &[], Width::PHONE).element.contains("not enough"));
    let nothing = NightPicture { date: date(2025, 1, 1), lanes: Vec::new() };
    assert!(night("x", &nothing, Width::PHONE).element.contains("no times"));
    let unknown = Beliefs {
        label: "x".to_owned(),
        unit: "points".to_owned(),
        prior: MeanSd { mean: f64::NAN, sd: 1.0 },
        posterior: MeanSd { mean: 0.0, sd: 1.0 },
        ci90: Interval { low: 0.0, high: 1.0 },
        verdict: Verdict::Plain,
    };
    assert!(!beliefs("x", &unknown, Width::PHONE).element.contains("NaN"));
    assert!(forest("x", &[], Width::PHONE).element.contains("Nothing to show yet"));
    let empty = actogram("Nights", &[], Width::PHONE);
    assert!(empty.element.contains("no nights to show yet"));
    let unknown = Curve { days: vec![summary(f64::NAN, 1.0)], ..pulse() };
    assert!(curve(&unknown, Width::PHONE).element.contains("nothing to show yet"));
    let mut rows = rows();
    rows[0].mean = f64::INFINITY;
    let figure = intervals("x", &rows, Width::PHONE);
    assert!(figure.element.contains("not known") && !figure.element.contains("inf"));
    let mut figure = one_arrow();
    figure.sleep_to_pain.standardised.mean = f64::NAN;
    assert!(!loop_arrows("x", &figure, Width::PHONE).element.contains("NaN"));
    assert_eq!(Width::pixels(1), Width::pixels(280));
}

#[test]
fn text_from_outside_cannot_become_markup() {
    let mut rows = rows();
    rows[0].label = "<script>alert(1)</script>\" onload=\"x".to_owned();
    let element = intervals("</title><b>&", &rows, Width::PAGE).element;
    assert!(!element.contains("<script") && !element.contains("<b>") && !element.contains("\" onload"));
}

#[test]
fn a_night_over_the_end_of_the_year_is_drawn() {
    let mut night = demo_nights(1).remove(0);
    night.date = date(2025, 1, 1);
    let at = |text: &str| text.parse().unwrap();
    night.spans = vec![SleepSpan {
        from: at("2024-12-31T23:00"),
        to: at("2025-01-01T06:30"),
        level: SpanLevel::Asleep,
    }];
    assert!(actogram("x", &[night], Width::PAGE).element.contains("nm-sleep"));
}

fn effect(mean: f64, sd: f64, worth_it: f64) -> StepEffect {
    let density = (-40..=40).map(|step| {
        let z = f64::from(step) / 10.0;
        (mean + z * sd, (-0.5 * z * z).exp() / sd)
    });
    StepEffect {
        label: "Change of pain on waking on nights with the step".to_owned(),
        unit: "points".to_owned(),
        density: density.collect(),
        mean,
        ci90: Interval { low: mean - 1.6449 * sd, high: mean + 1.6449 * sd },
        worth_it,
        p_benefit: 0.86,
        p_worth_it: 0.41,
    }
}

#[test]
fn effects_of_steps_are_as_before() {
    check("step-effect", |width| step_effect("The step", &effect(-0.45, 0.41, -0.5), width));
    check("step-effect-sleep", |width| step_effect("The step", &effect(0.1, 0.2, 0.25), width));
}

#[test]
fn an_effect_without_a_density_is_said_to_be_missing() {
    let none = StepEffect { density: Vec::new(), ..effect(-0.4, 0.4, -0.5) };
    let figure = step_effect("The step", &none, Width::PHONE);
    assert!(figure.element.contains("nothing to show yet") && !figure.element.contains("NaN"));
    let far = StepEffect { worth_it: -9.0, ..effect(-0.4, 0.4, -0.5) };
    assert!(!step_effect("The step", &far, Width::PAGE).element.contains("NaN"));
}
