//! Reads what stands beside the loop where states are written out: other channels, a rating of the same minute, levels that
//! wander.

use super::{Back, ExplicitDensity, Seen, Step};
use crate::beside::{DAYS_OF_WANDERING, LARGEST_CORRELATION, Layout, Rated};
use crate::model::{PARAMETERS, Parameter};

/// A weight that is always there, so that a night of which one channel with a loading of nothing tells is not divided by
/// zero; what a state is drawn towards may be anything.
const SMALLEST_WEIGHT: f64 = 1e-9;

/// All that was seen of one night, as one value: the sum of the weights and that of the values times them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Together {
    pub weight: f64,
    pub sum: f64,
}

/// What another channel says on one day, and what it is read with.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// The place of its offset; loading and ln r follow.
    at: usize,
    value: f64,
    offset: f64,
    loading: f64,
    precision: f64,
}

impl ExplicitDensity {
    /// Returns what the other channels say on one day.
    fn told<'a>(&'a self, position: &'a [f64], day: usize) -> impl Iterator<Item = Told> + 'a {
        self.plan.channels.iter().enumerate().filter_map(move |(place, channel)| {
            let at = self.layout.channels + 3 * place;
            channel.values[day].map(|value| Told {
                at,
                value,
                offset: position[at],
                loading: position[at + 1],
                precision: (-2.0 * position[at + 2]).exp(),
            })
        })
    }

    /// Returns everything that was seen of one night as one value, where there are other channels.
    pub(super) fn together(&self, position: &[f64], day: usize, error: f64) -> Option<Together> {
        let mut all = Together { weight: 0.0, sum: 0.0 };
        let main =
            if let Seen::Value(value) = self.seen[day][0] { Some((value, error.recip())) } else { None };
        let others = self.told(position, day).map(|told| {
            let weight = told.loading * told.precision;
            (weight * (told.value - told.offset), weight * told.loading)
        });
        let main = main.map(|(value, weight)| (weight * value, weight));
        for (sum, weight) in main.into_iter().chain(others) {
            (all.sum, all.weight) = (all.sum + sum, all.weight + weight);
        }
        let any = main.is_some() || self.told(position, day).next().is_some();
        any.then_some(Together { weight: all.weight + SMALLEST_WEIGHT, ..all })
    }

    /// Returns the residual of a night that was rated in the minute of the day's pain, the factor that hands it on to the
    /// error of pain, and that factor's slope by the correlation.
    fn rated(&self, position: &[f64], day: usize, errors: [f64; 2], place: f64) -> Option<[f64; 3]> {
        let ((rated, _), at) = (self.plan.rated?, self.layout.correlation?);
        if self.seen[day][1] == Seen::Nothing {
            return None;
        }
        let (off, precision) = match rated {
            Rated::Main => {
                let Seen::Value(value) = self.seen[day][0] else { return None };
                (value - place, errors[0].recip())
            }
            Rated::Other(other) => {
                let place_of = self.layout.channels + 3 * other;
                let told = self.told(position, day).find(|told| told.at == place_of)?;
                (told.value - told.offset - told.loading * place, told.precision)
            }
        };
        let root = (errors[1] * precision).sqrt();
        Some([off, position[at] * root, root])
    }

    /// Gives the error of pain the mean and the variance that it has once the error of a night rated in the same minute is
    /// known.
    pub(super) fn know_rating(
        &self,
        step: &mut Step,
        position: &[f64],
        day: usize,
        sleep: f64,
        errors: [f64; 2],
    ) {
        if self.plan.rated.is_none() {
            return;
        }
        let place = self.level(position, day, 0) + sleep;
        if let Some([off, factor, root]) = self.rated(position, day, errors, place) {
            step.shift = factor * off;
            step.noise *= 1.0 - (factor / root).powi(2);
        }
    }

    /// Lets both levels wander as a draw says, and returns the log-density of their steps.
    pub(super) fn let_wander(&mut self, position: &[f64]) -> f64 {
        let Some(place) = self.layout.local else { return 0.0 };
        let first = self.parameters() + 2 * self.seen.len();
        for side in 0..2 {
            let step = position[place + side].exp() / DAYS_OF_WANDERING.sqrt();
            let mut level = 0.0;
            for day in 1..self.wander.len() {
                level += step * position[first + 2 * (day - 1) + side];
                self.wander[day][side] = level;
            }
        }
        -0.5 * position[first..].iter().map(|white| white * white).sum::<f64>()
    }

