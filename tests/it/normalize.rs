//! Normalizing: golden values of scikit-learn and scipy, laws, and columns that break careless arithmetic.

use std::collections::BTreeMap;

use proptest::prelude::*;
use segmint::Warning;
use segmint::config::{Categories, FeaturePlan, Missing, NormalizePlan, Scale, Transform};
use segmint::failure::{Category, Failure};
use segmint::load::{CustomerTable, Ids};
use segmint::monitor::Monitor;
use segmint::normalize::{LearnedTransform, NormalizeError, Normalized, Normalizer, RowOutcome, fit};
use serde_json::Value;

use crate::threads::with_threads;

const AS_IS: FeaturePlan =
    FeaturePlan { missing: Missing::Reject, transform: Transform::None, scale: Scale::None, clip: 0.0, weight: 1.0 };

const MISSING: f64 = f64::NAN;

fn table(columns: &[(&str, &[f64])]) -> CustomerTable {
    let columns: Vec<(String, Vec<f64>)> = columns.iter().map(|(n, v)| ((*n).to_owned(), v.to_vec())).collect();
    CustomerTable {
        ids: Ids::RowNumber(columns.first().map_or(0, |(_, values)| values.len())),
        features: columns.iter().map(|(name, _)| name.clone()).collect(),
        attributes: vec![],
        tier: None,
        outcome: None,
        value: None,
        numeric: Box::new(columns),
    }
}

fn plan(default: FeaturePlan) -> NormalizePlan {
    NormalizePlan { default, categories: Categories::Describe, features: BTreeMap::new() }
}

fn fit_all(columns: &[(&str, &[f64])], default: FeaturePlan) -> Result<Normalized, NormalizeError> {
    fit(&table(columns), &plan(default), &Monitor::silent())
}

fn fit_one(values: &[f64], plan: FeaturePlan) -> Normalized {
    fit_all(&[("x", values)], plan).unwrap()
}

/// A column of the matrix in the order of the table, without the rows that were dropped.
fn column(normalized: &Normalized, j: usize) -> Vec<f32> {
    let values: Vec<f32> = (0..normalized.matrix.n_customers()).map(|i| normalized.matrix.get(i, j)).collect();
    normalized.rows.scatter_range(&values, 0..normalized.rows.n_table()).into_iter().flatten().collect()
}

fn codes(warnings: &[Warning]) -> Vec<(&str, &str)> {
    let name = |w: &Warning| w.evidence.get("column").and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
    warnings.iter().map(|w| (w.code.as_str(), &*name(w).leak())).collect()
}

