//! Draws every terminal figure at several widths and compares it with what a person has looked at.

use jiff::civil::{DateTime, date};
use nightmend_domain::estimate::{Interval, Summary};
use nightmend_report::figure::terminal::{
    Characters, Colour, Terminal, TextFigure, curve, intervals, nights, share_bar, sparkline,
};
use nightmend_report::figure::{Curve, IntervalRow, NightRow, PainMark, SleepSpan, SpanLevel, Verdict};
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
    let days = (0..10).map(|day| {
        let left = 0.62_f64.powi(day);
        summary(1.4 * left, 0.35 * left.sqrt())
    });
    Curve {
        title: "Pain after a night 3 hours short".to_owned(),
        unit: "points".to_owned(),
        days: days.collect(),
    }
}

fn span(from: &str, to: &str, level: SpanLevel) -> SleepSpan {
    SleepSpan { from: from.parse::<DateTime>().unwrap(), to: to.parse::<DateTime>().unwrap(), level }
}

fn week() -> Vec<NightRow> {
    let pain = |value| Some(PainMark { value, minimum: 0.0, maximum: 10.0 });
    let night = |day: i8, spans: Vec<SleepSpan>, minutes_asleep, pain| NightRow {
        date: date(2025, 3, day),
        spans,
        minutes_asleep,
        pain,
    };
    vec![
        night(
            10,
            vec![
                span("2025-03-09T22:40", "2025-03-10T07:05", SpanLevel::InBed),
                span("2025-03-09T23:10", "2025-03-10T03:00", SpanLevel::Asleep),
                span("2025-03-10T03:50", "2025-03-10T06:40", SpanLevel::Asleep),
            ],
            Some(400.0),
            pain(4.0),
        ),
        night(
            11,
            vec![span("2025-03-11T01:20", "2025-03-11T05:30", SpanLevel::Asleep)],
            Some(250.0),
            pain(7.0),
        ),
        night(12, vec![], None, pain(6.5)),
        night(
            15,
            vec![
                span("2025-03-14T23:00", "2025-03-15T07:30", SpanLevel::Asleep),
                span("2025-03-14T14:00", "2025-03-14T15:00", SpanLevel::Nap),
            ],
            Some(497.0),
            None,
        ),
    ]
}

fn terminals() -> Vec<(String, Terminal)> {
    let mut all: Vec<(String, Terminal)> =
        [60, 80, 120].map(|columns| (format!("{columns}"), Terminal::plain(columns))).into();
    all.push(("80-ascii".to_owned(), Terminal { characters: Characters::Ascii, ..Terminal::plain(80) }));
    all.push(("80-colour".to_owned(), Terminal { colour: Colour::Ansi, ..Terminal::plain(80) }));
    all
}

fn check(name: &str, draw: impl Fn(Terminal) -> TextFigure) {
    for (variant, terminal) in terminals() {
        let figure = draw(terminal);
        let colourless = terminal.colour == Colour::None;
        assert_eq!(figure.picture.contains('\x1b'), !colourless && figure.picture.contains("\x1b["));
        if colourless {
            assert!(!figure.picture.contains('\x1b'));
            for line in figure.picture.lines() {
                assert!(line.chars().count() <= terminal.columns, "{name} {variant}: {line}");
                assert_eq!(line, line.trim_end(), "{name} {variant}");
            }
        }
        if terminal.characters == Characters::Ascii {
            assert!(figure.picture.is_ascii(), "{name}: {}", figure.picture);
            assert!(figure.alternative.is_ascii(), "{name}: {}", figure.alternative);
        }
        let path = format!("{}/testdata/terminal/{name}-{variant}.txt", env!("CARGO_MANIFEST_DIR"));
        assert_golden(path, &format!("{}\n{}\n", figure.picture.trim_end_matches('\n'), figure.alternative));
    }
}

#[test]
fn intervals_are_as_before() {
    check("intervals", |terminal| intervals(&rows(), terminal));
}

#[test]
fn curves_are_as_before() {
    check("curve", |terminal| curve(&pulse(), terminal));
}

#[test]
fn a_curve_below_zero_is_as_before() {
    let mut below = pulse();
    below.days.iter_mut().for_each(|day| *day = summary(-day.mean, day.sd));
    check("curve-below", |terminal| curve(&below, terminal));
}

#[test]
fn nights_are_as_before() {
    check("nights", |terminal| nights(&week(), terminal));
}

#[test]
fn one_line_figures_are_as_before() {
    check("share", |terminal| share_bar("Sleep to pain", 0.38, terminal));
    let values = [Some(2.0), Some(3.0), None, Some(7.0), Some(10.0), Some(0.0)];
    check("sparkline", |terminal| sparkline(&values, 0.0, 10.0, terminal));
}

#[test]
fn nothing_and_nonsense_are_drawn_as_such() {
    let terminal = Terminal::plain(80);
    let mut unknown = rows();
    unknown[0].mean = f64::NAN;
    assert!(intervals(&unknown, terminal).picture.contains("not known"));
    assert!(intervals(&[], terminal).picture.is_empty());
    assert!(nights(&[], terminal).picture.contains("no nights"));
    let empty = Curve { days: vec![summary(f64::NAN, 1.0)], ..pulse() };
    assert!(curve(&empty, terminal).picture.contains("nothing to show"));
    assert_eq!(sparkline(&[Some(f64::INFINITY), None], 0.0, 0.0, terminal).picture, "··");
    assert!(share_bar("x", f64::NAN, terminal).picture.contains("0 % your data"));
}

#[test]
fn control_characters_of_a_label_never_reach_the_terminal() {
    let mut rows = rows();
    rows[0].label = "bad\x1b[31m\nlabel".to_owned();
    let picture = intervals(&rows, Terminal::plain(80)).picture;
    assert!(!picture.contains('\x1b') && picture.contains("bad [31m label"));
}