    /// Whether everything beside the loop lies where it can be counted with.
    pub(super) fn is_sane(&self, position: &[f64]) -> bool {
        let Layout { local, correlation, .. } = self.layout;
        let bounded = |place: usize| (-14.0..14.0).contains(&position[place]);
        let channels = (0..self.plan.channels.len()).map(|place| self.layout.channels + 3 * place + 2);
        channels.chain(local.into_iter().flat_map(|place| [place, place + 1])).all(bounded)
            && correlation.is_none_or(|place| position[place].abs() < LARGEST_CORRELATION)
    }

    /// Returns the log-density of what the other channels say of one night, and adds to its slope by level and state.
    pub(super) fn others_given(&self, step: &mut Step, position: &[f64], day: usize, level: f64) -> f64 {
        let place = level + step.state;
        let mut value = 0.0;
        for told in self.told(position, day) {
            let off = told.value - told.offset - told.loading * place;
            value += 0.5 * told.precision.ln() - 0.5 * off * off * told.precision;
            step.by_level += told.loading * off * told.precision;
        }
        value
    }

    /// Adds what the pain of a rated minute says of the night's residual and of the factor between the two errors, and
    /// hands its slope on to the night.
    pub(super) fn hand_rating_back(
        &mut self,
        day: usize,
        position: &[f64],
        errors: [f64; 2],
        by: &mut [f64; PARAMETERS],
        gradient: &mut [f64],
    ) {
        let Some((rated, _)) = self.plan.rated else { return };
        let place = self.level(position, day, 0) + self.steps[day][0].state;
        let (Some([off, factor, root]), Some(correlation)) =
            (self.rated(position, day, errors, place), self.layout.correlation)
        else {
            return;
        };
        let slope = self.steps[day][1].by_place;
        let (by_off, by_factor) = (slope * factor, slope * off);
        gradient[correlation] += by_factor * root;
        by[Parameter::LnErrorPain.index()] += by_factor * factor;
        let loading = match rated {
            Rated::Main => {
                by[Parameter::LnErrorSleep.index()] -= by_factor * factor;
                1.0
            }
            Rated::Other(other) => {
                let at = self.layout.channels + 3 * other;
                gradient[at] -= by_off;
                gradient[at + 1] -= by_off * place;
                gradient[at + 2] -= by_factor * factor;
                position[at + 1]
            }
        };
        self.steps[day][0].by_level -= loading * by_off;
    }

    /// Adds what all later levels say of one day's wandering.
    pub(super) fn hand_wandering_back(
        &self,
        day: usize,
        by_levels: [f64; 2],
        position: &[f64],
        gradient: &mut [f64],
    ) {
        let (Some(place), Some(before)) = (self.layout.local, day.checked_sub(1)) else { return };
        let first = self.parameters() + 2 * self.seen.len() + 2 * before;
        for side in 0..2 {
            let step = position[place + side].exp() / DAYS_OF_WANDERING.sqrt();
            gradient[first + side] = step * by_levels[side] - position[first + side];
            gradient[place + side] += step * position[first + side] * by_levels[side];
        }
    }

    /// Adds what one night says of the other channels' offsets, loadings and errors, through what was seen of them and
    /// through what the state was drawn towards; returns what the latter says of the main channel's error.
    pub(super) fn gather_channels(
        &self,
        back: &Back,
        day: usize,
        position: &[f64],
        gradient: &mut [f64],
    ) -> f64 {
        let step = &self.steps[day][0];
        let Some(all) = self.together(position, day, step.error) else { return 0.0 };
        let by_sum = back.taken_for / all.weight;
        let by_weight = -(back.taken_for * all.sum / all.weight + 0.5 * back.ln_open) / all.weight;
        let place = self.level(position, day, 0) + step.state;
        for Told { at, value, offset, loading, precision } in self.told(position, day) {
            let over = value - offset;
            let off = over - loading * place;
            gradient[at] += precision * (off - by_sum * loading);
            gradient[at + 1] += precision * (off * place + by_sum * over + 2.0 * by_weight * loading);
            gradient[at + 2] += off * off * precision
                - 1.0
                - 2.0 * precision * loading * (by_sum * over + by_weight * loading);
        }
        match self.seen[day][0] {
            Seen::Value(value) => -2.0 * (by_sum * value + by_weight) / step.error,
            _ => 0.0,
        }
    }
}
