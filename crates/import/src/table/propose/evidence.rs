//! Looks in the numbers themselves for what a higher value means.

use std::collections::BTreeMap;

use nightmend_domain::ScaleDirection;

use super::survey::Areas;

/// Fewest days on which two things must both stand for their going together to count.
const FEWEST_DAYS: usize = 30;
/// How many standard errors a correlation must lie from nothing.
const STRONG: f64 = 3.0;
/// Fewest rows with and without an area.
const FEWEST_ROWS: u64 = 5;

/// What the numbers say of a direction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    pub direction: ScaleDirection,
    /// As a sentence without its full stop.
    pub text: String,
}

/// A thing whose direction its name makes sure.
pub(super) struct Anchor<'a> {
    pub name: &'a str,
    pub direction: ScaleDirection,
    pub series: &'a [(i32, f64)],
}

/// What goes with a thing whose direction is sure.
pub(super) fn by_company(name: &str, series: &[(i32, f64)], anchors: &[Anchor<'_>]) -> Option<Evidence> {
    let own = by_day(series);
    let mut best: Option<(f64, usize, f64, &Anchor<'_>)> = None;
    for anchor in anchors.iter().filter(|anchor| anchor.name != name) {
        let Some((correlation, days)) = correlation(&own, &by_day(anchor.series)) else { continue };
        let strength = correlation.abs() * (days as f64).sqrt();
        if best.as_ref().is_none_or(|best| strength > best.2) {
            best = Some((correlation, days, strength, anchor));
        }
    }
    // The strongest of several is chosen, so the line is drawn higher the more there were to choose from.
    let line = STRONG + (anchors.len().max(1) as f64).ln().sqrt();
    let (correlation, days, strength, anchor) = best?;
    if strength < line {
        return None;
    }
    let same = correlation > 0.0;
    let direction = if same { anchor.direction } else { turned(anchor.direction) };
    let word = if same { "higher" } else { "lower" };
    let than = match anchor.direction {
        ScaleDirection::HigherIsWorse => "more",
        ScaleDirection::HigherIsBetter => "better",
    };
    Some(Evidence {
        direction,
        text: format!(
            "it is {word} on days with {than} '{}' (correlation {correlation:+.2} over {days} days)",
            anchor.name
        ),
    })
}

/// Means with and without an area that is named beside.
pub(super) fn by_area(at: usize, areas: &Areas, area_name: &str) -> Option<Evidence> {
    let [(named, named_count), (unnamed, unnamed_count)] = areas.sums[at];
    if named_count < FEWEST_ROWS || unnamed_count < FEWEST_ROWS || areas.at == at {
        return None;
    }
    let (named, unnamed) = (named / named_count as f64, unnamed / unnamed_count as f64);
    let spread = (named - unnamed).abs();
    if spread < 0.25 {
        return None;
    }
    let (word, direction) = if named < unnamed {
        ("lower", ScaleDirection::HigherIsBetter)
    } else {
        ("higher", ScaleDirection::HigherIsWorse)
    };
    Some(Evidence {
        direction,
        text: format!(
            "the {named_count} rows that name something in '{area_name}' average {word}: {named:.2}, the others {unnamed:.2}"
        ),
    })
}

pub(super) const fn turned(direction: ScaleDirection) -> ScaleDirection {
    match direction {
        ScaleDirection::HigherIsWorse => ScaleDirection::HigherIsBetter,
        ScaleDirection::HigherIsBetter => ScaleDirection::HigherIsWorse,
    }
}

fn by_day(series: &[(i32, f64)]) -> BTreeMap<i32, f64> {
    let mut sums: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for (day, value) in series {
        let sum = sums.entry(*day).or_default();
        sum.0 += value;
        sum.1 += 1.0;
    }
    sums.into_iter().map(|(day, (sum, count))| (day, sum / count)).collect()
}

/// The correlation over common days, where there are enough of them and both vary.
fn correlation(one: &BTreeMap<i32, f64>, other: &BTreeMap<i32, f64>) -> Option<(f64, usize)> {
    let pairs: Vec<(f64, f64)> =
        one.iter().filter_map(|(day, value)| other.get(day).map(|other| (*value, *other))).collect();
    if pairs.len() < FEWEST_DAYS {
        return None;
    }
    let count = pairs.len() as f64;
    let (mean_one, mean_other) = (
        pairs.iter().map(|pair| pair.0).sum::<f64>() / count,
        pairs.iter().map(|pair| pair.1).sum::<f64>() / count,
    );
    let sum = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
    let both = sum(&|pair| (pair.0 - mean_one) * (pair.1 - mean_other));
    let (square_one, square_other) =
        (sum(&|pair| (pair.0 - mean_one).powi(2)), sum(&|pair| (pair.1 - mean_other).powi(2)));
    let scale = (square_one * square_other).sqrt();
    (scale > 0.0).then_some((both / scale, pairs.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_tells_the_direction_only_where_it_is_strong() {
        let pain: Vec<(i32, f64)> = (0..100).map(|day| (day, f64::from(day * 7 % 11))).collect();
        let mood: Vec<(i32, f64)> = (0..100).map(|day| (day, 10.0 - f64::from(day * 7 % 11))).collect();
        let noise: Vec<(i32, f64)> = (0..100).map(|day| (day, f64::from(day * day % 13 % 5))).collect();
        let anchors = [Anchor { name: "pain", direction: ScaleDirection::HigherIsWorse, series: &pain }];
        let found = by_company("mood", &mood, &anchors).unwrap();
        assert_eq!(found.direction, ScaleDirection::HigherIsBetter);
        assert!(found.text.contains("lower on days with more 'pain'"), "{}", found.text);
        assert_eq!(by_company("noise", &noise, &anchors), None);
        assert_eq!(by_company("mood", &mood[..20], &anchors), None, "twenty days are too few");
    }
}
