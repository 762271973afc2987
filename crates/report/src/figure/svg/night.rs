//! Draws one night: what was taken on top, and below it what each source told, on one clock.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::drawing::{Anchor, Drawing, Lettering, Paint, SMALL, Stroke, TEXT, lines_within, text_width};
use super::{SvgFigure, Width};
use crate::figure::number::{dated, place};
use crate::figure::table::{Table, hours_and_minutes};

const SIDE: f64 = 10.0;
/// Room for the names of stages, left of a hypnogram.
const STAGE_NAMES: f64 = 46.0;
const BAR: f64 = 18.0;
const STEP: f64 = 15.0;
/// The longest stretch of time that is drawn, hours.
const LONGEST: i64 = 40;

/// What a stretch of a night was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NightLevel {
    /// In bed, not known to be asleep.
    InBed,
    /// Asleep, stage not given.
    Asleep,
    /// Awake.
    Awake,
    /// Restless.
    Restless,
    /// REM sleep.
    Rem,
    /// Light sleep.
    Light,
    /// Deep sleep.
    Deep,
    /// A sleep that is not the main one.
    Nap,
}

impl NightLevel {
    /// The word for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InBed => "in bed",
            Self::Asleep => "asleep",
            Self::Awake => "awake",
            Self::Restless => "restless",
            Self::Rem => "REM",
            Self::Light => "light",
            Self::Deep => "deep",
            Self::Nap => "nap",
        }
    }

    /// The row of a hypnogram, from the top; none for what is not a stage.
    const fn step(self) -> Option<usize> {
        match self {
            Self::Awake | Self::Restless => Some(0),
            Self::Rem => Some(1),
            Self::Light => Some(2),
            Self::Deep => Some(3),
            Self::InBed | Self::Asleep | Self::Nap => None,
        }
    }

    const fn opacity(self) -> f64 {
        match self {
            Self::InBed => 0.22,
            Self::Nap | Self::Light => 0.55,
            Self::Restless => 0.3,
            Self::Rem => 0.75,
            Self::Asleep | Self::Deep | Self::Awake => 0.95,
        }
    }
}

/// A stretch of a lane as the clock on the wall showed it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaneSpan {
    /// From.
    pub from: DateTime,
    /// To; on the next date where it is past midnight.
    pub to: DateTime,
    /// What it was.
    pub level: NightLevel,
}

/// One telling of a night.
#[derive(Debug, Clone, PartialEq)]
pub struct NightLane {
    /// Who tells it, for example "fitbit (device)".
    pub label: String,
    /// What became of it, for example "7 h 12 asleep".
    pub note: String,
    /// Whether it is the result, which is drawn stronger.
    pub is_result: bool,
    /// What it tells; longer stretches first where one lies in another.
    pub spans: Vec<LaneSpan>,
}

/// One night as it was told and as it was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct NightPicture {
    /// The date of waking.
    pub date: Date,
    /// The result first, then the sources.
    pub lanes: Vec<NightLane>,
}

/// Draws the lanes one below the other. Stages are drawn as steps (awake on top, deep sleep below), everything else as
/// a bar: pale in bed, full asleep.
#[must_use]
pub fn night(title: &str, picture: &NightPicture, width: Width) -> SvgFigure {
    let alternative = sentence(picture);
    let table = table(picture);
    let mut drawing = Drawing::default();
    let Some(clock) = Clock::of(picture, width.get()) else {
        drawing.text((0.0, 20.0), "no times are recorded for this night", Lettering::PLAIN);
        let element = drawing.finish(width.get(), 30.0, title, &alternative);
        return SvgFigure { element, alternative, table };
    };
    let mut y = 2.0;
    let mut strips = Vec::new();
    for lane in &picture.lanes {
        y = draw_names(lane, width.get(), y, &mut drawing);
        let height = if is_staged(lane) { 4.0 * STEP } else { BAR };
        strips.push((lane, y, height));
        y += height + 12.0;
    }
    for (_, top, height) in &strips {
        clock.draw_lines(*top - 2.0, top + height + 2.0, &mut drawing);
    }
    for (lane, top, _) in strips {
        if is_staged(lane) {
            clock.draw_steps(lane, top, &mut drawing)
        } else {
            clock.draw_bar(lane, top, &mut drawing)
        }
    }
    clock.draw_numbers(y, &mut drawing);
    let height = y + SMALL + 6.0;
    SvgFigure { element: drawing.finish(width.get(), height, title, &alternative), alternative, table }
}

