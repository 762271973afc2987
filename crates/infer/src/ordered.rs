//! Computes how probable it is that a normal value falls between two thresholds, on the log scale and far out in the tails.

use std::f64::consts::{LN_2, PI};

/// The log-probability that a standard normal value lies between `low` and `high`, with its slopes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogInterval {
    /// ln(Φ(high) - Φ(low)).
    pub value: f64,
    /// Its derivative by `low`; never above zero.
    pub by_low: f64,
    /// Its derivative by `high`; never below zero.
    pub by_high: f64,
}

/// Returns ln(Φ(high) - Φ(low)) with its slopes, to about 1e-13; ends may be infinite.
///
/// `low` must be below `high`; otherwise the value is minus infinity or NaN.
///
/// ```
/// use nightmend_infer::ordered::log_interval;
/// let middle = log_interval(-1.0, 1.0);
/// assert!((middle.value - 0.682_689_492_137_085_9_f64.ln()).abs() < 1e-14);
/// assert!(log_interval(30.0, 31.0).value > -460.0);
/// ```
#[must_use]
pub fn log_interval(low: f64, high: f64) -> LogInterval {
    let value = if low > 0.0 { log_below_zero(-high, -low) } else { log_below_zero(low, high) };
    let slope = |end: f64| {
        if end.is_finite() { (-0.5 * end * end - 0.5 * (2.0 * PI).ln() - value).exp() } else { 0.0 }
    };
    LogInterval { value, by_low: -slope(low), by_high: slope(high) }
}

/// The same for `low` at most zero.
fn log_below_zero(low: f64, high: f64) -> f64 {
    if high > 0.0 {
        return (1.0 - upper_tail(high) - upper_tail(-low)).ln();
    }
    let near = -0.5 * high * high + scaled_tail(-high).ln();
    if low == f64::NEG_INFINITY {
        return near;
    }
    let ratio = (0.5 * (high - low) * (high + low)).exp() * scaled_tail(-low) / scaled_tail(-high);
    near + (-ratio).ln_1p()
}

/// Returns 1 - Φ(x) for x at least zero.
fn upper_tail(x: f64) -> f64 {
    if x.is_finite() { (-0.5 * x * x).exp() * scaled_tail(x) } else { 0.0 }
}

/// Returns (1 - Φ(x)) exp(x²/2) for x at least zero, by the rational functions of Cody (1969,
/// 10.1090/S0025-5718-1969-0247736-4).
fn scaled_tail(x: f64) -> f64 {
    let square = x * x;
    if x <= 0.674_489_75 {
        let (above, below) = polynomials(CENTRE_TOP, &CENTRE_ABOVE, &CENTRE_BELOW, square);
        return (0.5 - x * above / below) * (0.5 * square).exp();
    }
    if x <= 32_f64.sqrt() {
        let (above, below) = polynomials(MIDDLE_TOP, &MIDDLE_ABOVE, &MIDDLE_BELOW, x);
        return above / below;
    }
    let inverse = square.recip();
    let (above, below) = polynomials(FAR_TOP, &FAR_ABOVE, &FAR_BELOW, inverse);
    ((2.0 * PI).sqrt().recip() - inverse * above / below) / x
}

/// Evaluates two polynomials of one degree, the first led by `top` and the second by one.
fn polynomials<const N: usize>(top: f64, above: &[f64; N], below: &[f64; N], x: f64) -> (f64, f64) {
    let pairs = above.iter().zip(below);
    pairs.fold((top, 1.0), |(over, under), (a, b)| (over * x + a, under * x + b))
}

const CENTRE_TOP: f64 = 0.065_682_337_918_207_45;
const CENTRE_ABOVE: [f64; 4] =
    [2.235_252_035_460_684, 161.028_231_068_555_88, 1_067.689_485_460_371, 18_154.981_253_343_56];
const CENTRE_BELOW: [f64; 4] =
    [47.202_581_904_688_24, 976.098_551_737_776_7, 10_260.932_208_618_979, 45_507.789_335_026_73];
const MIDDLE_TOP: f64 = 1.076_557_677_372_019_2e-8;
const MIDDLE_ABOVE: [f64; 8] = [
    0.398_941_512_088_134_66,
    8.883_149_794_388_377,
    93.506_656_132_177_85,
    597.270_276_394_800_2,
    2_494.537_585_290_372_6,
    6_848.190_450_536_283,
    11_602.651_437_647_35,
    9_842.714_838_383_978,
];
const MIDDLE_BELOW: [f64; 8] = [
    22.266_688_044_328_117,
    235.387_901_782_625,
    1_519.377_599_407_554_7,
    6_485.558_298_266_761,
    18_615.571_640_885_097,
    34_900.952_721_145_98,
    38_912.003_286_093_27,
    19_685.429_676_859_992,
];
const FAR_TOP: f64 = 0.023_073_441_764_940_174;
const FAR_ABOVE: [f64; 5] = [
    0.215_898_534_057_957,
    0.127_401_161_160_247_36,
    0.022_235_277_870_649_807,
    0.001_421_619_193_227_893_4,
    2.911_287_495_116_879_3e-5,
];
const FAR_BELOW: [f64; 5] = [
    1.284_260_096_144_911,
    0.468_238_212_480_865_1,
    0.065_988_137_868_928_56,
    0.003_782_396_332_027_582_4,
    7.297_515_550_839_662e-5,
];

