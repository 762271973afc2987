//! Draws the check of mattress and pillow: a sag measured, three firmnesses, three heights of a pillow.

use super::Drawing;
use super::pen::{Sheet, Tone, bend, through};

/// A stick across a sagging mattress shows the gap.
pub(super) fn mattress_sag() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.shape(
        "M20 62Q20 54 28 54L110 54Q150 56 180 82Q210 56 250 54L332 54Q340 54 340 62L340 108Q340 116 332 116L28 116Q20 116 20 108Z",
        Tone::Furniture,
    );
    sheet.stroke("M28 54L110 54Q150 56 180 82Q210 56 250 54L332 54", 3.0, Tone::Ink);
    sheet.stroke(&through(&[(24.0, 124.0), (336.0, 124.0)]), 3.0, Tone::Far);
    sheet.stroke(&through(&[(36.0, 46.0), (324.0, 46.0)]), 7.0, Tone::Cloth);
    sheet.arrow((180.0, 64.0), (180.0, 66.0), (180.0, 78.0));
    sheet.arrow((180.0, 66.0), (180.0, 62.0), (180.0, 52.0));
    sheet.word((180.0, 30.0), "broom handle");
    sheet.mark_word((180.0, 104.0), "gap of 3 cm or more: a sag");
    sheet.finish(
        (360, 134),
        "Does it sag?",
        "A broom handle lies across a mattress at the height of the hips; under its middle the mattress dips, and the gap is measured: 3 centimetres or more that stay when nobody lies there are a sag.",
    )
}

/// The same sleeper on three mattresses, seen from behind.
pub(super) fn mattress_firmness() -> Drawing {
    let mut sheet = Sheet::default();
    let rows = [
        (0.0, "too soft", "the hips sink in", 15.0, 7.0),
        (116.0, "too hard", "the waist hangs free", -13.0, 0.0),
        (232.0, "about right", "the line is straight", 0.0, 3.0),
    ];
    for (y, name, what, sag, sink) in rows {
        sheet.mark_word_from((12.0, y + 20.0), name);
        sheet.word_from((112.0, y + 20.0), what);
        sleeper_from_behind(&mut sheet, y + 26.0, sag, sink);
    }
    sheet.finish(
        (360, 342),
        "Too soft, too hard, or about right",
        "The same person lies on their side on three mattresses, seen from behind. Too soft: the hips sink and the line of the spine hangs. Too hard: the spine bends upwards and the waist hangs free. About right: the spine is a straight line.",
    )
}

/// Somebody on their side whose spine leaves the straight line by `sag`, on a mattress that yields by `sink`.
fn sleeper_from_behind(sheet: &mut Sheet, y: f64, sag: f64, sink: f64) {
    let top = y + 56.0;
    let hollow = (sag * 0.9).max(sink);
    let surface = format!(
        "M10 {top}L100 {top}Q150 {waist} 200 {hip}Q240 {waist} 280 {top}L350 {top}",
        waist = top + hollow * 0.4,
        hip = top + hollow
    );
    sheet.shape(&format!("{surface}L350 {bottom}L10 {bottom}Z", bottom = top + 24.0), Tone::Furniture);
    sheet.block((22.0, 84.0), (top - 26.0, top + 1.0), 8.0, Tone::Cloth);
    let drop = hollow * 0.9;
    sheet.limb(&[(206.0, top - 12.0 + drop), (262.0, top - 10.0), (326.0, top - 9.0)], 17.0, Tone::Ink);
    sheet.head((54.0, top - 35.0), 15.0);
    let waist = if sag < 0.0 { top - 8.0 } else { top - 1.0 + drop * 0.7 };
    sheet.shape(
        &format!(
            "M66 {a}Q82 {b} 98 {c}Q114 {c} 124 {d}Q142 {e} 158 {e}Q176 {d} 190 {f}Q212 {f} 218 {g}Q220 {h} 204 {h}Q180 {i} 150 {w}Q120 {w} 104 {j}Q84 {j} 78 {k}Q74 {l} 66 {l}Z",
            a = top - 46.0,
            b = top - 46.0,
            c = top - 54.0,
            d = top - 46.0 + drop * 0.5,
            e = top - 36.0 + drop * 0.8 + sag.min(0.0),
            f = top - 48.0 + drop,
            g = top - 26.0 + drop,
            h = top - 1.0 + drop,
            i = top - 1.0 + drop,
            w = waist,
            j = top,
            k = top - 16.0,
            l = top - 30.0
        ),
        Tone::Ink,
    );
    let spine = bend(
        (58.0, top - 34.0),
        (146.0, top - 31.0 + 1.9 * sag),
        (208.0, top - 28.0 + drop + if sag < 0.0 { 4.0 } else { 0.0 }),
    );
    sheet.dashes(&spine, 3.2, Tone::Paper);
}

/// A head on a pillow that is too low, too high, and about right.
pub(super) fn pillow_height() -> Drawing {
    let mut sheet = Sheet::default();
    let rows = [
        (0.0, "too low", "the head hangs down", 12.0, 17.0),
        (126.0, "too high", "the head is pushed up", 52.0, -17.0),
        (252.0, "about right", "the neck lies straight", 32.0, 0.0),
    ];
    for (y, name, what, height, tilt) in rows {
        let top = y + 104.0;
        sheet.block((8.0, 352.0), (top, top + 14.0), 7.0, Tone::Furniture);
        sheet.block((40.0, 142.0), (top - height, top + 1.0), 9.0, Tone::Cloth);
        let head = (92.0, top - 49.0 + tilt * 0.95);
        sheet.limb(&[(head.0 + 10.0, head.1 + 1.0), (160.0, top - 38.0)], 14.0, Tone::Ink);
        sheet.head(head, 20.0);
        sheet.shape(
            &format!(
                "M150 {a}Q162 {b} 182 {b}Q230 {c} 340 {d}L340 {e}L176 {e}Q150 {e} 146 {f}Q144 {a} 150 {a}Z",
                a = top - 46.0,
                b = top - 68.0,
                c = top - 52.0,
                d = top - 44.0,
                e = top - 1.0,
                f = top - 20.0
            ),
            Tone::Ink,
        );
        let line = format!(
            "{}L334 {}",
            bend((head.0 - 6.0, head.1 - tilt * 0.12), (140.0, top - 42.0 + tilt * 0.3), (176.0, top - 38.0)),
            top - 26.0
        );
        sheet.dashes(&line, 3.2, Tone::Paper);
        sheet.mark_word_from((12.0, y + 16.0), name);
        sheet.word_from((112.0, y + 16.0), what);
    }
    sheet.finish(
        (360, 376),
        "The height of the pillow",
        "Somebody lies on their side, seen from behind, on three pillows. Too low: the head hangs down and the neck bends. Too high: the head is pushed up. About right: head, neck and back are one straight line.",
    )
}
