//! Lists nights, and explains one.

use std::fmt::Write as _;

use nightmend_app::Assembly;
use nightmend_app::figures::{self, ShownPain};
use nightmend_app::refresh::{self, DateRange};
use nightmend_app::views::{NightView, NightsView, RangeView, WhyView};
use nightmend_domain::trackers::BACK_PAIN;
use nightmend_report::figure::{NightRow, terminal};

use super::Context;
use crate::args::NightsArgs;
use crate::failure::Outcome;
use crate::output::{self, Style, counted, wrapped};

/// Runs `nightmend nights`.
pub fn run(context: &Context, args: &NightsArgs) -> Outcome {
    let range = DateRange::checked(args.range.from, args.range.to)?;
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    if let Some(date) = args.why {
        let view = refresh::why(&store, &person, date)?;
        if args.json {
            return output::json(&view);
        }
        let day = DateRange { from: Some(date), to: Some(date) };
        let (of_day, _) = refresh::nights(&store, &person, day)?;
        let others = !of_day.naps.is_empty() || !refresh::days(&store, &person, day)?.days.is_empty();
        return output::text(&why(&view, others, context.style));
    }
    let (view, assembly) = refresh::nights(&store, &person, range)?;
    if args.json {
        return output::json(&view);
    }
    if view.nights.is_empty() {
        if let Some(sentence) = super::nothing_in(&store, &person, range)? {
            return output::text(&sentence);
        }
        return output::text(
            "No night is recorded here yet; import an export, or check in with `nightmend log morning`.\n",
        );
    }
    let rows = figures::night_rows(&assembly);
    let mut text = if rows.iter().all(|row| row.spans.is_empty() && row.minutes_asleep.is_none()) {
        rated_nights(&view.nights, &rows)
    } else {
        terminal::nights(&rows, context.style.terminal()).picture
    };
    text.push('\n');
    for line in summary(&view, &assembly) {
        let _ = writeln!(text, "{}", wrapped(&line, context.style.width, "  "));
    }
    output::text(&text)?;
    output::say("`nightmend nights --why DATE` explains a night; --json has every number.");
    Ok(())
}

/// One line a night where nothing but ratings is known: a picture of times would show nothing.
fn rated_nights(nights: &[NightView], rows: &[NightRow]) -> String {
    let mut text = String::new();
    for (night, row) in nights.iter().zip(rows) {
        let quality = night.quality.as_ref().map_or_else(
            || "not rated".to_owned(),
            |rating| format!("quality {} of {}–{}", rating.value, rating.minimum, rating.maximum),
        );
        let pain = row.pain.map_or_else(String::new, |pain| format!(", pain {}", pain.value));
        let _ = writeln!(text, "{} {}  {quality}{pain}", night.date, row.date.strftime("%a"));
    }
    text
}

/// More spread than this, in minutes, and a mean of the middle of sleep says nothing.
const TOO_VARIED: f64 = 180.0;

fn summary(view: &NightsView, assembly: &Assembly) -> Vec<String> {
    let range = &view.range;
    let naps = match view.naps.len() as u64 {
        0 => String::new(),
        naps => format!(", {}", counted(naps, "nap", "naps")),
    };
    let mut lines = vec![format!("{}{naps}", nights_in_words(range.nights))];
    if let Some(tst) = &range.tst_min {
        let spread = tst.sd.map_or_else(String::new, |sd| format!(" (SD {})", length(sd)));
        lines.push(format!(
            "Asleep {} a night{spread}, known for {}",
            length(tst.mean),
            nights_in_words(tst.count)
        ));
    }
    lines.extend(rated_quality(&view.nights));
    lines.extend(timing(range, assembly));
    lines.extend(pain_shown(&figures::shown_pain(&assembly.days)));
    lines
}

fn nights_in_words(count: usize) -> String {
    counted(count as u64, "night", "nights")
}

/// The mean of the ratings, where all stand on one scale.
fn rated_quality(nights: &[NightView]) -> Option<String> {
    let ratings: Vec<_> = nights.iter().filter_map(|night| night.quality.as_ref()).collect();
    let first = ratings.first()?;
    let nights = nights_in_words(ratings.len());
    let is_one_scale = ratings.iter().all(|rating| {
        (rating.minimum, rating.maximum, rating.higher_is) == (first.minimum, first.maximum, first.higher_is)
    });
    if !is_one_scale {
        return Some(format!("Rated quality for {nights}, on several scales"));
    }
    let mean = ratings.iter().map(|rating| rating.value).sum::<f64>() / ratings.len() as f64;
    Some(format!(
        "Rated quality for {nights} (mean {mean:.1} of {}–{}, higher is {})",
        first.minimum, first.maximum, first.higher_is
    ))
}

