//! Says on a page what the sentences of the engine say at a terminal: where to press instead of what to type.

/// Commands that sentences name, longest first, and what stands for them on a page.
const COMMANDS: &[(&str, &str)] = &[
    ("set your zone with `nightmend sources`", "set your zone in Settings"),
    ("; give it with --rise 06:45", "; write it as 06:45"),
    ("; leave --rise out", ""),
    ("`nightmend steps resume`", "the button on its page"),
    ("`nightmend steps stop`", "the button on its page"),
    ("`nightmend steps result`", "its verdict"),
    ("`nightmend steps safety`", "the page “Safety questions”"),
    ("`nightmend steps`", "the page Steps"),
    ("`nightmend sources`", "“Which is taken first” in Data"),
    ("`nightmend history`", "the history in Data"),
    ("`nightmend undo`", "“Undo” in the history"),
];

/// A text with its commands in the words of the pages. A command that no page has stays as it is.
pub(crate) fn for_pages(text: String) -> String {
    if !text.contains("`nightmend ") && !text.contains("--rise") {
        return text;
    }
    let mut text = text;
    for (command, words) in COMMANDS {
        text = text.replace(command, words);
    }
    // The form of a night stands below the decisions that name it.
    const CORRECT: &str = "`nightmend log morning --date ";
    while let Some(start) = text.find(CORRECT)
        && let Some(length) = text[start + CORRECT.len()..].find('`')
    {
        text.replace_range(start..=start + CORRECT.len() + length, "the form of that night");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::for_pages;

    #[test]
    fn what_is_typed_at_a_terminal_is_pressed_on_a_page() {
        for (told, shown) in [
            (
                "Go on with `nightmend steps resume`, or stop it.",
                "Go on with the button on its page, or stop it.",
            ),
            (
                "correct it with `nightmend log morning --date 2026-03-02`.",
                "correct it with the form of that night.",
            ),
            ("an hour off; set your zone with `nightmend sources`", "an hour off; set your zone in Settings"),
            ("`nightmend steps` lists the six steps", "the page Steps lists the six steps"),
            ("nothing to press", "nothing to press"),
        ] {
            assert_eq!(for_pages(told.to_owned()), shown);
        }
    }
}
