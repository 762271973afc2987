//! Writes what may be said, apart from what is estimated: two arrows, one short night, and a lasting change.

use maud::{Markup, html};
use nightmend_app::figures::arrow_rows;
use nightmend_app::views::LoopView;
use nightmend_domain::estimate::{ArrowEstimate, DaysNeeded, LoopEstimate, Told};
use nightmend_report::figure::svg::{curve, forest, intervals, loop_arrows};
use nightmend_report::figure::{ArrowFigure, Curve, IntervalRow, LoopFigure, Verdict};

use crate::charts::chart;

/// Both arrows with their names.
pub(super) fn both(estimate: &LoopEstimate) -> [(&'static str, &ArrowEstimate); 2] {
    [("Sleep → pain", &estimate.sleep_to_pain), ("Pain → sleep", &estimate.pain_to_sleep)]
}

/// A remark of the engine without the flags of the command line.
pub(super) fn plain(remark: &str) -> String {
    let mut text = remark.to_owned();
    while let Some(start) = text.find(" (--")
        && let Some(length) = text[start..].find(')')
    {
        text.replace_range(start..=start + length, "");
    }
    text
}

/// Why there is no number, and what helps.
pub(super) fn cannot_tell(view: &LoopView) -> Markup {
    html! {
        section.card aria-labelledby="say" {
            h2 #say { "Cannot tell yet" }
            @for sentence in &view.sentences { p.big { (sentence) } }
            p { (view.data.nights) " nights and " (view.data.pain_days) " days with a pain score are recorded; "
                (view.data.pairs_sleep_to_pain) " stand side by side." }
            p.row { a.button.main href="/" { "Check in" } a.button href="/data" { "Take in an export" } }
            @for remark in &view.remarks { p.hint { (plain(remark)) } }
        }
    }
}

/// What may be said: the claim of each arrow and nothing else.
pub(super) fn claims(view: &LoopView, estimate: &LoopEstimate) -> Markup {
    let arrows = both(estimate);
    let of_arrows: Vec<&str> = arrows.iter().map(|(_, arrow)| arrow.sentence.as_str()).collect();
    let rest = view.sentences.iter().filter(|sentence| !of_arrows.contains(&sentence.as_str()));
    html! {
        section.card aria-labelledby="say" {
            p.kind { "What may be said" }
            h2 #say { (view.settings.sleep) " and " (view.settings.pain) }
            ul.told {
                @for (name, arrow) in arrows {
                    li {
                        @if arrow.told == Told::Clear { span.verdict.clear { "clear" } } @else { span.verdict { "cannot tell yet" } }
                        p { span.unseen { (name) ": " } (arrow.sentence) }
                    }
                }
            }
            @if arrows.iter().all(|(_, arrow)| arrow.told != Told::Clear) {
                p.hint { "“Cannot tell yet” is an ordinary answer: your records do not carry more. It does not mean that
                    there is nothing." }
            }
            details {
                summary { "What else goes with it" }
                @for sentence in rest { p { (plain(sentence)) } }
                @for remark in &view.remarks { p.soft { (plain(remark)) } }
            }
        }
    }
}

/// What is estimated of both arrows, told or not.
pub(super) fn arrows(estimate: &LoopEstimate) -> Markup {
    let figure = LoopFigure {
        sleep_to_pain: ArrowFigure::of(&estimate.sleep_to_pain),
        pain_to_sleep: ArrowFigure::of(&estimate.pain_to_sleep),
    };
    let rows = arrow_rows(estimate);
    html! {
        section.card aria-labelledby="arrows" {
            p.kind { "What is estimated" }
            h2 #arrows { "Both arrows" }
            (chart("both arrows", |width| loop_arrows("Your loop", &figure, width)))
            p.soft { "The wider an arrow, the larger the effect; the more blurred, the less sure. An arrow that is not told
                has no colour. More sleep and more pain count as positive: below zero, shorter nights go with more pain." }
            (chart("both arrows as intervals", |width| intervals("Both arrows as intervals", &rows, width)))
            p.soft.small { "Thick: half of what is plausible. Thin: nine tenths." }
            @if let Some(half) = &estimate.half_day {
                h3 { "Morning and evening" }
                p { (half.sentence) }
                (chart("morning and evening", |width| forest("Morning and evening", &half_day(estimate), width)))
            }
            (days_needed(estimate))
        }
    }
}

fn half_day(estimate: &LoopEstimate) -> Vec<IntervalRow> {
    let unit = &estimate.sleep_to_pain.unit;
    let mut rows = vec![IntervalRow::of_arrow("Sleep to the morning", &estimate.sleep_to_pain)];
    if let Some(half) = &estimate.half_day {
        rows.push(IntervalRow::of(
            "… to the rest of the day",
            unit,
            &half.sleep_to_rest_of_day,
            Verdict::Plain,
        ));
        rows.push(IntervalRow::of(
            "… to the later report in all",
            unit,
            &half.sleep_to_later_report,
            Verdict::Plain,
        ));
    }
    rows
}

fn days_needed(estimate: &LoopEstimate) -> Markup {
    let waiting: Vec<(&str, &ArrowEstimate)> =
        both(estimate).into_iter().filter(|(_, arrow)| arrow.told != Told::Clear).collect();
    html! {
        @if !waiting.is_empty() {
            h3 { "How many more days" }
            ul {
                @for (name, arrow) in waiting {
                    li {
                        (name) ": "
                        (arrow.outlook())
                        @match (arrow.days_needed.more_days, arrow.days_needed.at_best, arrow.days_needed.at_worst) {
                            (Some(_), Some(best), Some(worst)) => { " (" (DaysNeeded::said(best)) " in a quarter of them, " (DaysNeeded::said(worst)) " in three quarters)" }
                            (Some(_), Some(best), None) => { " (" (DaysNeeded::said(best)) " in a quarter of them)" }
                            _ => {}
                        }
                        "."
                    }
                }
            }
        }
    }
}

/// What follows one short night.
pub(super) fn one_night(estimate: &LoopEstimate) -> Markup {
    let pulse = &estimate.pulse;
    let figure = Curve::from(pulse);
    let number = |value: f64| format!("{value:.1}").replace('-', "−");
    html! {
        section.card aria-labelledby="pulse" {
            p.kind { "What is estimated" }
            h2 #pulse { "After " (pulse.change_in_words) }
            p { "What your own pattern implies, if it holds: summed over " (pulse.horizon_days) " days "
                strong.number { (number(pulse.total.median)) } " " (pulse.unit) " times days (90 % "
                (number(pulse.total.ci90.low)) " to " (number(pulse.total.ci90.high)) "); nine tenths of it within "
                (pulse.days_to_nine_tenths) " days." }
            (chart("the days after a short night", |width| curve(&figure, width)))
            @if let Some(half_life) = &estimate.half_life_days {
                p.soft { "Half of a disturbance is gone after " (number(half_life.median)) " days (90 % "
                    (number(half_life.ci90.low)) " to " (number(half_life.ci90.high)) ")." }
            }
        }
    }
}

/// What a lasting change of sleep would go with.
pub(super) fn what_if(estimate: &LoopEstimate) -> Markup {
    let press = &estimate.press;
    let rows = [
        IntervalRow::of("Sleep held at the new level", &press.unit, &press.held, Verdict::Plain),
        IntervalRow::of("The loop left to respond", &press.unit, &press.responding, Verdict::Plain),
    ];
    html! {
        section.card aria-labelledby="what-if" {
            p.kind { "What is estimated" }
            h2 #what-if { "What if: " (press.change_in_words) }
            (chart("a lasting change", |width| forest("Pain in the long run", &rows, width)))
            p { "In the long run, in " (press.unit) ". " strong { "Held" } " means that every night is that much longer,
                whatever pain does; " strong { "responding" } " means a push of that size, after which pain and sleep answer
                each other." }
            p.hint { "An estimate from watching, not a promise: whether it holds when you change something is what "
                a href="/steps" { "Steps" } " are for." }
        }
    }
}
