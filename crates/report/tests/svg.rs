//! Draws every SVG figure for a phone and a page and compares it with what a person has looked at.

use jiff::civil::date;
use nightmend_domain::Zone;
use nightmend_domain::estimate::{Interval, MeanSd, Summary};
use nightmend_report::figure::svg::{SvgFigure, Width, actogram, curve, intervals, loop_arrows};
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
        for forbidden in ["<script", "href", "url(", " id=", " style=", "NaN", "inf", "not known"] {
            assert!(!figure.element.contains(forbidden), "{name} {variant} holds {forbidden}");
        }
        assert!(figure.element.contains("role=\"img\"") && figure.element.contains("<title>"));
        assert!(figure.element.contains("<desc>") && !figure.alternative.is_empty());
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

#[test]
fn nothing_and_nonsense_are_drawn_as_such() {
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
