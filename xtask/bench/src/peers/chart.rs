//! The figures as a chart. It has its own background, and colours for light and dark.

use anyhow::anyhow;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::element::{Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, RGBColor, TextStyle};

use super::page::{grouped, rounded};
use super::results::{Results, Speed};
use super::tool::Tool;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failed = DrawingAreaErrorKind<std::io::Error>;

/// Stand for classes, until those are put in.
const TEXT: RGBColor = RGBColor(1, 2, 1);
const QUIET: RGBColor = RGBColor(1, 2, 2);
const GROUND: RGBColor = RGBColor(1, 2, 3);
const OURS: RGBColor = RGBColor(1, 3, 1);
const DLT: RGBColor = RGBColor(1, 3, 2);
const SINGER: RGBColor = RGBColor(1, 3, 3);
const CLASSES: [(RGBColor, &str); 6] = [
    (TEXT, "text"),
    (QUIET, "quiet"),
    (GROUND, "ground"),
    (OURS, "ours"),
    (DLT, "dlt"),
    (SINGER, "singer"),
];
const STYLE: &str = "<style>
.ground{fill:#ffffff}.text{fill:#1f2328}.quiet{fill:#59636e}
.ours{fill:#1a7f5a}.dlt{fill:#8a63d2}.singer{fill:#bf6a02}
@media (prefers-color-scheme:dark){
.ground{fill:#0d1117}.text{fill:#f0f6fc}.quiet{fill:#9198a1}
.ours{fill:#3fb98a}.dlt{fill:#a98be8}.singer{fill:#e0913a}}
</style>
";

const WIDTH: u32 = 800;
/// Of a panel, its name and what is better included.
const PANEL: i32 = 400;
const HEAD: i32 = 46;
const ROW: i32 = 24;
const ROWS: i32 = 5;
/// Where bars begin in a panel, and the length of the longest.
const LEFT: i32 = 128;
const LONGEST: f64 = 180.0;

struct Panel {
    name: String,
    /// What is better.
    hint: String,
    bars: Vec<(Tool, f64, String)>,
}

/// The chart as SVG.
pub(crate) fn of(results: &Results) -> anyhow::Result<String> {
    let panels = panels(results);
    let (below, size) = (HEAD + ROWS * ROW + 18, panels.len().div_ceil(2));
    let height = u32::try_from(below)? * u32::try_from(size)? + 12;
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    let corners = [(0, 0), (i32::try_from(WIDTH)?, i32::try_from(height)?)];
    area.draw(&Rectangle::new(corners, GROUND.filled()))
        .and_then(|()| {
            for (panel, number) in panels.iter().zip(0..) {
                draw(&area, panel, (number % 2 * PANEL + 16, number / 2 * below + 16))?;
            }
            area.present()
        })
        .map_err(|error| anyhow!("the chart cannot be drawn: {error}"))?;
    drop(area);
    Ok(with_classes(&svg, &alternative(results)))
}

/// What the chart says, for whoever cannot see it: the tables are below it.
fn alternative(results: &Results) -> String {
    format!(
        "chat-records {}, dlt {} and a Singer tap beside each other: records per second, CPU time, memory, and what each has after errors and after a kill",
        results.versions.chat_records, results.versions.dlt
    )
}

fn panels(results: &Results) -> Vec<Panel> {
    let speed = |latency_ms: u64, name: &str, hint: &str, value: fn(&Speed) -> f64| {
        let measured = results.speed.iter().filter(|speed| speed.latency_ms == latency_ms);
        let bars = measured.map(|speed| {
            let value = value(speed);
            (speed.tool, value, rounded(value))
        });
        Panel { name: name.to_owned(), hint: hint.to_owned(), bars: bars.collect() }
    };
    let (errors, killed) = (&results.errors, &results.killed);
    let kept = errors.runs.iter().map(|run| {
        let code = run.exit_code.map_or_else(|| "killed".to_owned(), |code| format!("exit {code}"));
        (run.tool, count(run.kept), format!("{}, {code}", grouped(run.kept)))
    });
    let asked = killed.runs.iter().map(|run| {
        let requests = usize::try_from(run.requests).unwrap_or(usize::MAX);
        (run.tool, count(requests), grouped(requests))
    });
    let (more, less) = ("more is better", "less is better");
    let at_once = "more is better; × 8: eight requests at once";
    vec![
        speed(0, "Records per second, answers at once", more, |s| s.records_per_s.median),
        speed(20, "Records per second, 20 ms an answer", at_once, |s| s.records_per_s.median),
        speed(0, "CPU time for a record, µs", less, |s| s.cpu_us.median),
        speed(0, "Peak memory, MiB", less, |s| s.peak_mib.median),
        Panel {
            name: format!("Kept of {} records", grouped(errors.records as usize)),
            hint: format!("every {}th answer is an error in HTTP 200", errors.every),
            bars: kept.collect(),
        },
        Panel {
            name: format!("Requests for {} pages", grouped(killed.records as usize / 100)),
            hint: format!("killed after {} requests, started again; {less}", killed.after),
            bars: asked.collect(),
        },
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a count of records")]
const fn count(number: usize) -> f64 {
    number as f64
}

fn style(color: RGBColor, size: u32, anchor: HPos) -> TextStyle<'static> {
    let black = TextStyle::from(("sans-serif", size)).pos(Pos::new(anchor, VPos::Center));
    TextStyle { color: color.to_backend_color(), ..black }
}

fn draw(area: &Area<'_>, panel: &Panel, (x, y): (i32, i32)) -> Result<(), Failed> {
    area.draw(&Text::new(panel.name.as_str(), (x, y + 6), style(TEXT, 15, HPos::Left)))?;
    area.draw(&Text::new(panel.hint.as_str(), (x, y + 24), style(QUIET, 12, HPos::Left)))?;
    let longest = panel.bars.iter().map(|(_, value, _)| *value).fold(f64::MIN_POSITIVE, f64::max);
    for ((tool, value, shown), row) in panel.bars.iter().zip(0..) {
        let middle = y + HEAD + row * ROW + ROW / 2 - 6;
        let end = x + LEFT + length(value / longest);
        let name = (x + LEFT - 8, middle);
        area.draw(&Text::new(tool.short_name(), name, style(TEXT, 12, HPos::Right)))?;
        let bar = [(x + LEFT, middle - 8), (end, middle + 8)];
        area.draw(&Rectangle::new(bar, color(*tool).filled()))?;
        let place = (end + 6, middle);
        area.draw(&Text::new(shown.as_str(), place, style(TEXT, 12, HPos::Left)))?;
    }
    Ok(())
}

/// At least what can be seen.
#[expect(clippy::cast_possible_truncation, reason = "no longer than the longest")]
fn length(share: f64) -> i32 {
    (share * LONGEST).round().max(1.0) as i32
}

const fn color(tool: Tool) -> RGBColor {
    match tool {
        Tool::ChatRecords | Tool::ChatRecordsParallel => OURS,
        Tool::Dlt | Tool::DltTaught | Tool::DltParallel => DLT,
        Tool::Singer | Tool::SingerTaught => SINGER,
    }
}

/// Puts classes in place of the colours that stand for them, and in front what they mean.
fn with_classes(svg: &str, alternative: &str) -> String {
    let mut svg = svg.to_owned();
    for (color, class) in CLASSES {
        let code = format!("fill=\"#{:02X}{:02X}{:02X}\"", color.0, color.1, color.2);
        svg = svg.replace(&code, &format!("class=\"{class}\""));
    }
    match svg.find(">\n") {
        Some(at) => {
            let (head, rest) = svg.split_at(at + 2);
            format!("{head}<title>{alternative}</title>\n{STYLE}{rest}")
        }
        None => svg,
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::results;
    use super::*;

    #[test]
    fn the_chart_has_a_bar_for_each_figure_and_no_colour_of_its_own() {
        let svg = of(&results()).unwrap();
        assert_eq!(svg.matches("<style>").count(), 1);
        assert_eq!(svg.matches("<title>").count(), 1);
        assert!(!svg.contains("fill=\"#"), "{svg}");
        let bars = svg.lines().filter(|line| {
            line.starts_with("<rect") && ["ours", "dlt", "singer"].iter().any(|c| line.contains(c))
        });
        // two tools at no latency in three panels, one at 20 ms, two with errors, one killed
        assert_eq!(bars.count(), 2 * 3 + 1 + 2 + 1);
        for shown in ["61,234", "4,900, exit 0", "20,000, exit 1", "Requests for 200 pages"] {
            assert!(svg.contains(shown), "{shown}: {svg}");
        }
    }

    #[test]
    fn the_longest_bar_is_that_of_the_most() {
        assert_eq!((length(1.0), length(0.5), length(0.0)), (180, 90, 1));
    }
}
