//! Draws how to lie: on the back, the side and the stomach, each with its pillow.

use super::Drawing;
use super::pen::{Sheet, Tone};

const SIZE: (u32, u32) = (360, 182);
const BED: (f64, f64) = (8.0, 352.0);
const TOP: f64 = 124.0;

/// On the back, a pillow under the knees.
pub(super) fn back_knees() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.mattress(BED, TOP);
    sheet.block((22.0, 84.0), (104.0, 125.0), 9.0, Tone::Cloth);
    sheet.shape("M204 124Q212 96 238 90Q262 90 274 104Q284 114 290 124Z", Tone::Cloth);
    // The body: head, back with its slight curve, thigh and shin over the pillow.
    sheet.head((56.0, 88.0), 17.0);
    sheet.disc((58.0, 71.0), 4.0, Tone::Ink);
    sheet.closed_eye((49.0, 81.0), (0.3, -0.9));
    sheet.shape(
        "M82 92Q96 84 118 86L176 92Q196 96 194 110Q192 122 178 122Q160 124 150 119Q138 114 124 120Q108 126 92 122Q78 118 76 106Q76 96 82 92Z",
        Tone::Ink,
    );
    sheet.limb(&[(180.0, 108.0), (238.0, 80.0)], 24.0, Tone::Ink);
    sheet.limb(&[(238.0, 79.0), (304.0, 112.0)], 18.0, Tone::Ink);
    sheet.limb(&[(306.0, 112.0), (315.0, 92.0)], 11.0, Tone::Ink);
    sheet.limb_over(&[(100.0, 98.0), (132.0, 114.0), (168.0, 104.0)], 12.0);
    sheet.arrow((247.0, 170.0), (247.0, 150.0), (247.0, 128.0));
    sheet.word_from((258.0, 175.0), "pillow");
    sheet.finish(
        SIZE,
        "On the back, a pillow under the knees",
        "Somebody lies on their back on a mattress, head on one flat pillow, a second pillow under the bent knees, heels on the bed; the lower back keeps its slight curve.",
    )
}

/// On the side, a pillow between the knees, seen from behind.
pub(super) fn side_knees() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.mattress(BED, TOP);
    sheet.block((18.0, 84.0), (98.0, 125.0), 10.0, Tone::Cloth);
    // The lower leg on the bed, the pillow, the upper leg on the pillow.
    sheet.limb(&[(204.0, 110.0), (268.0, 114.0), (326.0, 115.0)], 17.0, Tone::Far);
    sheet.block((222.0, 330.0), (88.0, 107.0), 9.0, Tone::Cloth);
    sheet.head((56.0, 84.0), 18.0);
    sheet.shape("M72 78Q84 76 92 70Q104 58 122 64Q138 78 158 84Q176 84 190 72Q208 62 222 74Q230 86 226 100Q222 118 206 122Q186 124 160 121L110 123Q90 122 84 106Q80 94 70 92Z", Tone::Ink);
    sheet.limb(&[(206.0, 82.0), (264.0, 78.0), (320.0, 79.0)], 18.0, Tone::Ink);
    sheet.limb(&[(324.0, 80.0), (334.0, 76.0)], 11.0, Tone::Ink);
    sheet.limb_over(&[(112.0, 74.0), (150.0, 92.0), (176.0, 110.0)], 12.0);
    sheet.dashes("M62 86L214 94", 3.2, Tone::Paper);
    sheet.arrow((276.0, 36.0), (276.0, 48.0), (276.0, 84.0));
    sheet.word((276.0, 28.0), "firm pillow");
    sheet.finish(
        SIZE,
        "On the side, a firm pillow between the knees",
        "Somebody lies on their side, seen from behind: the head pillow fills the space from shoulder to ear, a firm pillow lies between the legs from knee to ankle, so that the upper leg lies level and the dotted line of the spine is straight.",
    )
}

/// On the stomach, a slim pillow under the pelvis and none under the head.
pub(super) fn stomach_pelvis() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.mattress(BED, TOP);
    sheet.block((142.0, 214.0), (111.0, 125.0), 7.0, Tone::Cloth);
    sheet.limb(&[(96.0, 108.0), (70.0, 120.0), (30.0, 119.0)], 11.0, Tone::Far);
    sheet.head((58.0, 103.0), 17.0);
    sheet.closed_eye((52.0, 101.0), (0.0, 1.0));
    sheet.closed_eye((64.0, 101.0), (0.0, 1.0));
    sheet.shape("M78 96Q90 86 112 90Q134 98 152 92Q172 82 190 86Q206 92 204 104Q202 112 190 112L148 112Q126 120 104 122Q86 122 80 112Q76 104 78 96Z", Tone::Ink);
    sheet.limb(&[(192.0, 99.0), (254.0, 110.0)], 23.0, Tone::Ink);
    sheet.limb(&[(254.0, 111.0), (314.0, 113.0)], 17.0, Tone::Ink);
    sheet.limb(&[(316.0, 112.0), (334.0, 119.0)], 10.0, Tone::Ink);
    sheet.limb_over(&[(98.0, 108.0), (116.0, 119.0), (76.0, 119.0)], 11.0);
    sheet.arrow((178.0, 170.0), (178.0, 150.0), (178.0, 130.0));
    sheet.word_from((189.0, 175.0), "slim pillow");
    sheet.word((58.0, 175.0), "no pillow here");
    sheet.finish(
        SIZE,
        "On the stomach, a slim pillow under the pelvis",
        "Somebody lies on their stomach with the head turned and no pillow under it; a slim pillow lies under the pelvis and keeps the lower back from sagging.",
    )
}
