//! Holds one module a page, and the menu.

pub mod ask;
pub mod data;
pub mod help;
mod lock;
pub mod loop_view;
pub mod nights;
mod pair;
pub mod report;
pub mod settings;
pub mod steps;
pub mod today;

use axum::Router;
use maud::{Markup, html};

use crate::context::Shell;
use crate::layout::Page;
use crate::state::App;

/// One entry of the menu.
#[derive(Debug, Clone, Copy)]
pub struct MenuEntry {
    /// Its address.
    pub path: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What is found there, for the list of all pages.
    pub about: &'static str,
    /// Whether it stands in the bar at the foot of a phone.
    pub is_daily: bool,
    /// A picture of 24 by 24, drawn with the colour of the text.
    pub icon: &'static str,
}

/// The menu, in its order. A new page is a module here, its routes in [`routes`], and a line in this list.
pub const MENU: &[MenuEntry] = &[
    MenuEntry {
        path: "/",
        title: "Today",
        about: "The check-in of the morning and of the evening",
        is_daily: true,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><circle cx="12" cy="12" r="4.2"/><path d="M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1"/></svg>"#,
    },
    MenuEntry {
        path: "/nights",
        title: "Nights",
        about: "Every night, put together from all sources",
        is_daily: true,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z"/></svg>"#,
    },
    MenuEntry {
        path: "/loop",
        title: "Loop",
        about: "What your records say of sleep and pain, in both directions",
        is_daily: true,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M4 10a8 8 0 0 1 14-3.5M20 14a8 8 0 0 1-14 3.5"/><path d="M18.5 2.8v4h-4M5.5 21.2v-4h4"/></svg>"#,
    },
    MenuEntry {
        path: "/steps",
        title: "Steps",
        about: "Six small things to try, one at a time",
        is_daily: true,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M3 20h5v-5h5v-5h5V5h3"/></svg>"#,
    },
    MenuEntry {
        path: "/data",
        title: "Data",
        about: "Take in exports, see sources, back up, delete",
        is_daily: false,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><ellipse cx="12" cy="5.5" rx="7.5" ry="3"/><path d="M4.5 5.5v13c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3v-13M4.5 12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3"/></svg>"#,
    },
    MenuEntry {
        path: "/settings",
        title: "Settings",
        about: "Time zone, usual sleep, theme, lock, your phone",
        is_daily: false,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M4 7h10M18 7h2M4 17h2M10 17h10"/><circle cx="16" cy="7" r="2"/><circle cx="8" cy="17" r="2"/></svg>"#,
    },
    MenuEntry {
        path: "/help",
        title: "Help",
        about: "The words explained, and what the program can and cannot say",
        is_daily: false,
        icon: r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><circle cx="12" cy="12" r="9"/><path d="M9.3 9.2a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.2.9-1.2 1.9"/><path d="M12 17v.2"/></svg>"#,
    },
];

/// The routes of all pages.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(today::routes())
        .merge(nights::routes())
        .merge(loop_view::routes())
        .merge(steps::routes())
        .merge(ask::routes())
        .merge(report::routes())
        .merge(data::routes())
        .merge(settings::routes())
        .merge(lock::routes())
        .merge(pair::routes())
        .merge(help::routes())
        .route("/more", axum::routing::get(more))
}

/// Every page with what is found there: the menu of a phone.
async fn more(shell: Shell) -> Markup {
    Page::new(
        "All pages",
        html! {
            ul.doors {
                @for entry in MENU {
                    li { a href=(entry.path) { strong { (entry.title) } span { (entry.about) } } }
                }
                li { a href="/help/now" { strong { "Get help now" } span { "Signs that need a doctor today" } } }
            }
        },
    )
    .of_shell(&shell)
}
