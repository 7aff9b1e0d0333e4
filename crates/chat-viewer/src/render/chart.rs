//! Charts, drawn as SVG. Colours are given as classes, so that the style sheet decides them and dark
//! mode needs no other drawing; beside each chart stands a table with the same numbers.

use maud::{Markup, PreEscaped, html};
use plotters::chart::ChartBuilder;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::element::{Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, RGBColor, ShapeStyle, TextStyle};

/// Stands for the colour of text, until the classes are put in.
const TEXT: RGBColor = RGBColor(1, 2, 1);
/// The same of the lines behind the bars.
const LINE: RGBColor = RGBColor(1, 2, 2);
/// How many colours of series there are.
pub(crate) const SERIES: usize = 8;
const FONT: (&str, u32) = ("sans-serif", 12);
const WIDTH: u32 = 720;
const HEIGHT: u32 = 240;
/// Rows of a chart of bars.
const ROWS: usize = 12;
/// Characters of a label before its bar.
const LABEL: usize = 14;

type Failed = DrawingAreaErrorKind<std::io::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// The colour of a series, which becomes the class `s0`, `s1` and so on.
fn series(number: usize) -> RGBColor {
    RGBColor(1, 3, u8::try_from(number % SERIES).unwrap_or(0))
}

fn filled(color: RGBColor) -> ShapeStyle {
    color.filled()
}

fn label_style(anchor: HPos) -> TextStyle<'static> {
    TextStyle::from(FONT).color(&TEXT).pos(Pos::new(anchor, VPos::Center))
}

/// A drawing with its text for whoever cannot see it. A drawing that fails is left out: its table
/// has the numbers.
fn figure(
    size: (u32, u32),
    class: &str,
    alternative: &str,
    draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>,
) -> Markup {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let drawn = draw(&area).and_then(|()| area.present());
    drop(area);
    html! {
        @if drawn.is_ok() {
            div.chart.(class) role="img" aria-label=(alternative) tabindex="0" {
                (PreEscaped(classed(&svg)))
            }
        }
    }
}

/// Puts classes in place of the colours that stand for them.
fn classed(svg: &str) -> String {
    let mut svg = svg.to_owned();
    let mut put = |color: RGBColor, class: &str| {
        let code = format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2);
        for kind in ["fill", "stroke"] {
            svg = svg.replace(&format!("{kind}=\"{code}\""), &format!("class=\"{kind}-{class}\""));
        }
    };
    put(TEXT, "text");
    put(LINE, "line");
    for number in 0..SERIES {
        put(series(number), &format!("s{number}"));
    }
    svg
}

/// A column: its label, and how much of each series it has, from the bottom up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) parts: Vec<u64>,
}

/// Columns side by side, each of parts on top of each other.
pub(crate) fn columns(columns: &[Column], alternative: &str) -> Markup {
    let highest = columns.iter().map(|column| column.parts.iter().sum::<u64>()).max().unwrap_or(0);
    let count = u32::try_from(columns.len()).unwrap_or(u32::MAX);
    figure((WIDTH, HEIGHT), "columns", alternative, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(24)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..f64::from(count.max(1)), 0..top(highest))?;
        let label_of = |place: &f64| {
            let index = columns.iter().zip(0_u32..).find(|(_, at)| f64::from(*at) >= *place);
            index.map_or_else(String::new, |(column, _)| column.label.clone())
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(LINE.mix(0.0))
            .bold_line_style(LINE)
            .axis_style(LINE)
            .label_style(TextStyle::from(FONT).color(&TEXT))
            .y_labels(5)
            .y_label_formatter(&|value| crate::words::grouped(*value))
            .x_labels(7)
            .x_label_formatter(&label_of)
            .draw()?;
        let bars = columns.iter().zip(0_u32..).flat_map(|(column, at)| {
            let (left, right) = (f64::from(at) + 0.1, f64::from(at) + 0.9);
            let mut bottom = 0;
            column.parts.iter().enumerate().filter(|(_, part)| **part > 0).map(
                move |(number, part)| {
                    let from = bottom;
                    bottom += part;
                    Rectangle::new([(left, from), (right, bottom)], filled(series(number)))
                },
            )
        });
        chart.draw_series(bars)?;
        Ok(())
    })
}

/// A row: its label, and how much.
pub(crate) type Bar = (String, u64);

