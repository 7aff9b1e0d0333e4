//! Rows, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::json;

use crate::machine::Machine;
use crate::sample::{Sample, Summary};

/// All that a run measured.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) rows: Vec<Row>,
}

/// One thing measured, beside its floor if it has one.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    bench: &'static str,
    name: String,
    unit: &'static str,
    measured: Summary,
    floor: Option<Summary>,
    /// Measured by floor, round by round.
    ratio: Option<Summary>,
    budget: Option<Budget>,
    verdict: Option<Verdict>,
    /// What else is known of it; the names say the units.
    facts: BTreeMap<&'static str, f64>,
}

/// What a row must keep to.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Budget {
    RatioAtMost(f64),
    RatioAtLeast(f64),
    AtMost(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Verdict {
    #[serde(rename = "within")]
    Within,
    #[serde(rename = "OVER")]
    Over,
}

impl Row {
    /// A row without a floor or a budget.
    pub(crate) fn new(
        bench: &'static str,
        name: impl Into<String>,
        unit: &'static str,
        measured: &Sample,
    ) -> Self {
        Self {
            bench,
            name: name.into(),
            unit,
            measured: measured.summary(),
            floor: None,
            ratio: None,
            budget: None,
            verdict: None,
            facts: BTreeMap::new(),
        }
    }

    /// Measured in turns with `measured`, which must be the sample that the row was made of.
    pub(crate) fn with_floor(mut self, measured: &Sample, floor: &Sample) -> Self {
        self.floor = Some(floor.summary());
        self.ratio = Some(measured.per(floor).summary());
        self
    }

    /// With a ratio to another row.
    pub(crate) fn with_ratio(mut self, ratio: &Sample) -> Self {
        self.ratio = Some(ratio.summary());
        self
    }

    /// With what it must keep to; a budget of a ratio needs the ratio first.
    pub(crate) fn with_budget(mut self, budget: Budget) -> Self {
        let ratio = self.ratio.map_or(f64::NAN, |ratio| ratio.median);
        let is_within = match budget {
            Budget::RatioAtMost(most) => ratio <= most,
            Budget::RatioAtLeast(least) => ratio >= least,
            Budget::AtMost(most) => self.measured.median <= most,
        };
        self.verdict = Some(if is_within { Verdict::Within } else { Verdict::Over });
        self.budget = Some(budget);
        self
    }

    pub(crate) fn with_fact(mut self, name: &'static str, value: f64) -> Self {
        self.facts.insert(name, value);
        self
    }

    fn cells(&self) -> [String; 7] {
        let floor = self.floor.map(|floor| with_unit(floor.median, self.unit));
        let budget = self.budget.map(|budget| match budget {
            Budget::RatioAtMost(most) => format!("≤ {most} ×"),
            Budget::RatioAtLeast(least) => format!("≥ {least} ×"),
            Budget::AtMost(most) => format!("≤ {}", with_unit(most, self.unit)),
        });
        let spread = self.ratio.unwrap_or(self.measured);
        [
            format!("{} {}", self.bench, self.name),
            with_unit(self.measured.median, self.unit),
            floor.unwrap_or_default(),
            self.ratio.map(|ratio| format!("{:.2} ×", ratio.median)).unwrap_or_default(),
            format!("{}–{}", number(spread.low), number(spread.high)),
            budget.unwrap_or_default(),
            self.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
        ]
    }
}

impl Report {
    pub(crate) const fn new(machine: Machine) -> Self {
        Self { machine, rows: Vec::new() }
    }

    pub(crate) fn is_within(&self) -> bool {
        self.rows.iter().all(|row| row.verdict != Some(Verdict::Over))
    }

    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        let report = json!({ "machine": self.machine, "rows": self.rows });
        serde_json::to_string_pretty(&report).map(|text| text + "\n")
    }
}

fn with_unit(value: f64, unit: &str) -> String {
    format!("{} {unit}", number(value))
}

/// Three digits that say something.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        0.0..0.1 => 4,
        0.1..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Within => "within",
            Self::Over => "OVER",
        })
    }
}

/// One line, for watching a run.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.cells();
        let filled: Vec<&str> =
            cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
        f.write_str(&filled.join("  "))?;
        for (name, value) in &self.facts {
            write!(f, "  {name} {}", number(*value))?;
        }
        Ok(())
    }
}

/// The table.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["", "measured", "floor", "ratio", "spread", "budget", "verdict"];
        let mut table = vec![head.map(str::to_owned)];
        table.extend(self.rows.iter().map(Row::cells));
        let widths: [usize; 7] = std::array::from_fn(|column| {
            table.iter().map(|cells| cells[column].chars().count()).max().unwrap_or_default()
        });
        for cells in &table {
            let [name, rest @ ..] = cells;
            let mut line = vec![format!("{name:<width$}", width = widths[0])];
            line.extend(
                rest.iter().zip(&widths[1..]).map(|(cell, width)| format!("{cell:>width$}")),
            );
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_follows_from_the_medians() {
        let (measured, floor) = (Sample::from_iter([6.0]), Sample::from_iter([3.0]));
        let verdict = |budget| {
            let row = Row::new("decode", "one", "µs", &measured).with_floor(&measured, &floor);
            row.with_budget(budget).verdict
        };
        assert_eq!(verdict(Budget::RatioAtMost(2.0)), Some(Verdict::Within));
        assert_eq!(verdict(Budget::RatioAtMost(1.9)), Some(Verdict::Over));
        assert_eq!(verdict(Budget::RatioAtLeast(2.1)), Some(Verdict::Over));
        assert_eq!(verdict(Budget::AtMost(6.0)), Some(Verdict::Within));
        assert_eq!(verdict(Budget::AtMost(5.0)), Some(Verdict::Over));
    }

    #[test]
    fn a_ratio_without_a_floor_is_never_within() {
        let row = Row::new("decode", "one", "µs", &Sample::from_iter([6.0]));
        assert_eq!(row.with_budget(Budget::RatioAtMost(2.0)).verdict, Some(Verdict::Over));
    }
}
