//! When which conversation has a message.

use fastrand::Rng;

use crate::{DAY_MS, DAYS, Options, START_MS};

/// How busy each hour of a day is.
const HOURS: [u32; 24] =
    [3, 2, 1, 1, 1, 2, 4, 9, 22, 45, 58, 50, 30, 34, 52, 55, 48, 40, 28, 26, 32, 28, 16, 7];

/// A message that is to be written: when, and of which conversation.
pub(crate) struct Turn {
    pub(crate) sent_ms: i64,
    pub(crate) conversation: u32,
}

/// When which conversation has a message, source by source. A few conversations are long, the first
/// one has no end.
pub(crate) fn plan(options: &Options) -> Vec<Vec<Turn>> {
    let mut rng = Rng::with_seed(options.seed);
    let weights: Vec<f64> =
        (0..options.conversations).map(|_| (1.0 - rng.f64()).powf(-0.6)).collect();
    let endless = if options.conversations > 1 { options.messages / 50 } else { 0 };
    let spare = options.messages.saturating_sub(options.conversations + endless);
    let all: f64 = weights.iter().sum();
    let mut plan: Vec<Vec<Turn>> = (0..options.sources).map(|_| Vec::new()).collect();
    let (mut shared, mut given) = (0.0, 0);
    for (number, weight) in weights.iter().enumerate() {
        shared += weight / all;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of some millions"
        )]
        let up_to =
            if number + 1 == weights.len() { spare } else { (shared * spare as f64) as usize };
        let mut messages = 1 + up_to.saturating_sub(given);
        given = up_to.max(given);
        let is_endless = number == 0 && endless > 0;
        if is_endless {
            messages += endless;
        }
        let mut sent_ms = instant(&mut rng);
        let source = source_of(number, options.sources);
        for turn in 0..messages {
            if turn > 0 {
                sent_ms = if is_endless {
                    instant(&mut rng)
                } else {
                    (sent_ms + gap(&mut rng)).min(START_MS + DAYS * DAY_MS - 1)
                };
            }
            let conversation = u32::try_from(number).unwrap_or(u32::MAX);
            plan[source].push(Turn { sent_ms, conversation });
        }
    }
    plan
}

/// The first source has most conversations.
fn source_of(conversation: usize, sources: usize) -> usize {
    let mut rng = Rng::with_seed(conversation as u64);
    {
        let last = rng.usize(0..sources);
        rng.usize(0..=last)
    }
}

/// An instant: more and more of them as the years go by, few at night and at weekends.
fn instant(rng: &mut Rng) -> i64 {
    let all: u32 = HOURS.iter().sum();
    loop {
        let day = (rng.f64().powf(0.7) * 640.0).floor();
        #[expect(clippy::cast_possible_truncation, reason = "below 640")]
        let day = day as i64;
        let is_weekend = matches!(day % 7, 5 | 6);
        if is_weekend && rng.u8(..) < 140 {
            continue;
        }
        let mut left = rng.u32(0..all);
        for (hour, weight) in (0..).zip(HOURS) {
            if left < weight {
                return START_MS + day * DAY_MS + hour * 3_600_000 + rng.i64(0..3_600_000);
            }
            left -= weight;
        }
    }
}

/// From one message of a conversation to the next: mostly a minute or so, sometimes days.
fn gap(rng: &mut Rng) -> i64 {
    let seconds = 4.0 + 25.0 * rng.f64() + 12.0 / (1.0 - rng.f64()).powf(1.3);
    #[expect(clippy::cast_possible_truncation, reason = "three days at most")]
    let ms = (seconds.min(259_200.0) * 1000.0) as i64;
    ms
}
