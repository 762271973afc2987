//! Draws the pages of the nights: weeks as an actogram, a year as calendars, regularity over time, and the way to each
//! night.

mod correct;
mod one;
mod span;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::{get, post};
use jiff::civil::Date;
use maud::{Markup, html};
use nightmend_app::course::{self, mean_hours, regularity};
use nightmend_app::figures::{ShownPain, hours_by_date, night_rows_between, pain_by_date, shown_pain};
use nightmend_app::record::Record;
use nightmend_domain::Night;
use nightmend_report::figure::NightRow;
use nightmend_report::figure::svg::{Calendar, CalendarOf, Trend, TrendForm, actogram, calendar, trends};

use crate::charts::{chart, views};
use crate::context::Context;
use crate::failure::Failure;
use crate::layout::{Page, Tone, dated, notice};
use crate::state::App;
use span::{Span, SpanQuery, years};

/// Their routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/nights", get(weeks))
        .route("/nights/year", get(this_year))
        .route("/nights/year/{year}", get(year))
        .route("/nights/regularity", get(over_time))
        .route("/nights/{date}", get(one::show).post(correct::save))
        .route("/nights/{date}/leave-out", post(correct::leave_out))
        .route("/nights/{date}/undo", post(correct::undo))
}

fn all_views(present: &str) -> Markup {
    let links = [
        ("/nights".to_owned(), "Weeks"),
        ("/nights/year".to_owned(), "Year"),
        ("/nights/regularity".to_owned(), "Regularity"),
    ];
    views("Views of the nights", &links, present)
}

