//! `segmint features`: transactions into customers.

use super::args::{Arguments, FeaturesArguments};
use super::exit::{CliError, Failed};
use super::output::{leave_free, print_json, print_text, refuse_other_format};
use super::{limits_of, plain_monitor};
use crate::features::{AsOf, FeaturesOptions, FeaturesSummary, build};
use crate::language::{counted, noun};
use crate::printable::{printable, shown};
use crate::report::ScreenTable;

pub(super) fn run(arguments: &Arguments, wanted: &FeaturesArguments) -> Result<(), Failed> {
    refuse_other_format(&wanted.output)?;
    let options = FeaturesOptions {
        customer: wanted.customer.clone(),
        time: wanted.time.clone(),
        order: wanted.order.clone(),
        product: wanted.product.clone(),
        quantity: wanted.quantity.clone(),
        price: wanted.price.clone(),
        amount: wanted.amount.clone(),
        as_of: wanted.as_of.as_deref().map(as_of).transpose()?,
        cancelled_prefix: wanted.cancelled_prefix.clone(),
        window_days: wanted.window_days,
        memory: limits_of(arguments)?.memory,
        ..FeaturesOptions::default()
    };
    leave_free(&wanted.output);
    let summary = build(&wanted.input, &wanted.output, &options, &plain_monitor(arguments))?;
    if arguments.json { print_json(&summary) } else { print_text(&text(&summary, wanted)) }
}

fn as_of(text: &str) -> Result<AsOf, CliError> {
    text.parse().map_err(|_| {
        CliError::argument(
            format!("--as-of must be a date such as 2024-12-31 or a time such as 2024-12-31T18:00, got {text:?}"),
            "leave it out to count to the last transaction",
        )
    })
}

fn text(summary: &FeaturesSummary, wanted: &FeaturesArguments) -> String {
    let mut columns = ScreenTable::new(["role", "column", ""]);
    for used in &summary.columns {
        let how = if used.detected { "found by its name" } else { "" };
        columns.row([used.role.to_owned(), used.column.clone(), how.to_owned()]);
    }
    let mut rows = ScreenTable::new(["rows", ""]);
    let counts = [
        ("read", summary.rows),
        ("purchases", summary.purchases),
        ("returns and cancellations", summary.returns),
        ("without customer", summary.without_customer),
        ("without time", summary.without_time),
        ("without amount", summary.without_amount),
        ("after the as-of moment", summary.after_as_of),
        ("before the window", summary.before_window),
    ];
    for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        rows.row([what.to_owned(), count.to_string()]);
    }
    let mut lines = vec![
        format!(
            "{}, {} … {}, as of {}{}",
            counted(summary.customers, "customer", "customers"),
            summary.first_transaction,
            summary.last_transaction,
            summary.as_of,
            summary.time_zone.as_ref().map_or_else(String::new, |zone| format!(", in the time of {zone}")),
        ),
        String::new(),
        columns.to_string(),
        String::new(),
        rows.to_string(),
        String::new(),
        format!("features: {}", printable(&summary.features.join(", "))),
    ];
    if summary.customers_without_purchase > 0 {
        let customers = counted(summary.customers_without_purchase, "customer", "customers");
        let were = noun(summary.customers_without_purchase, "was", "were");
        lines.push(format!("{customers} without a purchase {were} left out"));
    }
    lines.extend(summary.warnings.iter().map(|warning| format!("! {}", printable(&warning.message.en))));
    let written = shown(&wanted.output);
    lines.push(format!("written to {written}; next: segmint init {written}"));
    lines.join("\n")
}
