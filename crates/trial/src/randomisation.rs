//! Asks how often the lot alone would have made so large a difference (Edgington 1980, 10.3102/10769986005003235).
//!
//! The statistic is the mean difference, nights with the step minus nights without, of GLS residuals: how much each
//! night's outcome surprised the loop model fitted *without* the step and without knowing the assignment, in standard
//! deviations. Under the hypothesis that the step changes nothing on any night the residuals would have been the same
//! under every other allocation, so that the test is exact whatever the model got wrong. It is compared with every
//! allocation that the lot could have given, or with 9,999 drawn ones where there are too many.

use nightmend_domain::plan::{Design, Rotation};
use nightmend_domain::step_result::RandomisationTest;
use nightmend_infer::random::Stream;

/// Up to so many allocations all are compared.
const MOST_ENUMERATED: u64 = 20_000;
/// Otherwise so many are drawn.
const DRAWN: u64 = 9_999;
/// Differences of rounding are no differences.
const TOLERANCE: f64 = 1e-9;
/// Stream number of the draws.
const STREAM: u64 = 0x10_7E57;

/// Tests the difference between the judged arm and the first.
///
/// `allocation` is the arm of every night so far and `residuals` that night's residual, `None` where the outcome is
/// missing or left out; `better` is the sign of a change for the better. `None` where a mean cannot be formed or no
/// other allocation was possible.
///
/// # Panics
/// Panics if the two differ in length: that is a mistake of the caller.
#[must_use]
pub fn randomisation_test(
    design: &Design,
    allocation: &[usize],
    residuals: &[Option<f64>],
    better: f64,
) -> Option<RandomisationTest> {
    assert_eq!(allocation.len(), residuals.len(), "one residual a night");
    let arms = Arms { judged: design.judged, residuals, better };
    let observed = arms.difference(allocation)?;
    let lots = Lots::of(design, allocation.len());
    let total = lots.count();
    if total < 2 {
        return None;
    }
    // A re-allocation in which an arm keeps no observed night has no difference; it counts as no smaller than what was
    // seen, which can only raise p.
    let at_least = |allocation: &[usize]| {
        arms.difference(allocation).is_none_or(|difference| difference >= observed - TOLERANCE)
    };
    let mut other = vec![0; allocation.len()];
    if total <= MOST_ENUMERATED {
        let mut reached = 0_u64;
        for number in 0..total {
            lots.write(number, &mut other);
            reached += u64::from(at_least(&other));
        }
        let p = reached as f64 / total as f64;
        return Some(RandomisationTest { p, smallest_p: lots.smallest_p(), allocations: total, exact: true });
    }
    let mut stream = Stream::new(design.seed, STREAM);
    let mut reached = 1_u64;
    for _ in 0..DRAWN {
        lots.draw(&mut stream, &mut other);
        reached += u64::from(at_least(&other));
    }
    let p = reached as f64 / (DRAWN + 1) as f64;
    let smallest_p = lots.smallest_p().max(1.0 / (DRAWN + 1) as f64);
    Some(RandomisationTest { p, smallest_p, allocations: DRAWN + 1, exact: false })
}

/// Returns the smallest p that a design can give when every night is known: one over the number of allocations.
#[must_use]
pub fn smallest_p(design: &Design) -> f64 {
    Lots::of(design, usize::from(design.nights)).smallest_p()
}

struct Arms<'a> {
    judged: usize,
    residuals: &'a [Option<f64>],
    better: f64,
}

impl Arms<'_> {
    /// Returns the mean difference in the direction of benefit.
    fn difference(&self, allocation: &[usize]) -> Option<f64> {
        let (mut sums, mut counts) = ([0.0; 2], [0_u32; 2]);
        for (arm, residual) in allocation.iter().zip(self.residuals) {
            let Some(residual) = residual else { continue };
            let side = match *arm {
                0 => 0,
                arm if arm == self.judged => 1,
                _ => continue,
            };
            sums[side] += residual;
            counts[side] += 1;
        }
        let means = (counts[0] > 0 && counts[1] > 0)
            .then(|| (sums[0] / f64::from(counts[0]), sums[1] / f64::from(counts[1])))?;
        Some(self.better * (means.1 - means.0))
    }
}

