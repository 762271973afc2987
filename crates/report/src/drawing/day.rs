//! Draws what belongs to the day and the evening: walking, swimming, screens off, rise times, an appointment.

use super::Drawing;
use super::pen::{Sheet, Tone, through};

/// Somebody walks.
pub(super) fn walk() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.floor((60.0, 300.0), 196.0);
    sheet.limb(&[(182.0, 74.0), (208.0, 98.0), (232.0, 92.0)], 12.0, Tone::Far);
    sheet.limb(&[(176.0, 122.0), (166.0, 158.0), (132.0, 184.0)], 17.0, Tone::Far);
    sheet.limb(&[(130.0, 184.0), (142.0, 192.0)], 10.0, Tone::Far);
    sheet.head((190.0, 34.0), 17.0);
    sheet.shape("M166 66Q172 56 186 56Q200 58 202 70L194 118Q192 130 178 130Q164 130 164 116Z", Tone::Ink);
    sheet.limb(&[(178.0, 122.0), (208.0, 154.0), (206.0, 188.0)], 19.0, Tone::Ink);
    sheet.limb(&[(206.0, 190.0), (224.0, 191.0)], 11.0, Tone::Ink);
    sheet.limb_over(&[(178.0, 72.0), (160.0, 102.0), (140.0, 118.0)], 12.0);
    sheet.arrow((246.0, 60.0), (262.0, 60.0), (284.0, 60.0));
    sheet.finish(
        (360, 212),
        "Walking",
        "Somebody walks upright at an easy pace, arms swinging, on level ground.",
    )
}

/// Somebody swims on their back.
pub(super) fn swim() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.limb(&[(128.0, 84.0), (92.0, 52.0), (58.0, 66.0)], 12.0, Tone::Ink);
    sheet.head((106.0, 78.0), 17.0);
    sheet.closed_eye((101.0, 71.0), (0.3, -0.9));
    sheet.shape(
        "M128 78Q140 70 160 74L214 84Q226 88 224 98Q222 106 208 106L150 102Q128 98 128 78Z",
        Tone::Ink,
    );
    sheet.limb(&[(214.0, 96.0), (268.0, 94.0), (324.0, 106.0)], 16.0, Tone::Ink);
    sheet.limb(&[(214.0, 98.0), (262.0, 112.0), (312.0, 104.0)], 15.0, Tone::Far);
    for (y, tone) in [(112.0, Tone::Cloth), (130.0, Tone::Cloth)] {
        let wave = format!("M14 {y}q20 -14 40 0t40 0t40 0t40 0t40 0t40 0t40 0t40 0");
        sheet.stroke(&wave, 5.0, tone);
    }
    sheet.finish(
        (360, 150),
        "Swimming on the back",
        "Somebody swims on their back in calm water, one arm reaching back, legs kicking gently.",
    )
}

/// A telephone switched off, a book under a lamp.
pub(super) fn screens_off() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.block((46.0, 106.0), (28.0, 132.0), 10.0, Tone::Ink);
    sheet.block((52.0, 100.0), (40.0, 116.0), 3.0, Tone::Paper);
    sheet.disc((76.0, 124.0), 4.0, Tone::Paper);
    sheet.stroke(&through(&[(30.0, 142.0), (122.0, 18.0)]), 14.0, Tone::Paper);
    sheet.stroke(&through(&[(30.0, 142.0), (122.0, 18.0)]), 6.0, Tone::Mark);
    // A lamp with its light, and a book.
    sheet.shape("M262 34L300 34L318 74L244 74Z", Tone::Ink);
    sheet.stroke(&through(&[(281.0, 74.0), (281.0, 132.0)]), 6.0, Tone::Ink);
    sheet.stroke(&through(&[(258.0, 134.0), (304.0, 134.0)]), 7.0, Tone::Ink);
    sheet.shape("M250 78L312 78L336 130L226 130Z", Tone::Furniture);
    sheet.shape(
        "M168 112Q190 100 206 114Q222 100 244 112L244 136Q222 126 206 138Q190 126 168 136Z",
        Tone::Cloth,
    );
    sheet.stroke("M206 114L206 138", 2.5, Tone::Ink);
    sheet.word((76.0, 162.0), "off 30 min before bed");
    sheet.word((242.0, 162.0), "low light, paper");
    sheet.finish(
        (360, 172),
        "Screens off, lights low",
        "A telephone is crossed out: screens are off 30 minutes before bed. Beside it a lamp gives a low light to an open book.",
    )
}

