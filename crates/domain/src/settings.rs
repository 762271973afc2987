//! Holds what a person may set about their own records: zones, source priorities, usual sleep.

use jiff::civil::{Date, Time};

use crate::provenance::SourceName;
use crate::time::Zone;

/// The kinds of fact for which sources can be put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FactKind {
    /// Sleeps and naps.
    Sleep,
    /// Everything else.
    Entry,
}

/// The order of sources for one kind of fact, most trusted first; sources not named come after, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePriority {
    /// The kind of fact.
    pub kind: FactKind,
    /// Most trusted first.
    pub order: Vec<SourceName>,
}

/// A zone and the first date on which the person lived by it.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneChange {
    /// The first date; `None` for "from the beginning".
    pub from: Option<Date>,
    /// The zone.
    pub zone: Zone,
}

/// The zones a person lived in, in order of time. Empty where nobody said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ZoneHistory {
    changes: Vec<ZoneChange>,
}

impl ZoneHistory {
    /// A history from its changes, put in order of their dates; of two with the same date the later stands.
    #[must_use]
    pub fn new(mut changes: Vec<ZoneChange>) -> Self {
        changes.reverse();
        changes.sort_by_key(|change| change.from);
        changes.dedup_by_key(|change| change.from);
        Self { changes }
    }

    /// A history with one zone throughout.
    #[must_use]
    pub fn always(zone: Zone) -> Self {
        Self { changes: vec![ZoneChange { from: None, zone }] }
    }

    /// The zone on that date, or `None` where nobody said.
    #[must_use]
    pub fn on(&self, date: Date) -> Option<&Zone> {
        self.changes
            .iter()
            .rev()
            .find(|change| change.from.is_none_or(|from| from <= date))
            .map(|change| &change.zone)
    }

    /// The changes, in order of time.
    #[must_use]
    pub fn changes(&self) -> &[ZoneChange] {
        &self.changes
    }
}

/// What the assembly of nights and days may be told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SleepSettings {
    /// The order of sources per kind of fact; empty means the stated default order.
    pub priorities: Vec<SourcePriority>,
    /// The person's usual middle of sleep, where they set it; otherwise it is learned from their nights.
    pub usual_mid_sleep: Option<Time>,
    /// The zones the person lived in.
    pub zones: ZoneHistory,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_holds_from_its_date_on() {
        let zone = |name: &str| Zone::named(name).unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        let history = ZoneHistory::new(vec![
            ZoneChange { from: Some(date("2024-06-01")), zone: zone("America/New_York") },
            ZoneChange { from: None, zone: zone("Europe/London") },
            ZoneChange { from: Some(date("2024-06-01")), zone: zone("Asia/Tokyo") },
        ]);
        assert_eq!(history.on(date("2024-05-31")).unwrap().name(), "Europe/London");
        assert_eq!(history.on(date("2024-06-01")).unwrap().name(), "Asia/Tokyo");
        assert!(ZoneHistory::default().on(date("2024-06-01")).is_none());
    }
}