/// When the nights lie, and how regular they are.
fn timing(range: &RangeView, assembly: &Assembly) -> Vec<String> {
    let regularity = &range.regularity;
    let varies = regularity.mid_sleep_sd_min.is_some_and(|sd| sd > TOO_VARIED);
    let mut lines = Vec::new();
    if let Some(middle) = &regularity.mid_sleep {
        let spread =
            regularity.mid_sleep_sd_min.map_or_else(String::new, |sd| format!(" (SD {})", length(sd)));
        let known = figures::nights_with_mid_sleep(&assembly.nights) as usize;
        let known = if known < range.nights {
            format!(", known for {}", nights_in_words(known))
        } else {
            String::new()
        };
        lines.push(if varies {
            format!("Middle of sleep varies too much to give one time{spread}{known}")
        } else {
            format!("Middle of sleep {middle}{spread}{known}")
        });
    }
    lines.push(match regularity.sri {
        Some(sri) => format!("Regularity (SRI) {sri:.0} of 100"),
        None => "Regularity (SRI): cannot tell yet; it needs about eight nights in a row with clock times"
            .to_owned(),
    });
    if let Some(lag) = regularity.social_jet_lag_min
        && !varies
    {
        let side = if lag < 0.0 { "earlier" } else { "later" };
        lines.push(format!("Social jet lag {} (weekends {side})", length(lag.abs())));
    }
    lines
}

/// Which of several pains stands in the column.
fn pain_shown(pain: &ShownPain<'_>) -> Option<String> {
    let followed: Vec<&str> = pain.followed.iter().copied().collect();
    match (pain.shown, followed.as_slice()) {
        (_, []) => None,
        (Some(shown), [_]) if shown == BACK_PAIN => None,
        (Some(shown), [_]) => Some(format!("Pain: {shown}")),
        (Some(shown), several) => {
            Some(format!("Pain: {shown} is shown; followed are {}", several.join(", ")))
        }
        (None, several) => Some(format!(
            "Pain: none is shown, because several are followed and none is {BACK_PAIN}: {}; `nightmend days` lists them all",
            several.join(", ")
        )),
    }
}

/// A length in minutes as people write it.
pub(super) fn length(minutes: f64) -> String {
    nightmend_domain::Minutes::new(minutes)
        .map_or_else(|_| format!("{minutes:.0} min"), |length| length.to_string())
}

fn why(view: &WhyView, others: bool, style: Style) -> String {
    let mut text = String::new();
    let date = &view.date;
    let _ = writeln!(text, "{}", style.bold(&format!("Night from which you woke on {date}")));
    let advice = format!("add it with `nightmend log morning --date {date}`, or import a file that holds it");
    let line = match &view.night {
        Some(night) => {
            text.push_str(&one_night(night));
            String::new()
        }
        None if others => format!(
            "No sleep is recorded for that date; {advice}. What else is recorded: `nightmend days --from {date} --to {date}`"
        ),
        None => format!("No sleep is recorded for that date, and nothing else; {advice}."),
    };
    if !line.is_empty() {
        let _ = writeln!(text, "{}", wrapped(&line, style.width, "  "));
    }
    for decision in &view.decisions {
        let line = format!("{}: {}", style.bold(&decision.about), decision.reason);
        let _ = writeln!(text, "  {}", wrapped(&line, style.width.saturating_sub(2), "    "));
    }
    text
}

/// A night in a few lines.
pub(super) fn one_night(night: &NightView) -> String {
    let clock =
        |stamp: &Option<String>| stamp.as_ref().and_then(|stamp| stamp.get(11..16)).map(str::to_owned);
    let times = [
        ("in bed", clock(&night.in_bed)),
        ("tried to sleep", clock(&night.try_sleep)),
        ("asleep", clock(&night.sleep_onset)),
        ("woke", clock(&night.final_awakening)),
        ("up", clock(&night.out_of_bed)),
    ];
    let lengths = [
        ("TST", night.tst_min.map(length)),
        ("SOL", night.sol_min.map(length)),
        ("WASO", night.waso_min.map(length)),
        ("SE", night.se_percent.map(|share| format!("{share:.0} %"))),
        ("SME", night.sme_percent.map(|share| format!("{share:.0} %"))),
        ("awakenings", night.awakenings.map(|count| count.to_string())),
    ];
    let known = |pairs: &[(&str, Option<String>)]| {
        let parts: Vec<String> = pairs
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}")))
            .collect();
        parts.join(", ")
    };
    let lines = [known(&times), known(&lengths)];
    let mut text: String =
        lines.iter().filter(|line| !line.is_empty()).map(|line| format!("  {line}\n")).collect();
    let _ = writeln!(text, "  from {}", night.source);
    text
}