/// Bars below each other, the first dozen of them, each with its number.
pub(crate) fn bars(bars: &[Bar], alternative: &str) -> Markup {
    let bars = bars.get(..ROWS).unwrap_or(bars);
    let longest = bars.iter().map(|(_, value)| *value).max().unwrap_or(0).max(1);
    let (width, left, room) = (420, 118, 230);
    let height = u32::try_from(bars.len()).unwrap_or(0) * 26 + 8;
    figure((width, height), "bars", alternative, |area| {
        for ((label, value), top) in bars.iter().zip((4..).step_by(26)) {
            let middle = top + 12;
            let end =
                left + i32::try_from(value.saturating_mul(room) / longest).unwrap_or(0).max(1);
            area.draw(&Text::new(short(label), (left - 8, middle), label_style(HPos::Right)))?;
            area.draw(&Rectangle::new([(left, top + 3), (end, top + 21)], filled(series(0))))?;
            let number = crate::words::grouped(*value);
            area.draw(&Text::new(number, (end + 6, middle), label_style(HPos::Left)))?;
        }
        Ok(())
    })
}

/// A square for each hour of each weekday, the fuller the darker.
pub(crate) fn hours(cells: &[Vec<u64>], weekdays: &[&str], alternative: &str) -> Markup {
    let most = cells.iter().flatten().copied().max().unwrap_or(0).max(1);
    let (left, size, step) = (48, 26, 28);
    figure((WIDTH, 228), "hours", alternative, |area| {
        for ((row, weekday), top) in cells.iter().zip(weekdays).zip((4..).step_by(step)) {
            let middle = top + size / 2;
            area.draw(&Text::new(*weekday, (left - 8, middle), label_style(HPos::Right)))?;
            for (value, x) in row.iter().zip((left..).step_by(step)) {
                let percent = u32::try_from(value.saturating_mul(100) / most).unwrap_or(0);
                let shade = if *value == 0 { 0.04 } else { 0.12 + 0.0088 * f64::from(percent) };
                let square = [(x, top), (x + size, top + size)];
                area.draw(&Rectangle::new(square, series(0).mix(shade).filled()))?;
            }
        }
        for (hour, x) in (0..24).zip((left..).step_by(step)).step_by(3) {
            let place = (x + size / 2, 214);
            area.draw(&Text::new(hour.to_string(), place, label_style(HPos::Center)))?;
        }
        Ok(())
    })
}

/// What the colours of a chart mean.
pub(crate) fn legend<'n>(names: impl IntoIterator<Item = &'n str>) -> Markup {
    html! {
        ul.legend {
            @for (number, name) in names.into_iter().enumerate() {
                li { span.swatch.{ "s" (number % SERIES) } {} span dir="auto" { (name) } }
            }
        }
    }
}

/// The numbers of a chart, folded away.
pub(crate) fn numbers(summary: &str, table: &Markup) -> Markup {
    html! { details.numbers { summary { (summary) } div.wide tabindex="0" { (table) } } }
}

/// A round number that is not below the highest, so that the lines behind the columns are evenly
/// spaced up to the top.
fn top(highest: u64) -> u64 {
    let mut unit = 1_u64;
    while unit.saturating_mul(40) < highest {
        unit = unit.saturating_mul(10);
    }
    let steps = [1, 2, 5, 10].map(|factor| unit.saturating_mul(factor));
    let step = steps.into_iter().find(|step| step.saturating_mul(4) >= highest).unwrap_or(unit);
    highest.div_ceil(step).max(1).saturating_mul(step)
}

fn short(label: &str) -> String {
    match label.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_chart_is_a_round_number_above_all_columns() {
        for (highest, found) in
            [(0, 1), (1, 1), (4, 4), (5, 6), (41, 60), (880, 1_000), (20_001, 30_000)]
        {
            assert_eq!(top(highest), found, "{highest}");
        }
        assert!(top(u64::MAX) > 0);
    }

    #[test]
    fn a_drawing_has_classes_and_nothing_that_the_policy_forbids_or_a_label_brought() {
        let hostile = "<script>alert(1)</script> fill=\"#010301\" & '";
        let column = Column { label: hostile.to_owned(), parts: vec![3, 4] };
        let drawn = [
            columns(&[column.clone(), column], hostile),
            bars(&[(hostile.to_owned(), 7), ("b".to_owned(), 1)], "bars"),
            hours(&vec![vec![1; 24]; 7], &["<b>"; 7], "hours"),
        ];
        for markup in drawn {
            let text = markup.into_string();
            assert!(text.contains("class=\"fill-s0\""), "{text}");
            assert!(!text.contains("<script") && !text.contains("<b>"), "{text}");
            assert!(!text.contains("style="), "{text}");
            for color in ["#0102", "#0103"] {
                assert!(!text.contains(&format!("=\"{color}")), "{text}");
            }
        }
    }
}