fn is_staged(lane: &NightLane) -> bool {
    lane.spans.iter().any(|span| matches!(span.level, NightLevel::Rem | NightLevel::Light | NightLevel::Deep))
}

fn draw_names(lane: &NightLane, width: f64, top: f64, drawing: &mut Drawing) -> f64 {
    let baseline = top + TEXT;
    let lettering = if lane.is_result { Lettering::LABEL } else { Lettering::PLAIN };
    drawing.text((SIDE, baseline), &lane.label, lettering);
    let after = SIDE + text_width(&lane.label, TEXT) + 14.0;
    let note = Lettering { size: SMALL, opacity: 0.8, ..Lettering::PLAIN };
    if lane.note.is_empty() {
        baseline + 7.0
    } else if after + text_width(&lane.note, SMALL) <= width - SIDE {
        drawing.text((width - SIDE, baseline), &lane.note, note.anchored(Anchor::End));
        baseline + 7.0
    } else {
        let mut line = baseline;
        for text in lines_within(&lane.note, width - 2.0 * SIDE, SMALL) {
            line += SMALL + 4.0;
            drawing.text((SIDE, line), &text, note);
        }
        line + 7.0
    }
}

/// The time that all lanes share.
struct Clock {
    start: DateTime,
    hours: i64,
    left: f64,
    width: f64,
}

impl Clock {
    fn of(picture: &NightPicture, width: f64) -> Option<Self> {
        let spans = || picture.lanes.iter().flat_map(|lane| &lane.spans);
        let first = spans().map(|span| span.from).min()?;
        let last = spans().map(|span| span.to).max()?;
        let start = first.date().at(first.hour(), 0, 0, 0);
        let minutes = last.duration_since(start).as_secs_f64() / 60.0;
        let hours = (minutes / 60.0).ceil().clamp(1.0, LONGEST as f64) as i64;
        let left = if picture.lanes.iter().any(is_staged) { STAGE_NAMES } else { SIDE };
        Some(Self { start, hours, left, width })
    }

    fn x(&self, time: DateTime) -> f64 {
        let hours = time.duration_since(self.start).as_secs_f64() / 3_600.0;
        self.at(hours.clamp(0.0, self.hours as f64))
    }

    fn at(&self, hours: f64) -> f64 {
        self.left + hours / self.hours as f64 * (self.width - self.left - SIDE)
    }

    /// Hours between two numbers of the scale, so that they stay apart.
    fn every(&self) -> i64 {
        let room = (self.width - self.left - SIDE) / self.hours as f64;
        [1, 2, 3, 6].into_iter().find(|every| room * *every as f64 >= 36.0).unwrap_or(12)
    }

