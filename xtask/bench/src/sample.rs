//! Values measured several times.

use cpu_time::{ProcessTime, ThreadTime};
use serde::{Deserialize, Serialize};

/// The CPU time of this process so far, in seconds.
pub(crate) fn process_cpu() -> f64 {
    ProcessTime::now().as_duration().as_secs_f64()
}

/// The CPU time of this thread so far, in seconds.
pub(crate) fn thread_cpu() -> f64 {
    ThreadTime::now().as_duration().as_secs_f64()
}

/// One value per round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<f64>);

/// What several values come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Sample {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The values divided by those of another sample, round by round: what disturbs a machine for a
    /// while disturbs both.
    pub(crate) fn per(&self, floor: &Self) -> Self {
        Self(self.0.iter().zip(&floor.0).map(|(value, floor)| value / floor).collect())
    }

    pub(crate) fn summary(&self) -> Summary {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let last = sorted.len().saturating_sub(1);
        let median = f64::midpoint(at(last / 2), at(last - last / 2));
        Summary { median, low: at(0), high: at(last) }
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_the_middle_ones() {
        let of = |values: &[f64]| values.iter().copied().collect::<Sample>().summary();
        assert_eq!(of(&[3.0, 1.0, 2.0]), Summary { median: 2.0, low: 1.0, high: 3.0 });
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), Summary { median: 2.5, low: 1.0, high: 4.0 });
        assert_eq!(of(&[7.0]), Summary { median: 7.0, low: 7.0, high: 7.0 });
    }

    #[test]
    fn a_ratio_is_that_of_its_round() {
        let (measured, floor) = ([2.0, 30.0], [1.0, 10.0]);
        let ratio = Sample::from_iter(measured).per(&Sample::from_iter(floor)).summary();
        assert_eq!(ratio, Summary { median: 2.5, low: 2.0, high: 3.0 });
    }

    #[test]
    fn work_takes_cpu_time() {
        let before = thread_cpu();
        let mut sum = 0u64;
        while thread_cpu() - before < 0.001 {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(process_cpu() >= thread_cpu() && sum > 0);
    }
}
