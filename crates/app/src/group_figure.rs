//! Draws everyone's two arrows in order of size, with the population's mean behind them, as one SVG for a paper.

use std::fmt::Write as _;

use crate::group::{GroupView, PersonNumberView, PopulationView};

const WIDTH: f64 = 360.0;
const LEFT: f64 = 24.0;
const GAP: f64 = 36.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 46.0;
/// Height that all persons share: each gets less where there are many.
const MOST_HEIGHT: f64 = 900.0;
const SLEEP: Look = Look { class: "sleep", colour: "#2b6cb0" };
const PAIN: Look = Look { class: "pain", colour: "#b7472a" };
/// On a dark page the same with lighter ink; programs that know no style sheets show the light form.
const DARK: &str = "<style>@media (prefers-color-scheme: dark) { svg { fill: #e8e6e3; } .paper { fill: #16181b; } \
    .axis { stroke: #e8e6e3; } .sleep { fill: #7fb2e8; } line.sleep { stroke: #7fb2e8; } .pain { fill: #f0977c; } \
    line.pain { stroke: #f0977c; } }</style>\n";

/// How one arrow is drawn.
#[derive(Clone, Copy)]
struct Look {
    class: &'static str,
    colour: &'static str,
}

/// The figure as a file of its own; the same answer gives the same bytes.
#[must_use]
pub fn caterpillar(view: &GroupView) -> String {
    let each = (MOST_HEIGHT / view.persons.len().max(1) as f64).min(12.0);
    let height = each * view.persons.len() as f64;
    let arrows = [
        ("Sleep to pain (points per unit of sleep)", SLEEP, view.population.sleep_to_pain),
        ("Pain to sleep (units of sleep per point)", PAIN, view.population.pain_to_sleep),
    ];
    let mut body = String::new();
    for (index, (title, look, population)) in arrows.into_iter().enumerate() {
        let mut persons: Vec<PersonNumberView> = view
            .persons
            .iter()
            .map(|person| [person.estimates.sleep_to_pain, person.estimates.pain_to_sleep][index])
            .collect();
        persons.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        let panel = Panel::around(&persons, population, LEFT + index as f64 * (WIDTH + GAP), height);
        panel.draw(&mut body, title, look, &persons, population, each);
    }
    let (width, whole) = (2.0 * LEFT + 2.0 * WIDTH + GAP, TOP + height + BOTTOM);
    let description = format!(
        "{} people, each a line (90 % interval) with a dot (mean), in order; dashed and band: the population's mean, 95 %.",
        view.people
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
         aria-label=\"{description}\" viewBox=\"0 0 {width:.0} {whole:.0}\" width=\"{width:.0}\" height=\"{whole:.0}\" \
         font-family=\"system-ui, sans-serif\" fill=\"#1c1e21\"><title>Both arrows of {} people</title>\
         <desc>{description}</desc>\n{DARK}<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"16\" font-size=\"11\">{description}</text>\n{body}</svg>\n",
        view.people
    )
}

/// One arrow of everyone.
struct Panel {
    left: f64,
    height: f64,
    low: f64,
    high: f64,
}

impl Panel {
    fn around(persons: &[PersonNumberView], population: PopulationView, left: f64, height: f64) -> Self {
        let ends = persons.iter().map(|person| person.ci90).chain([population.ci95, [0.0, 0.0]]);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for [from, to] in ends {
            low = low.min(from);
            high = high.max(to);
        }
        let room = 0.04 * (high - low).max(1e-9);
        Self { left, height, low: low - room, high: high + room }
    }

    fn x(&self, value: f64) -> f64 {
        self.left + WIDTH * (value - self.low) / (self.high - self.low)
    }

    fn draw(
        &self,
        body: &mut String,
        title: &str,
        Look { class, colour }: Look,
        persons: &[PersonNumberView],
        population: PopulationView,
        each: f64,
    ) {
        let bottom = TOP + self.height;
        let _ = writeln!(
            body,
            "<text x=\"{:.1}\" y=\"42\" font-size=\"13\" font-weight=\"600\">{title}</text>",
            self.left
        );
        let [low, high] = population.ci95.map(|end| self.x(end));
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{low:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\" fill-opacity=\"0.2\"/>",
            high - low,
            self.height
        );
        for (value, look) in [(population.mean, "stroke-dasharray=\"4 3\""), (0.0, "")] {
            let x = self.x(value);
            let _ = writeln!(
                body,
                "<line class=\"axis\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"#1c1e21\" {look}/>"
            );
        }
        for (index, person) in persons.iter().enumerate() {
            let y = TOP + each * (index as f64 + 0.5);
            let [low, high] = person.ci90.map(|end| self.x(end));
            let _ = writeln!(
                body,
                "<line class=\"{class}\" x1=\"{low:.1}\" y1=\"{y:.1}\" x2=\"{high:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" \
                 stroke-opacity=\"0.6\"/><circle class=\"{class}\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"{:.1}\" fill=\"{colour}\"/>",
                self.x(person.mean),
                (0.3 * each).clamp(0.8, 3.0)
            );
        }
        self.draw_scale(body, bottom);
    }

    fn draw_scale(&self, body: &mut String, bottom: f64) {
        let step = step_of((self.high - self.low) / 5.0);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        let decimals = (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
        for tick in first..=last {
            let value = tick as f64 * step;
            let _ = writeln!(
                body,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\">{value:.decimals$}</text>",
                self.x(value),
                bottom + 18.0
            );
        }
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `least`.
fn step_of(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}
