//! Does the same arithmetic for several cases side by side, in the widest registers that the machine has.
//!
//! Every operation is that of single numbers, lane by lane and never fused, so that these operations give the same
//! bytes whatever the registers: only how many lanes go at a time differs.

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// How many cases go side by side.
pub const LANES: usize = 4;

/// One number of every case.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(32))]
pub struct Lanes(pub [f64; LANES]);

/// What can be reckoned with: a number, or several side by side.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// Nothing.
    const ZERO: Self;
    /// Returns the number itself, or as many of it as there are lanes.
    fn all(value: f64) -> Self;
}

impl Number for f64 {
    const ZERO: Self = 0.0;

    #[inline(always)]
    fn all(value: f64) -> Self {
        value
    }
}

impl Number for Lanes {
    const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    fn all(value: f64) -> Self {
        Self([value; LANES])
    }
}

impl Lanes {
    /// Returns the lanes of `of`, one after the other.
    #[inline(always)]
    pub fn from_fn(mut of: impl FnMut(usize) -> f64) -> Self {
        Self([of(0), of(1), of(2), of(3)])
    }

    /// Returns what `change` makes of every lane.
    #[inline(always)]
    #[must_use]
    pub fn map(self, mut change: impl FnMut(f64) -> f64) -> Self {
        let [a, b, c, d] = self.0;
        Self([change(a), change(b), change(c), change(d)])
    }

    #[inline(always)]
    fn with(self, other: Self, join: impl Fn(f64, f64) -> f64) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([join(a, e), join(b, f), join(c, g), join(d, h)])
    }

    /// Returns the square roots.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        self.map(f64::sqrt)
    }

    /// Returns the sum over the lanes, always taken in the same order.
    #[inline(always)]
    #[must_use]
    pub fn sum(self) -> f64 {
        let [a, b, c, d] = self.0;
        (a + b) + (c + d)
    }

    /// Says whether every lane passes.
    #[inline(always)]
    pub fn every(self, pass: impl Fn(f64) -> bool) -> bool {
        let [a, b, c, d] = self.0;
        pass(a) & pass(b) & pass(c) & pass(d)
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |one, other| one - other)
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |one, other| one * other)
    }
}

impl Div for Lanes {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(other, |one, other| one / other)
    }
}

impl Neg for Lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|value| -value)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Lanes {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Lanes {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

/// Something to be done in wide registers. Its [`run`](Self::run), and all that calls, must be marked `#[inline(always)]`:
/// what is not inlined runs in the registers that every machine has. (A closure cannot be marked.)
pub trait WideWork {
    /// What comes of it.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// Does `work` in the widest registers that this machine has.
#[inline(always)]
pub fn in_wide_registers<W: WideWork>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(Carrier(work))
}

struct Carrier<W>(W);

impl<W: WideWork> pulp::WithSimd for Carrier<W> {
    type Output = W::Output;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> W::Output {
        self.0.run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Everything(Lanes, Lanes);

    impl WideWork for Everything {
        type Output = [Lanes; 5];

        #[inline(always)]
        fn run(self) -> [Lanes; 5] {
            let Self(left, right) = self;
            [left + right, left - right, left * right, left / right, -left]
        }
    }

    #[test]
    fn lanes_do_what_numbers_do() {
        let (one, other) = ([1.5, -2.0, 0.1, 7.0], [0.3, 3.0, -4.0, 1e-9]);
        let (left, right) = (Lanes(one), Lanes(other));
        let all = in_wide_registers(Everything(left, right));
        for lane in 0..LANES {
            let (a, b) = (one[lane], other[lane]);
            assert_eq!(all.map(|lanes| lanes.0[lane]), [a + b, a - b, a * b, a / b, -a]);
        }
        assert_eq!(left.sum(), (1.5 - 2.0) + (0.1 + 7.0));
        assert_eq!(Lanes::all(4.0).sqrt(), Lanes::all(2.0));
        assert!(left.every(|value| value > -3.0) && !left.every(|value| value > 0.0));
        assert_eq!(Lanes::from_fn(|lane| one[lane]), left);
    }
}
