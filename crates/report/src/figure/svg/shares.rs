//! Draws how much of each answer is a person's own data and how much is known of other people.

use super::drawing::{Anchor, Drawing, Lettering, Paint, TEXT, text_width};
use super::{SvgFigure, Width};
use crate::figure::table::Table;

const BAR: f64 = 12.0;

/// The share of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct DataShare {
    /// What the answer is about, for example "Sleep → pain".
    pub label: String,
    /// Posterior variance over prior variance, 0 to 1: the part that is known of other people.
    pub prior_share: f64,
}

impl DataShare {
    /// Percent that is the person's own data.
    fn own(&self) -> f64 {
        if self.prior_share.is_finite() {
            (100.0 * (1.0 - self.prior_share.clamp(0.0, 1.0))).round()
        } else {
            0.0
        }
    }

    fn words(&self) -> String {
        format!("{:.0} % your data, {:.0} % other people", self.own(), 100.0 - self.own())
    }
}

/// Draws a bar an answer: full for the person's own data, pale for what is known of other people.
#[must_use]
pub fn data_shares(title: &str, shares: &[DataShare], width: Width) -> SvgFigure {
    let width = width.get();
    let mut drawing = Drawing::default();
    let mut y = 0.0;
    for share in shares {
        let baseline = y + TEXT + 2.0;
        drawing.text((0.0, baseline), &share.label, Lettering::LABEL);
        let words = share.words();
        let after = text_width(&share.label, TEXT) + 14.0;
        let mut top = baseline + 7.0;
        if after + text_width(&words, TEXT) <= width {
            drawing.text((width, baseline), &words, Lettering::PLAIN.anchored(Anchor::End));
        } else {
            drawing.text((0.0, baseline + TEXT + 4.0), &words, Lettering::PLAIN);
            top += TEXT + 5.0;
        }
        let end = share.own() / 100.0 * width;
        drawing.rectangle((0.0, end), (top, top + BAR), Paint::Sleep, 0.95);
        drawing.rectangle((end, width), (top, top + BAR), Paint::Ink, 0.18);
        y = top + BAR + 12.0;
    }
    let alternative = if shares.is_empty() {
        "Nothing to show yet.".to_owned()
    } else {
        let parts: Vec<String> =
            shares.iter().map(|share| format!("{}: {}", share.label, share.words())).collect();
        format!("{}.", parts.join("; "))
    };
    let mut table = Table::of(&["What", "Your data", "Known of other people"]);
    for share in shares {
        let (own, others) = (share.own(), 100.0 - share.own());
        table.push(vec![share.label.clone(), format!("{own:.0} %"), format!("{others:.0} %")]);
    }
    SvgFigure { element: drawing.finish(width, y.max(20.0), title, &alternative), alternative, table }
}
