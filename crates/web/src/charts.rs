//! Puts figures on a page: drawn for a phone and for a wide screen, with their sentence and their table.

use maud::{Markup, PreEscaped, html};
use nightmend_report::figure::Table;
use nightmend_report::figure::svg::{SvgFigure, Width};

/// A figure drawn once for a phone and once for a wide screen, of which the styles show one: text is as large in both.
/// `name` tells the table of this figure from the others of its page.
#[must_use]
pub fn chart(name: &str, draw: impl Fn(Width) -> SvgFigure) -> Markup {
    let (narrow, wide) = (draw(Width::PHONE), draw(Width::PAGE));
    html! {
        figure.chart {
            div.drawing.narrow { (PreEscaped(&narrow.element)) }
            div.drawing.wide { (PreEscaped(&wide.element)) }
            figcaption { (wide.alternative) }
            (table_of(name, &wide.table))
        }
    }
}

/// The numbers of a figure, folded away until somebody wants them.
fn table_of(name: &str, table: &Table) -> Markup {
    html! {
        details.table {
            summary { "The numbers as a table" span.unseen { ": " (name) } }
            (scrolled(name, &plain_table(table)))
        }
    }
}

/// Something that may be wider than a phone, in a box that scrolls and that a keyboard can reach.
#[must_use]
pub fn scrolled(name: &str, inside: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label={ "Table: " (name) } { (inside) } }
}

fn plain_table(table: &Table) -> Markup {
    html! {
        table {
            thead { tr { @for name in &table.columns { th scope="col" { (name) } } } }
            tbody {
                @for row in &table.rows {
                    tr {
                        @for (index, cell) in row.iter().enumerate() {
                            @if index == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

/// A row of links of which one is the present page: the views of one subject.
#[must_use]
pub fn views(name: &str, links: &[(String, &str)], present: &str) -> Markup {
    html! {
        nav.views aria-label=(name) {
            ul {
                @for (path, text) in links {
                    li { a href=(path) aria-current=[(*text == present).then_some("page")] { (text) } }
                }
            }
        }
    }
}
