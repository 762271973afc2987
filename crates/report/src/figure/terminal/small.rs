//! Draws figures of one line: a sparkline for lists, and how much of an answer is a person's own data.

use super::paper::fitted;
use super::{Terminal, TextFigure};
use crate::figure::number::fixed;
use crate::figure::sentence::MINUS;

/// One character a value, from the lowest to the highest block between `low` and `high`; a missing value is a dot
/// or an underscore in ASCII, never the lowest block. More values than columns: the last ones are shown.
///
/// ```
/// use nightmend_report::figure::terminal::{Terminal, sparkline};
/// let figure = sparkline(&[Some(0.0), None, Some(10.0)], 0.0, 10.0, Terminal::plain(80));
/// assert_eq!(figure.picture, "▁·█");
/// ```
#[must_use]
pub fn sparkline(values: &[Option<f64>], low: f64, high: f64, terminal: Terminal) -> TextFigure {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const SIGNS: [char; 8] = ['.', ':', '-', '=', '+', '*', '%', '#'];
    let shown = &values[values.len().saturating_sub(terminal.width())..];
    let character = |value: &Option<f64>| match value.filter(|value| value.is_finite()) {
        None => terminal.pick('·', '_'),
        Some(value) => {
            let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
            let index = if share.is_finite() { (share * 7.0).round() as usize } else { 0 };
            terminal.pick(BLOCKS[index], SIGNS[index])
        }
    };
    let known: Vec<f64> = values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let alternative = if known.is_empty() {
        "No values yet.".to_owned()
    } else {
        let least = known.iter().copied().fold(f64::INFINITY, f64::min);
        let most = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!(
            "{} values from {} to {}, {} missing.",
            known.len(),
            fixed(least, 1, MINUS),
            fixed(most, 1, MINUS),
            values.len() - known.len()
        )
    };
    TextFigure { picture: shown.iter().map(character).collect(), alternative: terminal.words(alternative) }
}

/// How much of an answer comes from what is known of other people: `prior_share`, posterior variance over prior
/// variance, held within 0 to 1. One line with a line break.
#[must_use]
pub fn share_bar(label: &str, prior_share: f64, terminal: Terminal) -> TextFigure {
    let own = if prior_share.is_finite() { 1.0 - prior_share.clamp(0.0, 1.0) } else { 0.0 };
    let percent = (100.0 * own).round();
    let words = format!("{percent:.0} % your data, {:.0} % other people", 100.0 - percent);
    let columns = terminal.width().saturating_sub(label.chars().count() + words.chars().count() + 4).min(30);
    let filled = (own * columns as f64).round() as usize;
    let (full, rest) = (terminal.pick('█', '#'), terminal.pick('░', '.'));
    let bar: String = (0..columns).map(|column| if column < filled { full } else { rest }).collect();
    let line = fitted(&format!("{label}  {bar}  {words}"), terminal.width(), terminal);
    TextFigure {
        picture: format!("{}\n", line.trim_end()),
        alternative: format!(
            "{label}: {percent:.0} % of the answer comes from your own data, the rest from what is known of other people."
        ),
    }
}
