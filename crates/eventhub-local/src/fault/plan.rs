//! Which sends fail, and how.

use std::collections::VecDeque;

use crate::error::Error;
use crate::fault::kind::Fault;

/// A plan that decides for each send to a hub whether and how it fails
/// ([`LocalEventHub::set_fault_plan`](crate::LocalEventHub::set_fault_plan)).
///
/// First comes the script, one entry for each send; when it is used up, the rates decide. Chance
/// depends on a seed: the same plan always decides the same.
///
/// ```
/// use eventhub_local::{Fault, FaultPlan, StatusCode};
///
/// let throttled = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
/// let mut plan = FaultPlan::new(7)
///     .then(Some(throttled))
///     .then(None)
///     .rate(0.05, Fault::ResetAfterKeeping)?
///     .rate(0.05, Fault::Hang)?;
/// assert_eq!(plan.draw(), Some(throttled));
/// assert_eq!(plan.draw(), None);
///
/// let failed = (0..10_000).filter_map(|_| plan.draw()).count();
/// assert!((900..1_100).contains(&failed), "a tenth, more or less: {failed}");
/// # Ok::<(), eventhub_local::Error>(())
/// ```
///
/// As JSON, for `PUT /$local/hubs/{hub}/faults`, with the faults as [`Fault`] shows them (`null`
/// for none); each member may be left out:
///
/// ```json
/// {"seed": 7,
///  "script": [{"kind": "status", "status": 503}, null],
///  "rates": [{"rate": 0.05, "fault": {"kind": "reset_after_keeping"}},
///            {"rate": 0.05, "fault": {"kind": "hang"}}]}
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultPlan {
    pub(super) script: VecDeque<Option<Fault>>,
    pub(super) rates: Vec<(f64, Fault)>,
    pub(super) seed: u64,
}

impl FaultPlan {
    /// A plan without faults yet, with the seed of its chances.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// A plan in which every send fails in the same way.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self { rates: vec![(1.0, fault)], ..Self::default() }
    }

    /// Adds an entry to the script: how the next send fails, `None` if it does not.
    #[must_use]
    pub fn then(mut self, fault: Option<Fault>) -> Self {
        self.script.push_back(fault);
        self
    }

    /// Makes this share of the sends after the script fail, 0.05 for one in twenty.
    ///
    /// # Errors
    ///
    /// [`Error::FaultRate`] unless the rate is a number from 0 to 1, and all rates together are 1
    /// at most.
    pub fn rate(mut self, rate: f64, fault: Fault) -> Result<Self, Error> {
        /// Twenty times 0.05 is a little more than 1.
        const ROUNDING: f64 = 1e-9;

        let others: f64 = self.rates.iter().map(|(rate, _)| rate).sum();
        if !(0.0..=1.0).contains(&rate) || others + rate > 1.0 + ROUNDING {
            return Err(Error::FaultRate { rate });
        }
        self.rates.push((rate, fault));
        Ok(self)
    }

    /// Decides whether and how the next send fails.
    pub fn draw(&mut self) -> Option<Fault> {
        if let Some(entry) = self.script.pop_front() {
            return entry;
        }
        // A plan without rates keeps its seed, and compares equal after any number of sends.
        if self.rates.is_empty() {
            return None;
        }
        // One random number for all rates: it falls into the share of one of them, or of none.
        let mut rest = self.random();
        self.rates.iter().find_map(|(rate, fault)| {
            rest -= rate;
            (rest < 0.0).then_some(*fault)
        })
    }

    /// A number from 0 up to 1, by SplitMix64: five lines that will always say the same, which
    /// libraries of random numbers do not promise
    /// ([Steele, Lea and Flood 2014](https://doi.org/10.1145/2714064.2660195)).
    fn random(&mut self) -> f64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.seed;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        // The 53 bits that a double has.
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{Fault, FaultPlan};
    use crate::error::Error;

    #[test]
    fn a_script_is_followed_and_then_nothing_fails() {
        let mut plan = FaultPlan::new(0).then(None).then(Some(Fault::Hang)).then(None);
        let drawn: Vec<_> = (0..5).map(|_| plan.draw()).collect();
        assert_eq!(drawn, [None, Some(Fault::Hang), None, None, None]);
    }

    #[test]
    fn a_rate_of_one_is_always_and_of_zero_never() {
        let mut plan = FaultPlan::new(3).rate(0.0, Fault::Hang).unwrap();
        assert!((0..1000).all(|_| plan.draw().is_none()));
        let mut plan = FaultPlan::always(Fault::Hang);
        assert!((0..1000).all(|_| plan.draw() == Some(Fault::Hang)));
    }

    #[test]
    fn rates_are_kept_on_the_whole_and_a_seed_decides_the_same_for_ever() {
        let plan = |seed| {
            FaultPlan::new(seed)
                .rate(0.2, Fault::Hang)
                .and_then(|it| it.rate(0.1, Fault::Status(StatusCode::BAD_GATEWAY)))
                .unwrap()
        };
        let drawn = |seed| {
            let mut plan = plan(seed);
            (0..20_000).map(|_| plan.draw()).collect::<Vec<_>>()
        };
        let seven = drawn(7);
        assert_eq!(seven, drawn(7));
        assert_ne!(seven, drawn(8));
        let hangs = seven.iter().filter(|it| **it == Some(Fault::Hang)).count();
        let statuses = seven.iter().flatten().count() - hangs;
        assert!((3_800..4_200).contains(&hangs), "{hangs}");
        assert!((1_850..2_150).contains(&statuses), "{statuses}");
    }

    /// The first numbers of SplitMix64 for the seed 1234567, as its author's program prints them:
    /// <https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64>.
    #[test]
    fn chance_is_splitmix64() {
        let mut plan = FaultPlan::new(1_234_567);
        for bits in [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973] {
            let expected = (bits >> 11) as f64 / (1_u64 << 53) as f64;
            assert!((plan.random() - expected).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn rates_that_are_none_are_told() {
        for rate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = FaultPlan::new(0).rate(rate, Fault::Hang).unwrap_err();
            assert!(matches!(error, Error::FaultRate { .. }), "{rate}");
        }
        let plan = FaultPlan::new(0).rate(0.7, Fault::Hang).unwrap();
        assert!(matches!(plan.rate(0.4, Fault::Hang), Err(Error::FaultRate { rate: 0.4 })));
        let twentieths =
            (0..20).try_fold(FaultPlan::new(0), |plan, _| plan.rate(0.05, Fault::Hang));
        assert!(twentieths.is_ok());
    }
}