/// A week whose nights end at one time.
pub(super) fn rise_time() -> Drawing {
    let mut sheet = Sheet::default();
    let nights = [
        ("Mon", 62.0),
        ("Tue", 78.0),
        ("Wed", 58.0),
        ("Thu", 70.0),
        ("Fri", 108.0),
        ("Sat", 122.0),
        ("Sun", 74.0),
    ];
    for (row, (day, from)) in nights.into_iter().enumerate() {
        let y = 34.0 + 20.0 * row as f64;
        sheet.word_from((8.0, y + 12.0), day);
        sheet.block((from, 268.0), (y, y + 14.0), 7.0, Tone::Cloth);
    }
    sheet.stroke(&through(&[(268.0, 26.0), (268.0, 178.0)]), 3.5, Tone::Mark);
    sheet.disc((306.0, 100.0), 13.0, Tone::Mark);
    for ray in 0..8_u32 {
        let angle = f64::from(ray) * std::f64::consts::FRAC_PI_4;
        let at = |r: f64| (306.0 + r * angle.cos(), 100.0 + r * angle.sin());
        sheet.stroke(&through(&[at(19.0), at(25.0)]), 3.5, Tone::Mark);
    }
    sheet.mark_word((268.0, 18.0), "rise time");
    sheet.finish(
        (360, 186),
        "One rise time for the whole week",
        "Seven nights as bars, one a day: they begin at different times, and all end at the same one, on Saturday and Sunday too.",
    )
}

/// A long time in bed with gaps, and a shorter one without.
pub(super) fn sleep_window() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.word_from((10.0, 20.0), "9 hours in bed, awake in between");
    sheet.block((10.0, 334.0), (30.0, 56.0), 9.0, Tone::Furniture);
    for (from, to) in [(52.0, 112.0), (142.0, 176.0), (212.0, 268.0), (286.0, 312.0)] {
        sheet.block((from, to), (30.0, 56.0), 9.0, Tone::Cloth);
    }
    sheet.word_from((86.0, 88.0), "a window that fits the sleep");
    sheet.block((86.0, 320.0), (98.0, 124.0), 9.0, Tone::Furniture);
    sheet.block((96.0, 206.0), (98.0, 124.0), 9.0, Tone::Cloth);
    sheet.block((214.0, 316.0), (98.0, 124.0), 9.0, Tone::Cloth);
    sheet.stroke(&through(&[(320.0, 92.0), (320.0, 134.0)]), 3.5, Tone::Mark);
    sheet.mark_word((290.0, 152.0), "rise time");
    sheet.finish(
        (360, 160),
        "A window that fits the sleep",
        "Two bars of time in bed. The upper one is long and its sleep lies in four pieces with gaps; the lower one is shorter, begins later, ends at a fixed rise time, and is filled with sleep but for one short gap.",
    )
}

/// Two people at a table with a page between them.
pub(super) fn appointment() -> Drawing {
    let mut sheet = Sheet::default();
    for (mirror, tone) in [(1.0, Tone::Ink), (-1.0, Tone::Ink)] {
        let at = |x: f64, y: f64| (180.0 + mirror * (x - 180.0), y);
        sheet.limb(&[at(98.0, 130.0), at(140.0, 132.0), at(140.0, 174.0)], 16.0, Tone::Far);
        sheet.limb(&[at(66.0, 92.0), at(64.0, 146.0), at(112.0, 146.0)], 5.0, Tone::Far);
        sheet.disc(at(98.0, 44.0), 17.0, tone);
        sheet.limb(&[at(94.0, 84.0), at(92.0, 126.0)], 32.0, tone);
        sheet.limb(&[at(100.0, 86.0), at(122.0, 108.0), at(152.0, 102.0)], 12.0, Tone::Paper);
        sheet.limb(&[at(100.0, 84.0), at(122.0, 106.0), at(150.0, 100.0)], 11.0, tone);
    }
    sheet.block((124.0, 236.0), (112.0, 120.0), 4.0, Tone::Ink);
    sheet.stroke(&through(&[(180.0, 118.0), (180.0, 176.0)]), 6.0, Tone::Far);
    sheet.shape("M160 66L200 66L200 110L160 110Z", Tone::Paper);
    sheet.stroke("M160 66L200 66L200 110L160 110Z", 2.5, Tone::Ink);
    sheet.stroke("M167 78L180 74L187 84L194 76", 2.5, Tone::Cloth);
    for y in [92.0, 100.0] {
        sheet.stroke(&through(&[(167.0, y), (193.0, y)]), 2.5, Tone::Far);
    }
    sheet.finish(
        (360, 186),
        "Bring one page",
        "Two people sit at a table and look at one page that stands between them, with a curve and two lines of text.",
    )
}