/// The allocations that the lot could have given: one order a block, all orders equally likely.
struct Lots {
    /// The orders of one block, each a row of arms; the last block may be cut off at the end.
    orders: Vec<Vec<usize>>,
    block: usize,
    nights: usize,
}

impl Lots {
    fn of(design: &Design, nights: usize) -> Self {
        let arms = design.arms.len();
        match design.rotation {
            Rotation::PermutedBlocks { block } => {
                let block = usize::from(block);
                let base: Vec<usize> = (0..block).map(|place| place % arms).collect();
                Self { orders: distinct_orders(&base), block, nights }
            }
            Rotation::LongBlocks { block, .. } => {
                let base: Vec<usize> = (0..arms).collect();
                let stretch = |order: Vec<usize>| {
                    order.into_iter().flat_map(|arm| std::iter::repeat_n(arm, usize::from(block))).collect()
                };
                let orders = distinct_orders(&base).into_iter().map(stretch).collect();
                Self { orders, block: usize::from(block) * arms, nights }
            }
            Rotation::RandomStart { earliest, latest, .. } => {
                let order =
                    |start: u16| (1..=nights).map(move |number| usize::from(number >= usize::from(start)));
                let orders = (earliest..=latest).map(|start| order(start).collect()).collect();
                Self { orders, block: nights.max(1), nights }
            }
        }
    }

    fn blocks(&self) -> u32 {
        self.nights.div_ceil(self.block) as u32
    }

    fn count(&self) -> u64 {
        (self.orders.len() as u64).saturating_pow(self.blocks())
    }

    /// One over the number of allocations that differ: a cut-off block has fewer of them.
    fn smallest_p(&self) -> f64 {
        let whole = (self.nights / self.block) as i32;
        let rest = self.nights % self.block;
        let mut beginnings: Vec<&[usize]> = self.orders.iter().map(|order| &order[..rest]).collect();
        beginnings.sort_unstable();
        let most_common = beginnings.chunk_by(|one, other| one == other).map(<[_]>::len).min().unwrap_or(1);
        let last = if rest == 0 { 1.0 } else { most_common as f64 / self.orders.len() as f64 };
        (self.orders.len() as f64).powi(-whole) * last
    }

    /// Writes allocation number `number` of all.
    fn write(&self, mut number: u64, allocation: &mut [usize]) {
        let orders = self.orders.len() as u64;
        for block in allocation.chunks_mut(self.block) {
            let order = &self.orders[(number % orders) as usize];
            block.copy_from_slice(&order[..block.len()]);
            number /= orders;
        }
    }

    fn draw(&self, stream: &mut Stream, allocation: &mut [usize]) {
        for block in allocation.chunks_mut(self.block) {
            let order = (stream.uniform() * self.orders.len() as f64) as usize;
            let order = &self.orders[order.min(self.orders.len() - 1)];
            block.copy_from_slice(&order[..block.len()]);
        }
    }
}

/// Returns every distinct order of some arms; each is equally likely when a shuffled block is drawn.
fn distinct_orders(arms: &[usize]) -> Vec<Vec<usize>> {
    let mut counts = vec![0_usize; arms.iter().max().map_or(0, |last| last + 1)];
    arms.iter().for_each(|arm| counts[*arm] += 1);
    let mut orders = Vec::new();
    grow(&mut counts, &mut Vec::with_capacity(arms.len()), arms.len(), &mut orders);
    orders
}

fn grow(counts: &mut [usize], begun: &mut Vec<usize>, length: usize, orders: &mut Vec<Vec<usize>>) {
    if begun.len() == length {
        orders.push(begun.clone());
        return;
    }
    for arm in 0..counts.len() {
        if counts[arm] > 0 {
            counts[arm] -= 1;
            begun.push(arm);
            grow(counts, begun, length, orders);
            begun.pop();
            counts[arm] += 1;
        }
    }
}
