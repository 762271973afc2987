//! Draws the small line charts of the validation pages as SVG, the same bytes for the same numbers.

use std::fmt::Write;

/// One line of a panel: a value in percent at every place along the bottom.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) is_ours: bool,
    pub(super) values: Vec<f64>,
}

/// One panel of a chart.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

const PANEL_WIDTH: f64 = 165.0;
const PANEL_HEIGHT: f64 = 200.0;
const GAP: f64 = 18.0;
const LEFT: f64 = 34.0;
const TOP: f64 = 74.0;
const LEGEND: f64 = 130.0;

/// Draws panels side by side on one scale from 0 to 100 percent, with a dashed line at 5.
pub(super) fn panels(title: &str, subtitle: &str, places: &[String], panels: &[Panel]) -> String {
    let width = LEFT + panels.len() as f64 * (PANEL_WIDTH + GAP) + LEGEND;
    let height = TOP + PANEL_HEIGHT + 44.0;
    let mut body = String::new();
    text(&mut body, (0.0, 18.0), "start", 15, title);
    text(&mut body, (0.0, 38.0), "start", 12, subtitle);
    for percent in [0, 25, 50, 75, 100] {
        text(&mut body, (LEFT - 6.0, y(f64::from(percent)) + 4.0), "end", 11, &percent.to_string());
    }
    for (index, panel) in panels.iter().enumerate() {
        let left = LEFT + index as f64 * (PANEL_WIDTH + GAP);
        draw_panel(&mut body, left, places, panel);
    }
    if let Some(last) = panels.last() {
        name_lines(&mut body, LEFT + panels.len() as f64 * (PANEL_WIDTH + GAP) - GAP + 8.0, last);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" font-family=\"system-ui, sans-serif\"><title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn y(percent: f64) -> f64 {
    TOP + PANEL_HEIGHT * (1.0 - percent / 100.0)
}

fn draw_panel(body: &mut String, left: f64, places: &[String], panel: &Panel) {
    text(body, (left + 0.5 * PANEL_WIDTH, TOP - 10.0), "middle", 12, &panel.title);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        stroke(body, (left, y(percent)), left + PANEL_WIDTH, "stroke=\"#d5d5d5\"");
    }
    stroke(body, (left, y(5.0)), left + PANEL_WIDTH, "stroke=\"#1c1e21\" stroke-dasharray=\"4 4\"");
    for (index, name) in places.iter().enumerate() {
        text(body, (x(left, index, places.len()), TOP + PANEL_HEIGHT + 18.0), "middle", 11, name);
    }
    for line in &panel.lines {
        let points: Vec<String> = line
            .values
            .iter()
            .enumerate()
            .map(|(index, value)| format!("{:.1},{:.1}", x(left, index, places.len()), y(*value)))
            .collect();
        let (colour, width) = paint(line);
        let _ = writeln!(
            body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            points.join(" ")
        );
    }
}

/// Names the lines at their right ends, pushed apart so that no two names overlap.
fn name_lines(body: &mut String, left: f64, panel: &Panel) {
    let mut ends: Vec<(f64, &Line)> =
        panel.lines.iter().filter_map(|line| Some((y(*line.values.last()?), line))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = f64::NEG_INFINITY;
    for (wanted, line) in ends {
        lowest = wanted.max(lowest + 15.0);
        let (colour, _) = paint(line);
        let _ = writeln!(
            body,
            "<text x=\"{left:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"{colour}\">{}</text>",
            lowest + 4.0,
            line.name
        );
    }
}

fn x(left: f64, index: usize, count: usize) -> f64 {
    left + 14.0 + (PANEL_WIDTH - 28.0) * index as f64 / (count.max(2) - 1) as f64
}

fn paint(line: &Line) -> (&'static str, &'static str) {
    if line.is_ours { ("#2b6cb0", "3") } else { ("#a34a2e", "1.5") }
}

fn stroke(body: &mut String, from: (f64, f64), to: f64, look: &str) {
    let _ = writeln!(
        body,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{to:.1}\" y2=\"{:.1}\" {look}/>",
        from.0, from.1, from.1
    );
}

fn text(body: &mut String, at: (f64, f64), anchor: &str, size: u32, words: &str) {
    let _ = writeln!(
        body,
        "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"#1c1e21\">{words}</text>",
        at.0, at.1
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_overlap_and_values_stand_at_their_height() {
        let line =
            |name: &str, value: f64| Line { name: name.to_owned(), is_ours: false, values: vec![value; 2] };
        let panel = Panel { title: "p".to_owned(), lines: vec![line("a", 50.0), line("b", 50.0)] };
        let drawn = panels("t", "s", &["1".to_owned(), "2".to_owned()], &[panel]);
        // Half of 200 below the top of 74, and the names 15 apart.
        assert!(
            drawn.contains("48.0,174.0") && drawn.contains("y=\"178.0\"") && drawn.contains("y=\"193.0\"")
        );
    }
}
