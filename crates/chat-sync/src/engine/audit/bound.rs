//! How large a share can be, given what a sample shows. Pure.

/// The share that is not exceeded with this confidence, if `found` of `drawn` things, drawn at
/// random, have a property: the upper end of the one-sided interval of Clopper and Pearson. It is
/// exact for draws with replacement, and on the safe side for draws without. `None` if nothing was
/// drawn.
///
/// For `found` = 0 and a confidence of 95 %, it is close to 3 / `drawn`.
pub fn share_at_most(found: u64, drawn: u64, confidence: f64) -> Option<f64> {
    /// Halving an interval more often gives no other number.
    const STEPS: u32 = 100;
    if drawn == 0 {
        return None;
    }
    if found >= drawn {
        return Some(1.0);
    }
    let doubt = 1.0 - confidence;
    if found == 0 {
        #[expect(clippy::cast_precision_loss, reason = "samples are smaller than 2^52")]
        return Some(-f64::exp_m1(doubt.ln() / drawn as f64));
    }
    // the share at which so few would be found with the probability of the doubt: the larger it
    // is, the less probable are few
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if at_most(found, drawn, middle) > doubt {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// The probability that at most `found` of `drawn` have a property that so large a share has.
fn at_most(found: u64, drawn: u64, share: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "samples are smaller than 2^52")]
    let number = |n: u64| n as f64;
    let odds = share.ln() - (-share).ln_1p();
    let mut term = number(drawn) * (-share).ln_1p();
    // in logarithms: single terms are too small for a number
    let mut sum = term;
    for k in 1..=found {
        term += (number(drawn - k + 1) / number(k)).ln() + odds;
        let (large, small) = if term > sum { (term, sum) } else { (sum, term) };
        sum = large + (small - large).exp().ln_1p();
    }
    sum.exp()
}
