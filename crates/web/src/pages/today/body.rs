//! Draws the map of the body: regions with names, seen from behind, and the same as boxes beneath.

use maud::{Markup, html};

use crate::context::Fields;

/// A place that can hurt.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its name, as it is kept.
    pub name: &'static str,
    /// Its outline in the drawing of 200 by 420.
    outline: &'static str,
}

/// Every place, from head to foot; left is the person's left, which is on the left when seen from behind.
pub const PLACES: &[Place] = &[
    Place { name: "neck", outline: "M88 50h24v18q8 4 16 6v8H72v-8q8-2 16-6Z" },
    Place { name: "left shoulder", outline: "M71 76v30l-25 6q-6-30 25-36Z" },
    Place { name: "right shoulder", outline: "M129 76v30l25 6q6-30-25-36Z" },
    Place { name: "upper back", outline: "M73 84h54v44H73Z" },
    Place { name: "middle back", outline: "M73 130h54l-2 30H75Z" },
    Place { name: "lower back", outline: "M75 162h50l5 36H70Z" },
    Place { name: "left arm", outline: "M45 114l25-5-4 46-14 66q-16 0-14-12Z" },
    Place { name: "right arm", outline: "M155 114l-25-5 4 46 14 66q16 0 14-12Z" },
    Place { name: "left hip or buttock", outline: "M69 200h30v42H64Z" },
    Place { name: "right hip or buttock", outline: "M131 200h-30v42h35Z" },
    Place { name: "left thigh", outline: "M64 244h34l-4 66H68Z" },
    Place { name: "right thigh", outline: "M136 244h-34l4 66h26Z" },
    Place { name: "left lower leg", outline: "M68 312h26l-5 66H74Z" },
    Place { name: "right lower leg", outline: "M132 312h-26l5 66h15Z" },
    Place { name: "left foot", outline: "M74 380h15l1 24H66q0-14 8-24Z" },
    Place { name: "right foot", outline: "M126 380h-15l-1 24h24q0-14-8-24Z" },
];

/// The map. The regions of the drawing are made tabbable by the script; the boxes do the same without it.
#[must_use]
pub fn map(field: &str, fields: &Fields) -> Markup {
    let chosen: Vec<&str> = fields.all(field).flat_map(|text| text.split(", ")).collect();
    html! {
        input type="hidden" name={ (field) ".asked" } value="1";
        div.body-map data-field=(field) {
            svg viewBox="30 0 140 415" width="200" aria-hidden="true" focusable="false" {
                circle cx="100" cy="28" r="21" class="outline" {}
                @for place in PLACES {
                    path d=(place.outline) class=(if chosen.contains(&place.name) { "region hurts" } else { "region" }) data-place=(place.name) {}
                }
            }
            div.places {
                @for place in PLACES {
                    label.check {
                        input type="checkbox" name=(field) value=(place.name) checked[chosen.contains(&place.name)];
                        (capital(place.name))
                    }
                }
            }
        }
        p.hint { "Seen from behind: your left is on the left." }
    }
}

fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}
