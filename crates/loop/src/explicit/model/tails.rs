//! Spreads the innovations of pain: normally, or as Student-t with its density written out.

use nightmend_infer::DensityError;
use nightmend_infer::ordered::ln_gamma;

/// How the innovations of pain are spread: normal, or Student-t with its normalising constant.
pub(super) struct Tails {
    freedom: Option<f64>,
    pub constant: f64,
    pub constant_slope: f64,
}

impl Tails {
    pub fn of(ln_freedom: Option<f64>) -> Result<Self, DensityError> {
        let Some(ln_freedom) = ln_freedom else {
            return Ok(Self { freedom: None, constant: 0.0, constant_slope: 0.0 });
        };
        let freedom = ln_freedom.exp();
        if !(0.3..1e4).contains(&freedom) {
            return Err(DensityError::OutsideSupport("no such degrees of freedom"));
        }
        let (above, by_above) = ln_gamma(0.5 * (freedom + 1.0));
        let (below, by_below) = ln_gamma(0.5 * freedom);
        // Against the normal's constant, which is left out elsewhere.
        let constant = above - below - 0.5 * (freedom / 2.0).ln();
        let constant_slope = freedom * 0.5 * (by_above - by_below) - 0.5;
        Ok(Self { freedom: Some(freedom), constant, constant_slope })
    }

    pub fn log_density(&self, innovation: f64) -> f64 {
        let square = innovation * innovation;
        self.freedom.map_or(-0.5 * square, |freedom| -0.5 * (freedom + 1.0) * (square / freedom).ln_1p())
    }

    pub fn slope(&self, innovation: f64) -> f64 {
        self.freedom.map_or(-innovation, |freedom| {
            -(freedom + 1.0) * innovation / (freedom + innovation * innovation)
        })
    }

    pub fn slope_by_ln_freedom(&self, innovation: f64) -> f64 {
        let square = innovation * innovation;
        self.freedom.map_or(0.0, |freedom| {
            -0.5 * freedom * (square / freedom).ln_1p() + 0.5 * (freedom + 1.0) * square / (freedom + square)
        })
    }
}
