//! Draws figures as SVG that a page can theme and that stands alone as a file too.
//!
//! Every shape has a presentation attribute, so that any viewer draws it, and a class, so that a page can give it
//! the colours of its theme through [`STYLE`] and custom properties. There is no script, no outside reference, no
//! inline style and no `id`, so that a strict content policy allows it and several figures live on one page.

mod actogram;
mod calendar;
mod coverage;
mod curve;
mod density;
pub(crate) mod drawing;
mod forest;
mod hidden;
mod intervals;
mod loop_arrows;
mod night;
mod shares;
mod step_effect;
mod trends;

pub use actogram::actogram;
pub use calendar::{Calendar, CalendarOf, calendar};
pub use coverage::{CoverageLane, coverage};
pub use curve::curve;
pub use density::{Beliefs, beliefs};
pub use forest::forest;
pub use hidden::hidden_influence;
pub use intervals::intervals;
pub use loop_arrows::loop_arrows;
pub use night::{LaneSpan, NightLane, NightLevel, NightPicture, night};
pub use shares::{DataShare, data_shares};
pub use step_effect::{StepEffect, step_effect};
pub use trends::{Trend, TrendForm, trends};

use super::table::Table;

/// A figure as SVG, and the same in words and as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvgFigure {
    /// The `<svg>` element, to be put into a page that carries [`STYLE`].
    pub element: String,
    /// One sentence that says what the picture shows; it stands in the element too.
    pub alternative: String,
    /// The numbers in it.
    pub table: Table,
}

impl SvgFigure {
    /// The figure as a file of its own, with its style inside; it follows the theme of whoever looks.
    #[must_use]
    pub fn standalone(&self) -> String {
        let style = format!("<style>{STYLE}{STANDALONE_STYLE}</style>");
        let inside = self.element.find('>').map_or(0, |end| end + 1);
        let (start, rest) = self.element.split_at(inside);
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{start}\n{style}{rest}\n")
    }
}

/// How wide a figure is drawn, in CSS pixels, held within 280 to 1,200. Text is as large in all widths, so a phone
/// gets a figure of its own and not a shrunken one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width(u32);

impl Width {
    /// A phone held upright.
    pub const PHONE: Self = Self(340);
    /// A column of a page.
    pub const PAGE: Self = Self(720);

    /// That many CSS pixels.
    #[must_use]
    pub fn pixels(pixels: u32) -> Self {
        Self(pixels.clamp(280, 1_200))
    }

    pub(crate) fn get(self) -> f64 {
        f64::from(self.0)
    }
}

/// Gives the shapes the colours of a theme. A page sets `--nightmend-ink`, `--nightmend-paper`,
/// `--nightmend-sleep` and `--nightmend-pain`; what it does not set keeps the colours of a light page.
pub const STYLE: &str = "\
.nm-figure{max-width:100%;height:auto;color:var(--nightmend-ink,currentColor)}\
.nm-figure .nm-sleep{fill:var(--nightmend-sleep,#2b6cb0)}\
.nm-figure .nm-pain{fill:var(--nightmend-pain,#b7472a)}\
.nm-figure .nm-sleep-line{stroke:var(--nightmend-sleep,#2b6cb0)}\
.nm-figure .nm-pain-line{stroke:var(--nightmend-pain,#b7472a)}\
.nm-figure .nm-paper{fill:var(--nightmend-paper,#ffffff)}\
.nm-figure .nm-paper-line{stroke:var(--nightmend-paper,#ffffff)}";

const STANDALONE_STYLE: &str = "\
.nm-figure{--nightmend-ink:#1c1e21;--nightmend-paper:#ffffff;background:var(--nightmend-paper)}\
@media (prefers-color-scheme:dark){.nm-figure{--nightmend-ink:#e6dfd3;--nightmend-paper:#000000;\
--nightmend-sleep:#7fb2e5;--nightmend-pain:#f0916f}}";