    fn ticks(&self) -> impl Iterator<Item = (i64, String)> + '_ {
        let every = self.every();
        (0..=self.hours).filter_map(move |hour| {
            let time = self.start.checked_add(hour.hours()).ok()?;
            (i64::from(time.hour()) % every == 0).then(|| (hour, time.strftime("%H:%M").to_string()))
        })
    }

    fn draw_lines(&self, top: f64, bottom: f64, drawing: &mut Drawing) {
        for (hour, _) in self.ticks() {
            let x = self.at(hour as f64);
            drawing.line((x, top), (x, bottom), Stroke::GRID);
        }
    }

    fn draw_numbers(&self, top: f64, drawing: &mut Drawing) {
        for (hour, text) in self.ticks() {
            let half = 0.5 * text_width(&text, SMALL);
            let x = self.at(hour as f64).clamp(half, self.width - half);
            drawing.text((x, top + SMALL), &text, Lettering::SCALE);
        }
    }

    fn draw_bar(&self, lane: &NightLane, top: f64, drawing: &mut Drawing) {
        let strength = if lane.is_result { 1.0 } else { 0.75 };
        for span in &lane.spans {
            let inset = if span.level == NightLevel::InBed { 4.0 } else { 0.0 };
            let (from, to) = (self.x(span.from), self.x(span.to));
            let rows = (top + inset, top + BAR - inset);
            let paint = if span.level == NightLevel::Awake { Paint::Paper } else { Paint::Sleep };
            drawing.rectangle((from, to), rows, paint, strength * span.level.opacity());
        }
    }

    fn draw_steps(&self, lane: &NightLane, top: f64, drawing: &mut Drawing) {
        for (step, name) in ["awake", "REM", "light", "deep"].into_iter().enumerate() {
            let baseline = top + (step as f64 + 0.5) * STEP + 0.34 * SMALL;
            drawing.text((self.left - 7.0, baseline), name, Lettering::SCALE.anchored(Anchor::End));
        }
        let (mut spine, mut before) = (String::new(), None::<f64>);
        for span in &lane.spans {
            let (from, to) = (self.x(span.from), self.x(span.to));
            let Some(step) = span.level.step() else {
                let rows = (top, top + 4.0 * STEP);
                drawing.rectangle((from, to), rows, Paint::Sleep, 0.4 * span.level.opacity());
                continue;
            };
            let row = top + step as f64 * STEP;
            let paint = if step == 0 { Paint::Ink } else { Paint::Sleep };
            let opacity = if step == 0 { 0.65 } else { span.level.opacity() };
            drawing.rectangle((from, to.max(from + 0.6)), (row + 2.0, row + STEP - 2.0), paint, opacity);
            let middle = row + 0.5 * STEP;
            if let Some(before) = before.replace(middle).filter(|before| *before != middle) {
                spine.push_str(&format!("M{} {}V{}", place(from), place(before), place(middle)));
            }
        }
        if !spine.is_empty() {
            drawing.path(&spine, Stroke::solid(Paint::Ink, 1.0, 0.35));
        }
    }
}

fn sentence(picture: &NightPicture) -> String {
    let told = picture.lanes.iter().filter(|lane| !lane.is_result).count();
    let sources = match told {
        0 => "no source tells it in detail".to_owned(),
        1 => "one source tells it".to_owned(),
        several => format!("{several} sources tell it"),
    };
    let result = picture.lanes.iter().find(|lane| lane.is_result);
    let asleep = result.and_then(|lane| {
        let of = |span: &&LaneSpan| !matches!(span.level, NightLevel::InBed | NightLevel::Nap);
        let from = lane.spans.iter().filter(of).map(|span| span.from).min()?;
        let to = lane.spans.iter().filter(of).map(|span| span.to).max()?;
        Some(format!("asleep from {} to {}", from.strftime("%H:%M"), to.strftime("%H:%M")))
    });
    let asleep = asleep.unwrap_or_else(|| "times of sleep not known".to_owned());
    let note = result.map(|lane| lane.note.as_str()).filter(|note| !note.is_empty());
    let note = note.map_or_else(String::new, |note| format!(" ({note})"));
    format!("The night to {}: {asleep}{note}; {sources}.", dated(picture.date))
}

fn table(picture: &NightPicture) -> Table {
    let mut table = Table::of(&["Told by", "What", "From", "To", "Length"]);
    for lane in &picture.lanes {
        for span in &lane.spans {
            let minutes = span.to.duration_since(span.from).as_secs_f64() / 60.0;
            table.push(vec![
                lane.label.clone(),
                span.level.words().to_owned(),
                span.from.strftime("%H:%M").to_string(),
                span.to.strftime("%H:%M").to_string(),
                hours_and_minutes(minutes),
            ]);
        }
        if lane.spans.is_empty() {
            let what = if lane.note.is_empty() { "no times" } else { &lane.note };
            table.push(vec![
                lane.label.clone(),
                what.to_owned(),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
    }
    table
}