/// What stands in the place of every view where nothing is recorded.
fn nothing_yet(context: &Context) -> Markup {
    let body = html! {
        div.card {
            h2 { "No night yet" }
            p { "Nights appear here as soon as one is recorded: from an export of a watch or an app, from a table, or from
                the morning check-in." }
            p.row {
                a.button.main href="/data" { "Take in an export" }
                a.button href="/" { "Check in" }
            }
        }
    };
    Page::new("Nights", body).style("records.css").of(context)
}

async fn weeks(context: Context, Query(query): Query<SpanQuery>) -> Result<Markup, Failure> {
    let record = &context.record;
    let Some((first, last)) = span::extent(record) else { return Ok(nothing_yet(&context)) };
    let span = Span::of(&query, first, last)?.within_an_actogram();
    let pain = shown_pain(&record.assembly.days);
    let rows = night_rows_between(&record.assembly, span.from, span.to, pain.shown);
    let nights = span.nights(record);
    let title = format!("Nights from {} to {}", span.from, span.to);
    let body = html! {
        (all_views("Weeks"))
        div.card {
            div.through {
                h2 { (span.words()) }
                div.row { (span.links(first, last)) }
            }
            @if rows.is_empty() {
                p { "No night is recorded in these weeks. " a href="/nights" { "To the last nights" } }
            } @else {
                div.opens-nights { (chart("nights and pain", |width| actogram(&title, &rows, width))) }
                p.soft.small { "Each line shows two days from noon to noon, so that every night is seen twice and a drift
                    shows as a slant. Choose a line to open its night." (pain_words(&pain)) }
            }
            (span.form(first, last))
        }
        (tiles(&context, nights))
        @if !rows.is_empty() {
            section.card aria-labelledby="list" {
                h2 #list { "Every night of these weeks" }
                details {
                    summary { (rows.len()) (if rows.len() == 1 { " night" } else { " nights" }) ", the newest first" }
                    ul.night-list { @for row in rows.iter().rev() { (line(&context, row, record)) } }
                }
            }
        }
    };
    Ok(Page::new("Nights", body).script("nights.js").style("records.css").of(&context))
}

fn pain_words(pain: &ShownPain<'_>) -> Markup {
    let others = pain.followed.len().saturating_sub(1);
    html! {
        @match pain.shown {
            Some(shown) if others > 0 => { " The margin shows " (shown) "; " (others) " other pains are followed." }
            Some(shown) => { " The margin shows " (shown) "." }
            None if pain.followed.is_empty() => { " No pain is recorded yet." }
            None => { " Several pains are followed and none is back pain, so none is shown." }
        }
    }
}

/// One night in a line of the list.
fn line(context: &Context, row: &NightRow, record: &Record) -> Markup {
    let night = record.night(row.date);
    let clock = |time: Option<nightmend_domain::OffsetTimestamp>| {
        time.map_or_else(|| "–".to_owned(), |time| time.civil().strftime("%H:%M").to_string())
    };
    html! {
        li {
            a href={ "/nights/" (row.date) } {
                span.when { (row.date.strftime("%a %-d %b %Y")) }
                span { (row.minutes_asleep.map_or_else(|| "–".to_owned(), |minutes| context.length(minutes))) }
                span.soft {
                    @if let Some(night) = night {
                        @if night.sleep_onset.is_some() || night.final_awakening.is_some() {
                            (clock(night.sleep_onset)) " to " (clock(night.final_awakening)) " · "
                        }
                        (night.source)
                    }
                }
                span.pain-mark { @if let Some(pain) = row.pain { span.unseen { "pain " } (pain.value) } }
            }
        }
    }
}

/// What holds over some nights, in a row of numbers.
fn tiles(context: &Context, nights: &[Night]) -> Markup {
    let (Some(first), Some(last)) = (nights.first(), nights.last()) else { return html! {} };
    let of = regularity(&context.record.assembly, first.date.date(), last.date.date());
    let last_value = |index: usize| -> Option<(f64, &Trend)> {
        let trend: &Trend = of.get(index)?;
        trend.points.last().map(|(_, value)| (*value, trend))
    };
    let hours = mean_hours(nights);
    let cannot = || html! { "–" small { "cannot tell yet" } };
    html! {
        dl.tiles {
            div { dt { "Nights" } dd { (nights.len()) small { (dated(first.date)) " to " (dated(last.date)) } } }
            div { dt { "Asleep, on average" } dd {
                @match hours {
                    Some((hours, known)) => { (context.length(60.0 * hours)) small { "known for " (known) } },
                    None => (cannot()),
                }
            } }
            div { dt { "Regularity (SRI)" } dd {
                @match last_value(0) {
                    Some((index, _)) => { (format!("{index:.0}")) small { "of 100, last four weeks" } },
                    None => (cannot()),
                }
            } }
            div { dt { "Social jet lag" } dd {
                @match last_value(2) {
                    Some((minutes, _)) => {
                        (context.length(minutes.abs()))
                        small { "weekends " (if minutes < 0.0 { "earlier" } else { "later" }) }
                    },
                    None => (cannot()),
                }
            } }
        }
    }
}

async fn this_year(context: Context) -> Result<Markup, Failure> {
    let year = span::extent(&context.record).map_or(context.today().year(), |(_, last)| last.year());
    year_of(&context, year)
}

async fn year(context: Context, Path(year): Path<String>) -> Result<Markup, Failure> {
    let year = year.parse().ok().filter(|year| (1970..=9_998).contains(year));
    let year =
        year.ok_or_else(|| Failure::not_found("this is not a year; choose one of those of your records"))?;
    year_of(&context, year)
}

fn year_of(context: &Context, year: i16) -> Result<Markup, Failure> {
    let record = &context.record;
    let Some((first, last)) = span::extent(record) else { return Ok(nothing_yet(context)) };
    let out = || Failure::not_found("this is not a year; choose one of those of your records");
    let (from, to) = (Date::new(year, 1, 1).map_err(|_| out())?, Date::new(year, 12, 31).map_err(|_| out())?);
    let pain = shown_pain(&record.assembly.days);
    let hours: BTreeMap<Date, f64> = hours_by_date(span::nights_between(record, from, to));
    let pains = pain_by_date(span::days_between(record, from, to), pain.shown);
    let scale = pains.values().next().map_or((0.0, 10.0), |mark| (mark.minimum, mark.maximum));
    let pains: BTreeMap<Date, f64> = pains.into_iter().map(|(date, mark)| (date, mark.value)).collect();
    let told = (from.max(first), to.min(last.max(context.today())));
    let counted = if told.0 <= told.1 { told } else { (from, to) };
    let of = |title, of, values, (low, high), decimals| Calendar {
        title,
        of,
        from,
        to,
        counted,
        values,
        low,
        high,
        decimals,
    };
    let pain_title =
        format!("Pain of the day{}", pain.shown.map_or_else(String::new, |shown| format!(" ({shown})")));
    let sleep = of("Hours of sleep", CalendarOf::Sleep, &hours, (4.0, 9.0), 1);
    let ache = of(&pain_title, CalendarOf::Pain, &pains, scale, 0);
    let body = html! {
        (all_views("Year"))
        (years(first, last, year))
        section.card aria-labelledby="hours" {
            h2 #hours { "Hours of sleep" }
            (chart("hours of sleep", |width| calendar(&sleep, width)))
        }
        section.card aria-labelledby="pain" {
            h2 #pain { (pain_title) }
            (chart("pain", |width| calendar(&ache, width)))
        }
    };
    Ok(Page::new(&format!("Nights of {year}"), body).style("records.css").of(context))
}

async fn over_time(context: Context, Query(query): Query<SpanQuery>) -> Result<Markup, Failure> {
    let record = &context.record;
    let Some((first, last)) = span::extent(record) else { return Ok(nothing_yet(&context)) };
    let span = if query.is_empty() { Span { from: first, to: last } } else { Span::of(&query, first, last)? };
    let mut panels = regularity(&record.assembly, span.from, span.to);
    panels.push(hours_by_week(record, &span));
    let body = html! {
        (all_views("Regularity"))
        section.card aria-labelledby="course" {
            div.through {
                h2 #course { (span.words()) }
                div.row {
                    (span::last_weeks("/nights/regularity", last, &[(26, "Half a year"), (52, "A year")]))
                    a.button href="/nights/regularity" { "All" }
                }
            }
            (chart("regularity", |width| trends("Regularity over time", &panels, width)))
        }
        section.card aria-labelledby="meaning" {
            h2 #meaning { "What these are" }
            dl.terms {
                dt { "Regularity (SRI)" }
                dd { "How alike two days are, minute by minute: 100 means asleep and awake at the same minutes every day, 0
                    is what chance would give. Each point speaks of the " (course::WINDOW_DAYS) " days before it
                    (Phillips 2017)." }
                dt { "Middle of sleep" }
                dd { "Half-way between falling asleep and the last awakening." }
                dt { "Social jet lag" }
                dd { "How much later the middle of sleep lies on free days than on others; Saturdays and Sundays count as
                    free (Wittmann 2006)." }
            }
        }
    };
    Ok(Page::new("Regularity", body).style("records.css").of(&context))
}

/// Mean hours of each week.
fn hours_by_week(record: &Record, span: &Span) -> Trend {
    let mut weeks: BTreeMap<Date, (f64, u32)> = BTreeMap::new();
    for (date, hours) in hours_by_date(span.nights(record)) {
        let sunday = date
            .saturating_add(jiff::Span::new().days(6 - i64::from(date.weekday().to_monday_zero_offset())));
        let week = weeks.entry(sunday).or_default();
        week.0 += 60.0 * hours;
        week.1 += 1;
    }
    Trend {
        label: "Time asleep".to_owned(),
        hint: "mean of each week".to_owned(),
        form: TrendForm::Length,
        is_pain: false,
        // A week that is not over speaks up to the last date.
        points: weeks
            .into_iter()
            .map(|(sunday, (sum, count))| (sunday.min(span.to), sum / f64::from(count)))
            .collect(),
        gap_days: 7,
    }
}

/// What was just done to a night, with the way back.
fn done(context: &Context, date: Date, act: i64, words: &str) -> Markup {
    notice(
        Tone::Done,
        html! {
            div.row.spread {
                p { (words) }
                form method="post" action={ "/nights/" (date) "/undo" } {
                    (crate::layout::csrf_field(context))
                    input type="hidden" name="act" value=(act);
                    button type="submit" { "Undo" }
                }
            }
        },
    )
}

/// A date that an address may hold; one that cannot be read counts as none.
pub(super) fn date_in(text: Option<&String>) -> Option<Date> {
    text.and_then(|text| text.trim().parse().ok())
}
