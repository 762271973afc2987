//! Finds nights in which the clock on the wall was changed, by the season or by a journey.

use jiff::civil::DateTime;
use nightmend_domain::{Decision, OffsetTimestamp, Zone, ZoneBasis, ZoneHistory};

use crate::timeline::Window;
use crate::words::decision;

/// Zones whose clock changes stand for the regions that have them, with the region's name.
const REGIONS: [(&str, &str); 5] = [
    ("Europe/London", "Europe"),
    ("Europe/Berlin", "Europe"),
    ("America/New_York", "North America"),
    ("Australia/Sydney", "Australia"),
    ("America/Santiago", "South America"),
];

/// Knows the zones a person lived in, and where clocks change if nobody said.
pub(crate) struct ClockChanges<'a> {
    zones: &'a ZoneHistory,
    regions: Vec<(Zone, &'static str)>,
}

impl<'a> ClockChanges<'a> {
    pub fn new(zones: &'a ZoneHistory) -> Self {
        let regions =
            REGIONS.iter().filter_map(|(name, region)| Some((Zone::named(name).ok()?, *region))).collect();
        Self { zones, regions }
    }

    /// What is to be said about the clock in this night.
    pub fn within(&self, window: &Window) -> Option<Decision> {
        let Window { start, end } = *window;
        if start.basis() == ZoneBasis::Unknown || end.basis() == ZoneBasis::Unknown {
            return self.perhaps(start.civil(), end.civil());
        }
        let seconds = end.offset().seconds() - start.offset().seconds();
        if seconds == 0 {
            return None;
        }
        let forward = if seconds > 0 { "forward" } else { "back" };
        let by = hours(seconds.abs());
        let reason = match self.journey(start, end) {
            Journey::Stayed => {
                format!("clocks went {forward} {by} in this night; lengths are counted in real time")
            }
            Journey::Moved(from, to) => format!(
                "you moved from {from} to {to} in this night, and the clock on the wall went {forward} {by}; lengths \
                 are counted in real time"
            ),
            Journey::Unknown => format!(
                "the clock on the wall went {forward} {by} in this night (a clock change or a journey); lengths are \
                 counted in real time"
            ),
        };
        Some(decision("clock change", reason))
    }

    fn journey(&self, start: OffsetTimestamp, end: OffsetTimestamp) -> Journey<'_> {
        let zones = (self.zones.on(start.date()), self.zones.on(end.date()));
        let (Some(from), Some(to)) = zones else { return Journey::Unknown };
        if from.name() != to.name() {
            return Journey::Moved(from.name(), to.name());
        }
        let holds = |stamp: OffsetTimestamp| from.rules().to_offset(stamp.timestamp()) == stamp.offset();
        if holds(start) && holds(end) { Journey::Stayed } else { Journey::Unknown }
    }

    fn perhaps(&self, start: DateTime, end: DateTime) -> Option<Decision> {
        // Nowhere do clocks change in other months, by the rules of the regions asked.
        if ![3, 4, 9, 10, 11].contains(&end.date().month()) {
            return None;
        }
        let offset =
            |zone: &Zone, civil: DateTime| zone.rules().to_ambiguous_timestamp(civil).compatible().ok();
        let mut regions: Vec<&str> = self
            .regions
            .iter()
            .filter(|(zone, _)| {
                let (Some(start), Some(end)) = (offset(zone, start), offset(zone, end)) else { return false };
                zone.rules().to_offset(start) != zone.rules().to_offset(end)
            })
            .map(|(_, region)| *region)
            .collect();
        regions.dedup();
        if regions.is_empty() {
            return None;
        }
        let reason = format!(
            "no time zone is known, and in {} clocks changed in this night: lengths taken from the clock may be an \
             hour off; set your zone with `nightmend sources`",
            regions.join(" and ")
        );
        Some(decision("clock change", reason))
    }
}

enum Journey<'a> {
    Stayed,
    Moved(&'a str, &'a str),
    Unknown,
}

fn hours(seconds: i32) -> String {
    let minutes = seconds / 60;
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (whole, 0) => format!("{whole} h"),
        (whole, rest) => format!("{whole} h {rest:02}"),
    }
}
