//! DPUs: the capacity that job runs hold, exactly, so that sums never drift.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// A number of DPUs, counted in sixteenths: the smallest job, a Python shell, holds one sixteenth (Glue service model,
/// `MaxCapacity`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Dpu(u64);

impl Dpu {
    pub const ZERO: Self = Self(0);

    /// From a number of DPUs; what is between two sixteenths is rounded up, and what is no capacity is none.
    pub fn of(dpu: f64) -> Self {
        Self(if dpu.is_finite() && dpu > 0.0 { (dpu * 16.0 - 1e-6).ceil().min(1e12) as u64 } else { 0 })
    }

    /// The number of DPUs.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 16.0
    }

    /// What is left of it after `other`; nothing if there is more of `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// DPU-seconds in sixteenths, for areas.
    pub fn over(self, seconds: u64) -> u64 {
        self.0 * seconds
    }

    /// In sixteenths.
    pub fn sixteenths(self) -> u64 {
        self.0
    }
}

impl Add for Dpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Dpu {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Dpu {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Dpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact_and_rounded_up() {
        assert_eq!(Dpu::of(0.0625) + Dpu::of(0.25), Dpu::of(0.3125));
        assert_eq!(Dpu::of(0.3).to_string(), "0.3125");
        assert_eq!(Dpu::of(10.0).to_string(), "10");
        assert_eq!((Dpu::of(f64::NAN), Dpu::of(-1.0)), (Dpu::ZERO, Dpu::ZERO));
    }
}
