//! What every `chat_core::Source` must do, tried against its simulated vendor.
//!
//! The suite knows no client: the caller builds the source from a configuration, over a transport that sends for real and
//! does not wait. So a new vendor is tested by one line, its name.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use chat_core::Source;
//! use chat_sim::conformance;
//!
//! # async fn f(from_configuration: impl Fn(&str) -> Result<Arc<dyn Source>, String>) {
//! let findings = conformance::run("nxlink", &from_configuration).await;
//! assert!(findings.is_empty(), "{findings:#?}");
//! # }
//! ```

mod answers;
mod completeness;
mod privacy;
mod walk;

use std::{fmt, sync::Arc};

use chat_core::Source;

use crate::{Faults, Sim, SimOptions, SimVendor};

/// Makes a source of a configuration's text, whose secrets are plain. `Err`: what is wrong with the text.
pub type Build<'b> = dyn Fn(&str) -> Result<Arc<dyn Source>, String> + 'b;

/// What a check is made of: the problem, or nothing.
type Check = Result<(), String>;

/// A check that did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which check.
    pub check: &'static str,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.problem)
    }
}

/// Runs every check; gives those that did not pass. Needs a running Tokio runtime.
pub async fn run(vendor: &str, build: &Build<'_>) -> Vec<Finding> {
    let options = |records| SimOptions::all(records).only(&[vendor]);
    run_some(&options, build, |_| true).await
}

/// Runs the checks whose names are wanted against a vendor of the caller's making: the options must simulate one, with so
/// many records.
pub async fn run_some(
    options: &dyn Fn(u32) -> SimOptions,
    build: &Build<'_>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let suite = Suite { options, build };
    let mut findings = Vec::new();
    macro_rules! checks {
        ($($module:ident::$check:ident),* $(,)?) => {
            $(if wanted(stringify!($check))
                && let Err(problem) = $module::$check(&suite).await
            {
                findings.push(Finding { check: stringify!($check), problem });
            })*
        };
    }
    checks!(
        completeness::describes_itself,
        completeness::every_record_once_with_its_bytes,
        completeness::pages_from_first_to_last,
        completeness::an_empty_span_is_an_empty_page,
        completeness::a_listing_goes_on_from_a_saved_cursor,
        completeness::a_second_reading_says_the_same,
        completeness::stored_answers_read_as_they_came,
        completeness::files_arrive_whole,
        answers::what_passes_is_tried_again,
        answers::what_does_not_pass_is_an_error,
        answers::an_error_inside_a_success_is_an_error,
        answers::answers_that_are_none_are_errors,
        answers::a_cursor_that_repeats_is_no_progress,
        answers::unknown_words_and_keys_cost_nothing,
        answers::nulls_cost_no_record,
        answers::a_bad_record_costs_itself_only,
        answers::rows_that_come_twice_are_told_by_their_ids,
        answers::credentials_that_end_are_renewed,
        answers::wrong_credentials_are_refused,
        privacy::nothing_personal_in_debug_or_errors,
    );
    findings
}

struct Suite<'s> {
    options: &'s dyn Fn(u32) -> SimOptions,
    build: &'s Build<'s>,
}

/// A simulated vendor, and the source that reads from it.
struct World {
    sim: Sim,
    source: Arc<dyn Source>,
}

impl Suite<'_> {
    async fn world(&self, records: u32) -> Result<World, String> {
        let sim = Sim::start((self.options)(records)).await.map_err(|error| error.to_string())?;
        let source = self.source(&sim, |toml| toml)?;
        Ok(World { sim, source })
    }

    /// A fresh source for a running vendor, by a configuration that may be changed.
    fn source(
        &self,
        sim: &Sim,
        change: impl FnOnce(String) -> String,
    ) -> Result<Arc<dyn Source>, String> {
        (self.build)(&change(sim.config_toml(|secret| secret.to_plain())))
    }
}

impl World {
    fn vendor(&self) -> Result<&dyn SimVendor, String> {
        self.sim.vendors().next().ok_or_else(|| "no simulated vendor has this name".to_owned())
    }

    /// Sets the rules, if all of their kinds make sense here; `false` if not.
    fn faults(&self, toml: &str) -> Result<bool, String> {
        let faults = Faults::from_toml(toml).map_err(|error| error.to_string())?;
        let vendor = self.vendor()?;
        let known = vendor.fault_kinds();
        let makes_sense = faults.rules.iter().all(|rule| known.contains(&rule.action.kind()));
        if makes_sense {
            vendor.set_faults(faults);
        }
        Ok(makes_sense)
    }
}

/// `Err` with the words if the condition does not hold.
fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(problem()) }
}
