//! Puts sources in order: as the person stated it, else by the default of decision 0004.

use std::collections::BTreeMap;

use nightmend_domain::{FactKind, SleepMethod, SleepSettings, SourceName};

/// The place of each source in the order for one kind of fact; the smaller is trusted more.
#[derive(Debug, Clone)]
pub(crate) struct SourceOrder<'a> {
    ranks: BTreeMap<&'a SourceName, u32>,
}

impl<'a> SourceOrder<'a> {
    /// The order of the sources that tell sleeps, each with who says it in the records of that source.
    ///
    /// Default: devices, then `check-in`, then `diary`, then other diaries, then tables that do not say.
    pub fn of_sleep(
        sources: impl IntoIterator<Item = (&'a SourceName, SleepMethod)>,
        settings: &SleepSettings,
    ) -> Self {
        let mut trust: BTreeMap<&'a SourceName, u8> = BTreeMap::new();
        for (source, method) in sources {
            let class = match method {
                SleepMethod::Device => 0,
                SleepMethod::Diary => 1,
                SleepMethod::Unstated => 2,
            };
            // A source that speaks in several voices is placed by its most trusted one.
            trust.entry(source).and_modify(|held| *held = class.min(*held)).or_insert(class);
        }
        Self::build(trust, FactKind::Sleep, settings)
    }

    /// The order of the sources that tell entries. Default: `check-in`, then `diary`, then others by name.
    pub fn of_entries(sources: impl IntoIterator<Item = &'a SourceName>, settings: &SleepSettings) -> Self {
        Self::build(sources.into_iter().map(|source| (source, 1)).collect(), FactKind::Entry, settings)
    }

    fn build(trust: BTreeMap<&'a SourceName, u8>, kind: FactKind, settings: &SleepSettings) -> Self {
        let listed: Vec<&SourceName> = settings
            .priorities
            .iter()
            .filter(|priority| priority.kind == kind)
            .flat_map(|priority| &priority.order)
            .collect();
        let stated = !listed.is_empty();
        let place = |source: &SourceName| listed.iter().position(|name| *name == source);
        let mut sources: Vec<(&'a SourceName, u8)> = trust.into_iter().collect();
        sources.sort_by_key(|(source, class)| {
            let own = match source.as_str() {
                "check-in" => 0,
                "diary" => 1,
                _ => 2,
            };
            // Where the person stated an order, those not named follow by name alone.
            let unlisted = if stated { (0, 0) } else { (*class, own) };
            (place(source).unwrap_or(usize::MAX), unlisted, *source)
        });
        let ranks = sources.iter().zip(0_u32..).map(|((source, _), rank)| (*source, rank)).collect();
        Self { ranks }
    }

    /// The place of a source; those never seen come last.
    pub fn rank(&self, source: &SourceName) -> u32 {
        self.ranks.get(source).copied().unwrap_or(u32::MAX)
    }
}

/// The sources that tell something, the most trusted first: as the person stated it, else by the default order.
///
/// `told` holds, of each source, who says it in its sleep records, or nothing where it tells entries alone.
#[must_use]
pub fn source_order(
    kind: FactKind,
    told: &BTreeMap<SourceName, Option<SleepMethod>>,
    settings: &SleepSettings,
) -> Vec<SourceName> {
    let order = match kind {
        FactKind::Sleep => {
            SourceOrder::of_sleep(told.iter().filter_map(|(name, method)| Some((name, (*method)?))), settings)
        }
        FactKind::Entry => SourceOrder::of_entries(told.keys(), settings),
    };
    let mut names: Vec<SourceName> = order.ranks.keys().map(|name| (*name).clone()).collect();
    names.sort_by_key(|name| order.rank(name));
    names
}

#[cfg(test)]
mod tests {
    use nightmend_domain::SourcePriority;

    use super::*;

    fn source(name: &str) -> SourceName {
        SourceName::new(name).unwrap()
    }

    fn order_of(settings: &SleepSettings) -> Vec<String> {
        let told = [
            (source("table"), SleepMethod::Unstated),
            (source("diary"), SleepMethod::Diary),
            (source("check-in"), SleepMethod::Diary),
            (source("an app"), SleepMethod::Diary),
            (source("watch"), SleepMethod::Device),
            (source("band"), SleepMethod::Device),
        ];
        let order = SourceOrder::of_sleep(told.iter().map(|(name, method)| (name, *method)), settings);
        let mut names: Vec<&SourceName> = told.iter().map(|(name, _)| name).collect();
        names.sort_by_key(|name| order.rank(name));
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn devices_come_first_unless_the_person_says_otherwise() {
        let default = order_of(&SleepSettings::default());
        assert_eq!(default, ["band", "watch", "check-in", "diary", "an app", "table"]);
        let priority =
            SourcePriority { kind: FactKind::Sleep, order: vec![source("table"), source("diary")] };
        let settings = SleepSettings { priorities: vec![priority], ..SleepSettings::default() };
        assert_eq!(order_of(&settings), ["table", "diary", "an app", "band", "check-in", "watch"]);
    }
}
