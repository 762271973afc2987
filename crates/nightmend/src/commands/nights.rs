//! Lists nights, and explains one.

use std::fmt::Write as _;

use nightmend_app::figures;
use nightmend_app::refresh::{self, DateRange};
use nightmend_app::views::{NapView, NightView, RangeView, WhyView};
use nightmend_report::figure::terminal;

use super::Context;
use crate::args::NightsArgs;
use crate::failure::Outcome;
use crate::output::{self, Style, wrapped};

/// Runs `nightmend nights`.
pub fn run(context: &Context, args: &NightsArgs) -> Outcome {
    let range = DateRange::checked(args.range.from, args.range.to)?;
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    if let Some(date) = args.why {
        let view = refresh::why(&store, &person, date)?;
        return if args.json { output::json(&view) } else { output::text(&why(&view, context.style)) };
    }
    let (view, assembly) = refresh::nights(&store, &person, range)?;
    if args.json {
        return output::json(&view);
    }
    if view.nights.is_empty() {
        return output::text(
            "No night is recorded here yet; import an export, or check in with `nightmend log morning`.\n",
        );
    }
    let figure = terminal::nights(&figures::night_rows(&assembly), context.style.terminal());
    let mut text = figure.picture;
    text.push('\n');
    text.push_str(&summary(&view.range, &view.naps));
    output::text(&text)?;
    output::say("`nightmend nights --why DATE` explains a night; --json has every number.");
    Ok(())
}

fn summary(range: &RangeView, naps: &[NapView]) -> String {
    let mut text = String::new();
    let nights = if range.nights == 1 { "1 night".to_owned() } else { format!("{} nights", range.nights) };
    let naps = match naps.len() {
        0 => String::new(),
        1 => ", 1 nap".to_owned(),
        more => format!(", {more} naps"),
    };
    let _ = writeln!(text, "{nights}{naps}");
    if let Some(tst) = &range.tst_min {
        let spread = tst.sd.map_or_else(String::new, |sd| format!(" (SD {})", length(sd)));
        let _ = writeln!(text, "Asleep {} a night{spread}, known for {} nights", length(tst.mean), tst.count);
    }
    let regularity = &range.regularity;
    if let Some(middle) = &regularity.mid_sleep {
        let spread =
            regularity.mid_sleep_sd_min.map_or_else(String::new, |sd| format!(" (SD {})", length(sd)));
        let _ = writeln!(text, "Middle of sleep {middle}{spread}");
    }
    match regularity.sri {
        Some(sri) => {
            let _ = writeln!(text, "Regularity (SRI) {sri:.0} of 100");
        }
        None => {
            text.push_str("Regularity (SRI): cannot tell yet; it needs a week of nights with clock times\n")
        }
    }
    if let Some(lag) = regularity.social_jet_lag_min {
        let side = if lag < 0.0 { "earlier" } else { "later" };
        let _ = writeln!(text, "Social jet lag {} (weekends {side})", length(lag.abs()));
    }
    text
}

/// A length in minutes as people write it.
pub(super) fn length(minutes: f64) -> String {
    nightmend_domain::Minutes::new(minutes)
        .map_or_else(|_| format!("{minutes:.0} min"), |length| length.to_string())
}

fn why(view: &WhyView, style: Style) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", style.bold(&format!("Night from which you woke on {}", view.date)));
    match &view.night {
        Some(night) => text.push_str(&one_night(night)),
        None => text.push_str("No main sleep is recorded for it.\n"),
    }
    if view.decisions.is_empty() {
        text.push_str("Nothing is recorded for that date, so nothing was decided.\n");
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
