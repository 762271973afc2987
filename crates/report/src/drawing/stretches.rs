//! Draws the stretches of the wind-down, each in the position in which it is held.

use super::Drawing;
use super::pen::{Point, Sheet, Tone};

/// Lying on the back, one knee drawn to the chest.
pub(super) fn knee_to_chest() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.floor((8.0, 352.0), 138.0);
    lying_back(&mut sheet);
    // The far leg stands, the near one is held.
    sheet.limb(&[(190.0, 118.0), (250.0, 74.0), (284.0, 128.0)], 17.0, Tone::Far);
    sheet.limb(&[(284.0, 130.0), (304.0, 131.0)], 10.0, Tone::Far);
    trunk(&mut sheet);
    sheet.limb_over(&[(192.0, 116.0), (142.0, 68.0)], 22.0);
    sheet.limb(&[(142.0, 67.0), (206.0, 60.0)], 17.0, Tone::Ink);
    sheet.limb(&[(208.0, 60.0), (219.0, 46.0)], 10.0, Tone::Ink);
    sheet.limb_over(&[(106.0, 112.0), (112.0, 84.0), (158.0, 62.0)], 11.0);
    sheet.arrow((196.0, 30.0), (160.0, 22.0), (128.0, 40.0));
    sheet.finish(
        (360, 156),
        "Knee to chest",
        "Somebody lies on their back on a mat, one foot standing; both hands hold the other knee and draw it gently towards the chest.",
    )
}

fn lying_back(sheet: &mut Sheet) {
    sheet.head((58.0, 117.0), 17.0);
    sheet.disc((60.0, 100.0), 4.0, Tone::Ink);
    sheet.closed_eye((50.0, 110.0), (0.3, -0.9));
}

fn trunk(sheet: &mut Sheet) {
    sheet.shape(
        "M84 108Q98 100 120 102L182 106Q204 108 204 122Q204 136 188 137Q168 138 156 134Q142 130 128 135Q110 139 96 137Q80 135 78 122Q78 112 84 108Z",
        Tone::Ink,
    );
}

/// Lying on the back seen from above, both knees rolled to one side.
pub(super) fn knee_roll() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.block((112.0, 248.0), (8.0, 236.0), 12.0, Tone::Furniture);
    // The former place on the other side.
    sheet.limb(&[(168.0, 146.0), (112.0, 172.0), (138.0, 218.0)], 17.0, Tone::Far);
    from_above(&mut sheet);
    sheet.limb(&[(158.0, 78.0), (110.0, 82.0), (62.0, 80.0)], 13.0, Tone::Ink);
    sheet.limb(&[(202.0, 78.0), (250.0, 82.0), (298.0, 80.0)], 13.0, Tone::Ink);
    sheet.limb_over(&[(172.0, 148.0), (236.0, 178.0), (202.0, 216.0)], 18.0);
    sheet.limb_over(&[(190.0, 144.0), (252.0, 162.0), (226.0, 212.0)], 18.0);
    sheet.arrow((120.0, 140.0), (180.0, 100.0), (244.0, 138.0));
    sheet.finish(
        (360, 244),
        "Knee roll",
        "Seen from above, somebody lies on their back with both arms out to the sides; the bent knees sink together to one side and then, as the paler legs show, to the other.",
    )
}

fn from_above(sheet: &mut Sheet) {
    sheet.head((180.0, 40.0), 18.0);
    sheet.closed_eye((173.0, 40.0), (0.0, 1.0));
    sheet.closed_eye((187.0, 40.0), (0.0, 1.0));
    sheet.shape(
        "M152 70Q180 60 208 70Q212 80 206 96Q200 112 202 128Q206 146 198 154Q180 162 162 154Q154 146 158 128Q160 112 154 96Q148 80 152 70Z",
        Tone::Ink,
    );
}