/// Numbers in −1 … 1 that look random, the same on every machine.
fn scattered(n: usize, salt: u64) -> Vec<f64> {
    (0..n as u64)
        .map(|i| {
            let mut h =
                (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt.wrapping_mul(0xd1b5_4a32_d192_ed03));
            h = (h ^ (h >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            ((h ^ (h >> 29)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect()
}

fn pareto(n: usize, alpha: f64) -> Vec<f64> {
    scattered(n, 7).into_iter().map(|p| ((1.0 - p) / 2.0).powf(-1.0 / alpha)).collect()
}

// ---- golden values -------------------------------------------------------------------------------------------------

fn golden() -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("../golden/normalize.json")).unwrap();
    golden["columns"].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn assert_close(what: &str, got: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
    let got: Vec<f64> = got.into_iter().collect();
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= tolerance * (1.0 + e.abs()), "{what}, value {i}: {g} is not {e}");
    }
}

#[test]
fn scales_equal_those_of_scikit_learn() {
    for golden in golden() {
        let values = numbers(&golden["values"]);
        for (scale, key) in [
            (Scale::Standard, "standard"),
            (Scale::MinMax, "min_max"),
            (Scale::Robust, "robust"),
            (Scale::MaxAbs, "max_abs"),
        ] {
            if golden["name"] == "offset" && scale == Scale::MaxAbs {
                continue; // All 1 in single precision, so no feature.
            }
            let normalized = fit_one(&values, FeaturePlan { scale, ..AS_IS });
            let feature = &normalized.normalizer.features()[0];
            let what = format!("{} {key}", golden["name"]);
            // scikit-learn computes min-max as a·x + b, which costs digits on a large offset.
            let tolerance = if golden["name"] == "offset" && scale == Scale::MinMax { 1e-6 } else { 1e-9 };
            assert_close(&what, values.iter().map(|&x| feature.apply(x)), &numbers(&golden[key]), tolerance);
        }
    }
}

#[test]
fn yeo_johnson_equals_that_of_scikit_learn() {
    for golden in golden() {
        let (name, values) = (golden["name"].as_str().unwrap(), numbers(&golden["values"]));
        let transform = Transform::YeoJohnson;
        let normalized = fit_one(&values, FeaturePlan { transform, scale: Scale::Standard, ..AS_IS });
        let (feature, choice) = (&normalized.normalizer.features()[0], &normalized.choices[0]);
        let expected = numbers(&golden["yeo_johnson"]);
        let mean = expected.iter().sum::<f64>() / expected.len() as f64;
        let deviation = (expected.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / expected.len() as f64).sqrt();
        let standardised: Vec<f64> = expected.iter().map(|x| (x - mean) / deviation).collect();
        let (lambda, expected_lambda) = (choice.lambda.unwrap(), golden["lambda"].as_f64().unwrap());
        // Far from zero the family is almost linear: any λ serves, and ours stays where it can be inverted.
        let far_from_zero = name == "years" || name == "offset";
        let tolerance = if far_from_zero { 1e-2 } else { 1e-6 };
        assert_close(name, values.iter().map(|&x| feature.apply(x)), &standardised, tolerance);
        if !far_from_zero {
            assert!((lambda - expected_lambda).abs() < 1e-6 * (1.0 + expected_lambda.abs()), "{name}: λ {lambda}");
            let expected = golden["skewness_yeo_johnson"].as_f64().unwrap();
            assert!((choice.skewness_after - expected).abs() < 1e-6, "{name}");
        }
    }
}

#[test]
fn skewness_quantiles_and_fills_equal_those_of_scipy_and_scikit_learn() {
    for golden in golden() {
        let (name, values) = (golden["name"].as_str().unwrap(), numbers(&golden["values"]));
        let number = |key: &str| golden[key].as_f64().unwrap();

        let plan = FeaturePlan { transform: Transform::Log1p, scale: Scale::Standard, ..AS_IS };
        let choice = fit_one(&values, plan).choices.remove(0);
        // On a large offset scipy rounds the mean, and with it the deviations.
        let tolerance = if name == "offset" { 1e-5 } else { 1e-9 };
        let skewness = [choice.skewness_before, choice.skewness_after];
        assert_close(name, skewness, &[number("skewness"), number("skewness_log1p")], tolerance);

        let normalized = fit_one(&values, FeaturePlan { transform: Transform::Quantile, ..AS_IS });
        let feature = &normalized.normalizer.features()[0];
        assert_close(name, values.iter().map(|&x| feature.apply(x)), &numbers(&golden["quantile"]), 1e-9);

        let (low, high) =
            fit_one(&values, FeaturePlan { clip: 0.1, scale: Scale::Standard, ..AS_IS }).choices[0].clip.unwrap();
        assert_close(name, [low, high], &numbers(&golden["clip_10"]), 1e-15);

        let mut holes = values.clone();
        for i in [3, 7, 20] {
            holes[i] = MISSING;
        }
        for (missing, key) in [(Missing::Mean, "mean_without_3_7_20"), (Missing::Median, "median_without_3_7_20")] {
            let normalized = fit_one(&holes, FeaturePlan { missing, scale: Scale::Standard, ..AS_IS });
            let (choice, feature) = (&normalized.choices[0], &normalized.normalizer.features()[0]);
            assert_close(name, choice.fill, &[number(key)], 1e-15);
            assert_eq!(choice.n_imputed, 3);
            assert_eq!(column(&normalized, 0)[7], feature.apply(choice.fill.unwrap()) as f32);
        }
    }
}

#[test]
fn auto_records_the_skewness_of_what_it_tried() {
    let golden = golden().into_iter().find(|golden| golden["name"] == "lognormal").unwrap();
    let plan = FeaturePlan { transform: Transform::Auto, scale: Scale::Standard, ..AS_IS };
    let choice = fit_one(&numbers(&golden["values"]), plan).choices.remove(0);
    let tried = choice.tried.unwrap();
    let figures = [tried.none, tried.log1p.unwrap(), tried.yeo_johnson.unwrap(), choice.skewness_after];
    let keys = ["skewness", "skewness_log1p", "skewness_yeo_johnson", "skewness_yeo_johnson"];
    assert_close("lognormal", figures, &keys.map(|key| golden[key].as_f64().unwrap()), 1e-6);
    assert_eq!((choice.requested, choice.chosen), (Transform::Auto, Transform::YeoJohnson));
}

// ---- laws ----------------------------------------------------------------------------------------------------------

fn any_scale() -> impl Strategy<Value = Scale> {
    prop::sample::select(vec![Scale::None, Scale::Standard, Scale::MinMax, Scale::Robust, Scale::MaxAbs])
}

fn any_transform() -> impl Strategy<Value = Transform> {
    use Transform::{Auto, Log1p, None, Quantile, YeoJohnson};
    prop::sample::select(vec![None, Log1p, YeoJohnson, Quantile, Auto])
}

/// Columns of many shapes: a base in −1 … 1, bent, shifted and stretched.
fn any_column() -> impl Strategy<Value = Vec<f64>> {
    let shape = (0..4u8, -3i32..7, -2.0..2.0f64);
    (prop::collection::vec(-1.0..1.0f64, 3..80), shape).prop_map(|(base, (shape, size, shift))| {
        let bend = |x: f64| match shape {
            0 => x + shift,
            1 => (4.0 * x).exp() + shift,
            2 => (3.0 * x).trunc(),
            _ => (1.0001 - x.abs()).powf(-1.5).copysign(x),
        };
        base.into_iter().map(|x| bend(x) * 10f64.powi(size)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn invert_undoes_apply(values in any_column(), transform in any_transform().prop_filter("quantile is not exactly invertible", |t| *t != Transform::Quantile), scale in any_scale(), weight in 0.1..9.0f64) {
        let plan = FeaturePlan { transform, scale, weight, ..AS_IS };
        let Ok(normalized) = fit_all(&[("x", &values)], plan) else { return Ok(()) };
        let feature = &normalized.normalizer.features()[0];
        let size = values.iter().fold(0.0f64, |size, x| size.max(x.abs()));
        for &x in &values {
            let back = feature.invert(feature.apply(x));
            prop_assert!((back - x).abs() <= 1e-9 * size, "{x} came back as {back} through {:?}", feature.transform());
        }
    }

    #[test]
    fn normalizing_keeps_the_order(values in any_column(), transform in any_transform(), scale in any_scale(), clip in 0.0..0.2f64) {
        let Ok(normalized) = fit_all(&[("x", &values)], FeaturePlan { transform, scale, clip, ..AS_IS }) else { return Ok(()) };
        let mut rows: Vec<(f64, f32)> = values.iter().copied().zip(column(&normalized, 0)).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        prop_assert!(rows.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }

    #[test]
    fn scoring_the_training_rows_gives_the_bits_of_the_matrix(
        values in any_column(),
        holes in prop::collection::vec(any::<bool>(), 80),
        missing in prop::sample::select(vec![Missing::Drop, Missing::Mean, Missing::Median, Missing::Zero]),
        transform in any_transform(),
        scale in any_scale(),
        clip in prop::sample::select(vec![0.0, 0.05]),
    ) {
        let a: Vec<f64> = values.iter().zip(&holes).map(|(&x, &hole)| if hole { MISSING } else { x }).collect();
        let b = scattered(a.len(), 3);
        let plan = FeaturePlan { missing, transform, scale, clip, weight: 2.0 };
        let Ok(normalized) = fit_all(&[("a", &a), ("b", &b)], plan) else { return Ok(()) };
        prop_assume!(normalized.matrix.n_features() == 2);
        let text = serde_json::to_string(&normalized.normalizer).unwrap();
        let stored: Normalizer = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&stored, &normalized.normalizer);
        let mut n_kept = 0;
        let columns = [0, 1].map(|j| column(&normalized, j));
        for i in 0..a.len() {
            let mut row = [0.0f32; 2];
            if stored.apply(&[a[i], b[i]], &mut row).unwrap() == RowOutcome::Dropped {
                continue;
            }
            prop_assert_eq!(row.map(f32::to_bits), [columns[0][n_kept], columns[1][n_kept]].map(f32::to_bits));
            n_kept += 1;
        }
        prop_assert_eq!(n_kept, normalized.matrix.n_customers());
    }

    #[test]
    fn without_transform_and_scale_the_matrix_is_the_rounded_table(values in prop::collection::vec(-1e30..1e30f64, 2..60)) {
        let Ok(normalized) = fit_all(&[("x", &values)], AS_IS) else { return Ok(()) };
        let exact: Vec<u32> = values.iter().map(|&x| (x as f32).to_bits()).collect();
        prop_assert_eq!(column(&normalized, 0).into_iter().map(f32::to_bits).collect::<Vec<_>>(), exact);
    }

    #[test]
    fn filling_with_zero_equals_zeros_in_the_table(values in any_column(), every in 2..5usize, transform in any_transform()) {
        let holes: Vec<f64> = values.iter().enumerate().map(|(i, &x)| if i % every == 0 { MISSING } else { x }).collect();
        let zeros: Vec<f64> = holes.iter().map(|x| if x.is_nan() { 0.0 } else { *x }).collect();
        let plan = FeaturePlan { missing: Missing::Zero, transform, scale: Scale::Standard, ..AS_IS };
        let (Ok(a), Ok(b)) = (fit_all(&[("x", &holes)], plan.clone()), fit_all(&[("x", &zeros)], plan)) else { return Ok(()) };
        prop_assert_eq!(a.matrix, b.matrix);
    }
}

#[test]
fn the_bits_are_the_same_for_1_2_3_and_8_threads() {
    let columns: Vec<(String, Vec<f64>)> = (0..7u64)
        .map(|j| {
            let values = scattered(20_000, j).into_iter().map(|x| (x * (1.0 + j as f64)).exp());
            (format!("c{j}"), values.enumerate().map(|(i, x)| if i % 97 == j as usize { MISSING } else { x }).collect())
        })
        .collect();
    let borrowed: Vec<(&str, &[f64])> =
        columns.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    let table = table(&borrowed);
    let default = FeaturePlan {
        missing: Missing::Median,
        transform: Transform::Auto,
        scale: Scale::Robust,
        clip: 0.001,
        weight: 1.5,
    };
    let mut plan = plan(default.clone());
    plan.features.insert("c1".into(), FeaturePlan { missing: Missing::Drop, ..default.clone() });
    plan.features.insert("c2".into(), FeaturePlan { transform: Transform::Quantile, ..default.clone() });
    plan.features.insert("c3".into(), FeaturePlan { transform: Transform::YeoJohnson, ..default });
    let results: Vec<Normalized> = [1, 2, 3, 8]
        .into_iter()
        .map(|threads| with_threads(threads, || fit(&table, &plan, &Monitor::silent()).unwrap()))
        .collect();
    for other in &results[1..] {
        assert_eq!(other.matrix, results[0].matrix);
        assert_eq!(other.normalizer, results[0].normalizer);
        assert_eq!(other.choices, results[0].choices);
        assert_eq!(other.warnings, results[0].warnings);
    }
}

// ---- missing values ------------------------------------------------------------------------------------------------

#[test]
fn imputed_cells_do_not_move_what_is_learned_from_observed_ones() {
    let observed = pareto(50, 2.0);
    let with_holes: Vec<f64> = observed.iter().flat_map(|&x| [x, MISSING]).collect();
    for missing in [Missing::Mean, Missing::Median] {
        let plan =
            FeaturePlan { missing, transform: Transform::YeoJohnson, scale: Scale::Standard, clip: 0.05, ..AS_IS };
        let (a, b) = (fit_one(&observed, plan.clone()), fit_one(&with_holes, plan));
        let (a, b) = (&a.normalizer.features()[0], &b.normalizer.features()[0]);
        assert!((a.apply(3.0) - b.apply(3.0)).abs() < 1e-6);
        assert_eq!((a.clip(), a.fill()), (b.clip(), b.fill()));
    }
}

#[test]
fn rejected_missing_values_name_column_count_and_first_row() {
    let error = fit_all(&[("a", &[1.0, 2.0, 3.0]), ("b", &[1.0, MISSING, MISSING])], AS_IS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"b\" has 2 missing values in 3 rows (the first in row 1, counted from 0), and its missing policy is \"reject\""
    );
    assert_eq!(error.category(), Category::Input);
    assert!(error.hint().unwrap().contains("[normalize.features.b]"));
}

#[test]
fn dropped_rows_leave_the_matrix_and_are_counted() {
    let columns: [(&str, &[f64]); 2] = [("a", &[1.0, MISSING, 3.0, 4.0]), ("b", &[5.0, 6.0, 7.0, 9.0])];
    let normalized = fit_all(&columns, FeaturePlan { missing: Missing::Drop, ..AS_IS }).unwrap();
    assert_eq!((normalized.rows.n_table(), normalized.rows.n_matrix()), (4, 3));
    assert_eq!(column(&normalized, 1), [5.0, 7.0, 9.0]);
    assert_eq!(codes(&normalized.warnings), [("many_missing", "a"), ("rows_dropped", "")]);
    assert_eq!(normalized.warnings[1].evidence["dropped"], 1);
}

#[test]
fn a_constant_column_drops_no_rows() {
    // "flat" is constant in the table; "late" becomes constant once the rows that "a" misses are gone.
    let columns: [(&str, &[f64]); 4] = [
        ("flat", &[2.0, 2.0, MISSING, 2.0, 2.0, 2.0]),
        ("late", &[8.0, 8.0, 8.0, MISSING, 8.0, 9.0]),
        ("a", &[1.0, 2.0, 3.0, 4.0, 5.0, MISSING]),
        ("empty", &[MISSING; 6]),
    ];
    let normalized = fit_all(&columns, FeaturePlan { missing: Missing::Drop, ..AS_IS }).unwrap();
    assert_eq!(column(&normalized, 0), [1.0, 2.0, 3.0, 4.0, 5.0]);
    let expected =
        [("constant_feature", "flat"), ("constant_feature", "late"), ("empty_feature", "empty"), ("rows_dropped", "")];
    assert_eq!(codes(&normalized.warnings), expected);
}

#[test]
fn dropping_every_row_is_refused() {
    let columns: [(&str, &[f64]); 2] = [("a", &[1.0, 2.0, MISSING, MISSING]), ("b", &[MISSING, MISSING, 3.0, 4.0])];
    let error = fit_all(&columns, FeaturePlan { missing: Missing::Drop, ..AS_IS }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "every one of 4 rows has a missing value and would be dropped; column \"b\" alone misses 2"
    );
}

#[test]
fn missing_values_at_score_time_follow_the_policy_of_their_column() {
    let values = [1.0, 2.0, 4.0];
    let columns: [(&str, &[f64]); 3] = [("a", &values), ("b", &values), ("c", &values)];
    let mut plan = plan(AS_IS);
    plan.features.insert("b".into(), FeaturePlan { missing: Missing::Median, ..AS_IS });
    plan.features.insert("c".into(), FeaturePlan { missing: Missing::Drop, ..AS_IS });
    let normalizer = fit(&table(&columns), &plan, &Monitor::silent()).unwrap().normalizer;
    let mut out = [0.0; 3];
    assert_eq!(normalizer.apply(&[1.0, MISSING, 1.0], &mut out).unwrap(), RowOutcome::Normalized);
    assert_eq!(out, [1.0, 2.0, 1.0]);
    assert_eq!(normalizer.apply(&[MISSING, 1.0, MISSING], &mut out).unwrap(), RowOutcome::Dropped);
    let error = normalizer.apply(&[MISSING, 1.0, 1.0], &mut out).unwrap_err();
    assert_eq!(error.to_string(), "column \"a\" is missing, and its missing policy is \"reject\"");
    assert!(matches!(normalizer.apply(&[1e39, 1.0, 1.0], &mut out), Err(NormalizeError::Overflow { row: None, .. })));
}

#[test]
fn mostly_missing_columns_are_warned_about() {
    let mut values = vec![MISSING; 100];
    values[..10].copy_from_slice(&scattered(10, 1));
    let normalized = fit_one(&values, FeaturePlan { missing: Missing::Median, scale: Scale::Robust, ..AS_IS });
    assert_eq!(codes(&normalized.warnings), [("many_missing", "x")]);
    assert_eq!(normalized.warnings[0].evidence["share"], 0.9);
    assert_eq!(normalized.warnings[0].message.en, "90.0 % of column \"x\" are missing; the median stands in for them");
}

// ---- columns that break careless arithmetic ------------------------------------------------------------------------

#[test]
fn constant_columns_are_left_out_and_said() {
    let noise = [0.1, 0.1 + 1e-17, 0.3 - 0.2, 0.1];
    let columns: [(&str, &[f64]); 4] = [
        ("same", &[3.0; 4]),
        ("noise", &noise),
        ("kept", &[1.0, 2.0, 3.0, 4.0]),
        ("merging", &[1e9, 1e9 + 1.0, 1e9, 1e9]),
    ];
    let normalized = fit_all(&columns, AS_IS).unwrap();
    assert_eq!(normalized.normalizer.features().len(), 1);
    assert_eq!(column(&normalized, 0), [1.0, 2.0, 3.0, 4.0]);
    let constant = [("constant_feature", "same"), ("constant_feature", "noise"), ("constant_feature", "merging")];
    assert_eq!(codes(&normalized.warnings), constant);
    // Scaled, the last one keeps its digits.
    assert_eq!(fit_all(&columns, FeaturePlan { scale: Scale::Standard, ..AS_IS }).unwrap().matrix.n_features(), 2);
}

#[test]
fn only_constant_columns_is_an_error() {
    let error = fit_all(&[("a", &[3.0; 5]), ("b", &[0.0; 5])], AS_IS).unwrap_err();
    assert_eq!(error.to_string(), "all 2 features are constant over 5 customers");
    assert_eq!(error.category(), Category::Input);
}

#[test]
fn overrides_must_name_features() {
    let mut plan = plan(AS_IS);
    plan.features.insert("recency_day".into(), AS_IS);
    let values = [1.0, 2.0];
    let error =
        fit(&table(&[("recency_days", &values), ("monetary", &values)]), &plan, &Monitor::silent()).unwrap_err();
    assert_eq!(error.to_string(), "[normalize.features.recency_day] names a column that is not a feature");
    assert_eq!(error.hint().unwrap(), "did you mean \"recency_days\"?");
}

#[test]
fn values_beyond_single_precision_name_column_row_and_value() {
    let error = fit_all(&[("x", &[1.0, 2.0, -1e300])], AS_IS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"x\": -1e300 in row 2 (counted from 0) is -1e300 after normalization, allowed are values up to 3.4028235e38"
    );
}

#[test]
fn a_weight_beyond_single_precision_is_named_with_its_key() {
    let heavy = FeaturePlan { weight: 1e308, transform: Transform::Log1p, ..AS_IS };
    let error = fit_all(&[("x", &[38.8, 1.0, 2.0])], heavy).unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("column \"x\": 38.8 in row 0 (counted from 0) is "), "{said}");
    assert!(said.ends_with(" after normalization with weight 1e308, allowed are values up to 3.4028235e38"), "{said}");
    assert_eq!(error.hint().unwrap(), "lower weight in [normalize.features.x]: a column of weight 4 counts four times");
    // The value is too large by itself.
    let error = fit_all(&[("x", &[1.0, 2.0, 1e300])], FeaturePlan { weight: 4.0, ..AS_IS }).unwrap_err();
    assert!(error.hint().unwrap().starts_with("set transform"), "{error}");
}

#[test]
fn every_transform_and_scale_survives_nasty_columns() {
    let mut tail = pareto(3000, 1.1);
    tail.push(1e300);
    let columns: Vec<(&str, Vec<f64>)> = vec![
        ("two values", vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        ("negatives", vec![-5.0, -1.0, -800.0, -3.0, -2.0]),
        ("signed zeros", vec![-0.0, 0.0, -0.0, 1.0, -1.0]),
        ("pareto", pareto(20_000, 1.1)),
        ("one astronomic value", tail),
        ("huge", vec![1e300, 2e300, -1e300, 1e299]),
        ("tiny", vec![1e-300, 2e-300, 5e-300, -1e-300]),
        ("far away", (0..40).map(|i| 1e15 + f64::from(i * i)).chain([1e15 + 3e4]).collect()),
        ("one observed pair", vec![MISSING, 4.0, MISSING, 5.0, MISSING]),
    ];
    for (name, values) in &columns {
        for transform in
            [Transform::None, Transform::Log1p, Transform::YeoJohnson, Transform::Quantile, Transform::Auto]
        {
            for scale in [Scale::Standard, Scale::MinMax, Scale::Robust, Scale::MaxAbs] {
                let plan = FeaturePlan { missing: Missing::Median, transform, scale, ..AS_IS };
                let result = fit_all(&[(name, values), ("b", &scattered(values.len(), 2))], plan);
                let normalized = match result {
                    Ok(normalized) => normalized,
                    // Robustly scaled, an astronomic value may be one still.
                    Err(NormalizeError::Overflow { .. }) if scale == Scale::Robust => continue,
                    Err(error) => panic!("{name} {transform:?} {scale:?}: {error}"),
                };
                // Logarithms of the column far away merge, and so do parts of its largest value in single precision.
                let merges = *name == "far away" && (transform == Transform::Log1p || scale == Scale::MaxAbs);
                if merges {
                    continue;
                }
                assert!(normalized.matrix.n_features() == 2, "{name} {transform:?} {scale:?}");
                if scale == Scale::Standard {
                    let of_name =
                        column(&normalized, normalized.feature_names().iter().position(|n| n == name).unwrap());
                    let observed: Vec<f64> =
                        (0..values.len()).filter(|&i| !values[i].is_nan()).map(|i| f64::from(of_name[i])).collect();
                    let n = observed.len() as f64;
                    let mean = observed.iter().sum::<f64>() / n;
                    let variance = observed.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
                    assert!(
                        mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-4,
                        "{name} {transform:?}: {mean} {variance}"
                    );
                }
            }
        }
    }
}

#[test]
fn heavy_tails_are_tamed_by_auto() {
    let plan = FeaturePlan { transform: Transform::Auto, scale: Scale::Standard, ..AS_IS };
    let normalized = fit_one(&pareto(20_000, 1.1), plan);
    let choice = &normalized.choices[0];
    assert!(choice.skewness_before > 20.0 && choice.skewness_after.abs() < 0.5, "{choice:?}");
    assert!(matches!(normalized.normalizer.features()[0].transform(), LearnedTransform::YeoJohnson { .. }));
}

#[test]
fn weights_multiply_by_their_root() {
    let normalized = fit_one(&[1.0, 2.0, 3.0], FeaturePlan { weight: 4.0, ..AS_IS });
    assert_eq!(column(&normalized, 0), [2.0, 4.0, 6.0]);
    assert_eq!(normalized.normalizer.invert(&[4.0]), [2.0]);
}

#[test]
fn clipping_bounds_new_values_too() {
    let values: Vec<f64> = (0..=100).map(f64::from).collect();
    let normalized = fit_one(&values, FeaturePlan { clip: 0.1, ..AS_IS });
    assert_eq!(normalized.choices[0].clip, Some((10.0, 90.0)));
    let mut out = [0.0];
    normalized.normalizer.apply(&[1e6], &mut out).unwrap();
    assert_eq!(out, [90.0]);
}

#[test]
fn a_column_that_cannot_be_read_is_the_tables_fault() {
    let mut table = table(&[("a", &[1.0, 2.0])]);
    table.features.push("gone".into());
    let error = fit(&table, &plan(AS_IS), &Monitor::silent()).unwrap_err();
    assert!(matches!(error, NormalizeError::Load(_)) && error.category() == Category::Input);
}
