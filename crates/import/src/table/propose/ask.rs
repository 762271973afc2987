//! Asks once about a guess that many columns share.

use nightmend_domain::{Moment, Role};

use super::guess::{Form, Guess};
use super::write::{Writer, some_names};

/// One question about all complaints whose name does not say when they are noted: the moment decides whether a night
/// comes before or after them.
pub(super) fn of_moments(writer: &mut Writer, guesses: &[Guess]) {
    let unsaid = |guess: &&Guess| {
        matches!(guess.role, Role::Pain | Role::Symptom)
            && guess.moment == Moment::Day
            && !matches!(guess.form, Form::Text | Form::List { .. } | Form::Sleep(_))
    };
    let names: Vec<&str> = guesses.iter().filter(unsaid).map(|guess| guess.name.as_str()).collect();
    if !names.is_empty() {
        writer.question(&format!(
            "at what time of day are these noted: {}? moment = \"day\" is a guess. Write \"waking\" for the morning or \"bedtime\" for the \
             evening where it is so: it decides whether the night before or the night after is compared with them",
            some_names(names.into_iter())
        ));
        writer.line("");
    }
}

/// One question about all things of which days have several values whose mean is taken.
pub(super) fn of_several(writer: &mut Writer, guesses: &[Guess]) {
    let meant = |guess: &&Guess| guess.several == Some("mean") && guess.days_with_several > 0;
    let names: Vec<&str> = guesses.iter().filter(meant).map(|guess| guess.name.as_str()).collect();
    let days = guesses.iter().filter(meant).map(|guess| guess.days_with_several).max().unwrap_or(0);
    if !names.is_empty() {
        writer.question(&format!(
            "is the mean of a day right for {}? Up to {days} days have several values, and several = \"mean\" makes one of them; \
             write \"max\" for the worst, \"first\" or \"last\" where that is better",
            some_names(names.into_iter())
        ));
        writer.line("");
    }
}

/// One question about all scales whose ends nothing but the values suggests.
pub(super) fn of_scales(writer: &mut Writer, guesses: &[Guess]) {
    let mut scales: Vec<(String, Vec<&str>)> = Vec::new();
    for guess in guesses.iter().filter(|guess| guess.scale_is_guessed) {
        let Form::Scale { minimum, maximum, .. } = guess.form else { continue };
        let ends = format!("{minimum} to {maximum}");
        match scales.iter_mut().find(|(other, _)| *other == ends) {
            Some((_, names)) => names.push(&guess.name),
            None => scales.push((ends, vec![&guess.name])),
        }
    }
    if !scales.is_empty() {
        let shown: Vec<String> = scales
            .into_iter()
            .map(|(ends, names)| format!("{ends} for {}", some_names(names.into_iter())))
            .collect();
        writer.question(&format!(
            "are the ends of the scales right? They are guessed from the values alone: {}. A value outside will be refused; \
             correct scale where it is wrong",
            shown.join("; ")
        ));
        writer.line("");
    }
}

/// One question for a group of things that wait for the same answer.
pub(super) fn once(group: &mut [Guess]) {
    let names: Vec<String> = group.iter().take(3).map(|guess| format!("'{}'", guess.name)).collect();
    let more = match group.len() {
        0..=3 => String::new(),
        count => format!(" and {} more like these", count - 3),
    };
    let question = format!(
        "are higher values worse or better in {}{more}? Neither names nor numbers tell; until you say so they are kept as text",
        names.join(", ")
    );
    for guess in group.iter_mut() {
        guess.question = None;
    }
    group[0].question = Some(question);
}