/// On hands and knees: the back rounded, and let down.
pub(super) fn cat_cow() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.floor((6.0, 174.0), 128.0);
    sheet.floor((186.0, 354.0), 128.0);
    on_all_fours(&mut sheet, 0.0, (86.0, 22.0), (32.0, 92.0));
    on_all_fours(&mut sheet, 180.0, (84.0, 104.0), (28.0, 48.0));
    sheet.arrow((86.0, 30.0), (86.0, 24.0), (86.0, 10.0));
    sheet.arrow((264.0, 50.0), (264.0, 56.0), (264.0, 68.0));
    sheet.word((90.0, 154.0), "breathe out");
    sheet.word((270.0, 154.0), "breathe in");
    sheet.finish(
        (360, 162),
        "Cat and cow",
        "Somebody is on hands and knees twice: first with the back rounded upwards and the head hanging while breathing out, then with the belly let down a little and the head raised while breathing in.",
    )
}

/// A person on hands and knees, `shift` to the right, the back bent by `over`.
fn on_all_fours(sheet: &mut Sheet, shift: f64, over: Point, head: Point) {
    let at = |x: f64, y: f64| (x + shift, y);
    sheet.limb(&[at(56.0, 72.0), at(60.0, 122.0)], 11.0, Tone::Far);
    sheet.limb(&[at(118.0, 74.0), at(112.0, 120.0), at(150.0, 122.0)], 14.0, Tone::Far);
    sheet.back(at(54.0, 70.0), at(over.0, over.1), at(118.0, 70.0), 25.0);
    sheet.limb(&[at(54.0, 68.0), at(head.0 + 6.0, (head.1 + 68.0) / 2.0)], 12.0, Tone::Ink);
    sheet.head(at(head.0, head.1), 14.0);
    sheet.limb(&[at(52.0, 72.0), at(50.0, 122.0), at(42.0, 123.0)], 12.0, Tone::Ink);
    sheet.limb(&[at(120.0, 74.0), at(120.0, 119.0)], 19.0, Tone::Ink);
    sheet.limb(&[at(120.0, 120.0), at(162.0, 121.0)], 13.0, Tone::Ink);
}

/// Sitting back on the heels, arms long, forehead down.
pub(super) fn child_pose() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.floor((8.0, 352.0), 128.0);
    sheet.limb(&[(142.0, 104.0), (96.0, 118.0), (44.0, 121.0)], 11.0, Tone::Far);
    sheet.limb(&[(186.0, 118.0), (284.0, 120.0), (302.0, 124.0)], 15.0, Tone::Ink);
    sheet.limb(&[(258.0, 98.0), (184.0, 112.0)], 21.0, Tone::Ink);
    sheet.back((254.0, 88.0), (204.0, 52.0), (140.0, 96.0), 30.0);
    sheet.head((110.0, 110.0), 16.0);
    sheet.limb_over(&[(142.0, 100.0), (92.0, 120.0), (34.0, 122.0)], 11.0);
    sheet.finish(
        (360, 146),
        "Child's pose",
        "Somebody kneels and sits back on their heels, the back long and rounded, forehead towards the mat, both arms stretched out in front.",
    )
}

/// Lying on the back seen from above, one ankle across the other knee.
pub(super) fn figure_four() -> Drawing {
    let mut sheet = Sheet::default();
    sheet.block((112.0, 248.0), (8.0, 248.0), 12.0, Tone::Furniture);
    from_above(&mut sheet);
    sheet.limb(&[(166.0, 146.0), (158.0, 188.0)], 22.0, Tone::Ink);
    sheet.limb_over(&[(158.0, 190.0), (160.0, 238.0)], 16.0);
    sheet.limb_over(&[(196.0, 148.0), (258.0, 170.0), (148.0, 186.0)], 17.0);
    sheet.limb_over(&[(156.0, 80.0), (124.0, 118.0), (142.0, 164.0)], 12.0);
    sheet.limb_over(&[(204.0, 80.0), (232.0, 112.0), (180.0, 164.0)], 12.0);
    sheet.arrow((112.0, 206.0), (100.0, 170.0), (116.0, 138.0));
    sheet.finish(
        (360, 256),
        "Figure four",
        "Seen from above, somebody lies on their back; one ankle lies across the other knee, so that the legs make the figure 4, and both hands draw the lower thigh towards the chest.",
    )
}
