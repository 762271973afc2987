//! Computes the standard normal distribution function and its inverse.

/// Returns the standard normal quantile of `probability`, to about 16 digits (algorithm AS 241, Wichura 1988,
/// 10.2307/2347330); infinite at 0 and 1 and NaN outside.
///
/// ```
/// let upper = nightmend_infer::normal::quantile(0.975);
/// assert!((upper - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
#[must_use]
pub fn quantile(probability: f64) -> f64 {
    if !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    let from_half = probability - 0.5;
    if from_half.abs() <= 0.425 {
        let r = 0.180_625 - from_half * from_half;
        return from_half * ratio(&CENTRE_ABOVE, &CENTRE_BELOW, r);
    }
    let tail = if from_half < 0.0 { probability } else { 1.0 - probability };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(from_half);
    }
    let r = (-tail.ln()).sqrt();
    let magnitude = if r <= 5.0 {
        ratio(&MIDDLE_ABOVE, &MIDDLE_BELOW, r - 1.6)
    } else {
        ratio(&FAR_ABOVE, &FAR_BELOW, r - 5.0)
    };
    magnitude.copysign(from_half)
}

/// Returns the standard normal distribution function at `x`, to about 1e-15 absolutely.
///
/// It sums the series around zero within 5 SD and the continued fraction of Mills' ratio beyond.
///
/// ```
/// assert!((nightmend_infer::normal::cumulative(1.0) - 0.841_344_746_068_542_9).abs() < 1e-14);
/// ```
#[must_use]
pub fn cumulative(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if x.abs() < 5.0 {
        let (mut term, mut sum, mut divisor) = (x, x, 1.0);
        while term.abs() > 1e-17 * sum.abs() && divisor < 400.0 {
            divisor += 2.0;
            term *= x * x / divisor;
            sum += term;
        }
        return 0.5 + density * sum;
    }
    let mut fraction = x.abs();
    for step in (1..=60).rev() {
        fraction = x.abs() + f64::from(step) / fraction;
    }
    let tail = density / fraction;
    if x > 0.0 { 1.0 - tail } else { tail }
}

fn ratio(above: &[f64; 8], below: &[f64; 8], r: f64) -> f64 {
    let polynomial = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * r + term);
    polynomial(above) / polynomial(below)
}

// The six tables of AS 241, lowest power first.
const CENTRE_ABOVE: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_BELOW: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const MIDDLE_ABOVE: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const MIDDLE_BELOW: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_07,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_ABOVE: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BELOW: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_published_digits() {
        // R's qnorm, printed to 16 digits.
        for (probability, expected) in [
            (1e-10, -6.361_340_902_404_056),
            (0.001, -3.090_232_306_167_813_5),
            (0.05, -1.644_853_626_951_472_7),
            (0.25, -0.674_489_750_196_081_7),
            (0.5, 0.0),
            (0.9, 1.281_551_565_544_600_4),
            (0.999_9, 3.719_016_485_455_709),
        ] {
            assert!((quantile(probability) - expected).abs() < 2e-13, "{probability}");
        }
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert!(quantile(1.1).is_nan());
    }

    #[test]
    fn the_distribution_function_undoes_the_quantile() {
        for step in 1..200 {
            let probability = f64::from(step) / 200.0;
            assert!((cumulative(quantile(probability)) - probability).abs() < 1e-14, "{probability}");
        }
        assert!((cumulative(-6.0) / 9.865_876_450_376_946e-10 - 1.0).abs() < 1e-10);
        assert!((cumulative(4.999) - cumulative(5.001)).abs() < 1e-8);
    }
}
