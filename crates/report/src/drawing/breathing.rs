//! Draws the breathing pacer: four seconds in, six seconds out, as a quiet circle or as a count.

use super::Drawing;
use super::pen::{Sheet, Tone, through};

/// Seconds in.
const IN: u32 = 4;
/// Seconds out.
const OUT: u32 = 6;

/// The breath as a curve: four seconds in, six out, six times a minute.
pub(super) fn breathing() -> Drawing {
    let mut sheet = Sheet::default();
    let breath =
        "M14 104C40 104 58 36 80 36C112 36 126 104 172 104C198 104 216 36 238 36C270 36 284 104 330 104";
    sheet.stroke(&through(&[(14.0, 104.0), (344.0, 104.0)]), 2.0, Tone::Far);
    sheet.stroke(breath, 6.0, Tone::Cloth);
    for x in [80.0, 172.0, 238.0, 330.0] {
        sheet.stroke(&through(&[(x, 98.0), (x, 110.0)]), 2.5, Tone::Ink);
    }
    for (x, text) in [(47.0, "in, 4 s"), (126.0, "out, 6 s"), (205.0, "in, 4 s"), (284.0, "out, 6 s")] {
        sheet.word((x, 130.0), text);
    }
    sheet.word((180.0, 20.0), "about six breaths a minute");
    sheet.finish(
        (360, 140),
        "Slow breathing",
        "The breath as a curve that rises for four seconds and falls for six, about six times a minute.",
    )
}

/// The pacer as it moves. It needs [`PACER_STYLE`] on the page; without it, and for people who want no motion, the
/// count in words remains.
#[must_use]
pub fn pacer() -> Drawing {
    const TITLE: &str = "Breathing pacer";
    const SAID: &str = "A circle that grows for four seconds while you breathe in and shrinks for six while you breathe out, six times a minute. Without the picture: count to four breathing in and to six breathing out.";
    let mut counts = String::new();
    for second in 0..IN + OUT {
        let (word, number) = if second < IN { ("in", second + 1) } else { ("out", second - IN + 1) };
        counts.push_str(&format!(
            "<text class=\"nm-pacer-count nm-pacer-at-{second}\" x=\"150\" y=\"156\" font-size=\"26\" \
             text-anchor=\"middle\">{word} {number}</text>"
        ));
    }
    let element = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"nm-figure nm-drawing nm-pacer\" role=\"img\" \
         aria-label=\"{TITLE}. {SAID}\" viewBox=\"0 0 300 300\" width=\"300\" height=\"300\" \
         font-family=\"system-ui, sans-serif\" fill=\"currentColor\"><title>{TITLE}</title><desc>{SAID}</desc>\
         <circle class=\"nm-sleep\" cx=\"150\" cy=\"150\" r=\"140\" fill=\"#2b6cb0\" fill-opacity=\"0.1\"/>\
         <circle class=\"nm-sleep nm-pacer-lung\" cx=\"150\" cy=\"150\" r=\"140\" fill=\"#2b6cb0\" \
         fill-opacity=\"0.3\"/>{counts}</svg>"
    );
    Drawing { title: TITLE.to_owned(), element, alternative: SAID.to_owned() }
}

/// Moves the pacer. Whoever wants less motion gets the count alone, in the same time.
pub const PACER_STYLE: &str = "\
.nm-pacer-lung{transform-origin:150px 150px;animation:nm-breath 10s ease-in-out infinite}\
@keyframes nm-breath{0%{transform:scale(.42)}40%{transform:scale(1)}100%{transform:scale(.42)}}\
.nm-pacer-count{opacity:0;animation:nm-count 10s step-end infinite}\
@keyframes nm-count{0%{opacity:1}10%{opacity:0}100%{opacity:0}}\
.nm-pacer-at-1{animation-delay:1s}.nm-pacer-at-2{animation-delay:2s}.nm-pacer-at-3{animation-delay:3s}\
.nm-pacer-at-4{animation-delay:4s}.nm-pacer-at-5{animation-delay:5s}.nm-pacer-at-6{animation-delay:6s}\
.nm-pacer-at-7{animation-delay:7s}.nm-pacer-at-8{animation-delay:8s}.nm-pacer-at-9{animation-delay:9s}\
@media (prefers-reduced-motion:reduce){.nm-pacer-lung{animation:none;transform:scale(.7)}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pacer_counts_every_second_once_and_keeps_counting_without_motion() {
        let element = pacer().element;
        for second in 0..IN + OUT {
            assert_eq!(element.matches(&format!("nm-pacer-at-{second}\"")).count(), 1);
            let delayed =
                PACER_STYLE.contains(&format!(".nm-pacer-at-{second}{{animation-delay:{second}s}}"));
            assert_eq!(delayed, second > 0);
        }
        assert!(PACER_STYLE.contains("nm-breath 10s") && PACER_STYLE.contains("40%{transform:scale(1)}"));
        let still = PACER_STYLE.split("prefers-reduced-motion").nth(1).expect("there is a still form");
        assert!(still.contains("nm-pacer-lung{animation:none") && !still.contains("nm-pacer-count"));
    }
}