/// Returns ln Γ(x) and its derivative, for x above zero, to about 1e-13: the recurrence up to ten, then Stirling's series.
///
/// ```
/// let (value, slope) = nightmend_infer::ordered::ln_gamma(0.5);
/// assert!((value - std::f64::consts::PI.sqrt().ln()).abs() < 1e-13);
/// assert!((slope + 1.963_510_026_021_423_5).abs() < 1e-13);
/// ```
#[must_use]
pub fn ln_gamma(x: f64) -> (f64, f64) {
    let (mut place, mut product, mut slope) = (x, 1.0, 0.0);
    while place < 10.0 {
        product *= place;
        slope -= place.recip();
        place += 1.0;
    }
    let inverse = place.recip();
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0 - square * (1.0 / 1_260.0 - square * (1.0 / 1_680.0 - square / 1_188.0))));
    let value = (place - 0.5) * place.ln() - place + 0.5 * (PI.ln() + LN_2) + series - product.ln();
    let slopes = square
        * (1.0 / 12.0
            - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square * (1.0 / 240.0 - square / 132.0))));
    (value, slope + place.ln() - 0.5 * inverse - slopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::cumulative;

    #[test]
    fn tails_agree_with_the_series() {
        for step in 0..120 {
            let x = f64::from(step) * 0.05;
            let exact = cumulative(-x);
            // The series is good to 1e-15 absolutely.
            assert!((upper_tail(x) - exact).abs() < 1e-14, "{x}: {} {exact}", upper_tail(x));
        }
        // Far out only the relative error says anything; the values are erfc(x / √2) / 2 of another library.
        let far: [(f64, f64); 4] = [
            (6.0, 9.865_876_450_377_012e-10),
            (8.0, 6.220_960_574_271_819e-16),
            (12.0, 1.776_482_112_077_702e-33),
            (30.0, 4.906_713_927_148_764e-198),
        ];
        for (x, exact) in far {
            assert!((upper_tail(x) / exact - 1.0).abs() < 1e-12, "{x}: {} {exact}", upper_tail(x));
        }
    }

    #[test]
    fn intervals_agree_with_differences_and_are_even() {
        let ends = [f64::NEG_INFINITY, -9.0, -3.0, -0.5, -0.01, 0.0, 0.4, 1.7, 6.0, f64::INFINITY];
        for (place, low) in ends.iter().enumerate() {
            for high in &ends[place + 1..] {
                let found = log_interval(*low, *high).value;
                let mirrored = log_interval(-high, -low).value;
                assert!((found - mirrored).abs() < 1e-12, "{low} {high}: {found} {mirrored}");
                let whole = cumulative(*high) - cumulative(*low);
                if whole > 1e-3 {
                    assert!((found - whole.ln()).abs() < 1e-12, "{low} {high}: {found}");
                }
            }
        }
    }

    #[test]
    fn slopes_agree_with_differences() {
        for (low, high) in [(-7.0, -6.0), (-1.0, 0.3), (0.2, 0.9), (5.0, 9.0), (11.0, 12.0)] {
            let found = log_interval(low, high);
            let step = 1e-5;
            let by_high =
                (log_interval(low, high + step).value - log_interval(low, high - step).value) / (2.0 * step);
            let by_low =
                (log_interval(low + step, high).value - log_interval(low - step, high).value) / (2.0 * step);
            let near =
                |a: f64, b: f64| assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{low} {high}: {a} {b}");
            near(found.by_high, by_high);
            near(found.by_low, by_low);
        }
    }

    #[test]
    fn gamma_is_known_at_whole_numbers() {
        for (x, factorial) in [(1.0, 1.0), (2.0, 1.0), (5.0, 24.0), (13.0, 479_001_600.0_f64)] {
            assert!((ln_gamma(x).0 - factorial.ln()).abs() < 1e-12, "{x}");
        }
        // digamma(1) = -γ.
        assert!((ln_gamma(1.0).1 + 0.577_215_664_901_532_9).abs() < 1e-13);
        let step = 1e-5;
        let slope = (ln_gamma(3.3 + step).0 - ln_gamma(3.3 - step).0) / (2.0 * step);
        assert!((ln_gamma(3.3).1 - slope).abs() < 1e-8);
    }
}
