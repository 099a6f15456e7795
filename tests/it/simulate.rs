use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float64Type, Int32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use segmint::cluster::kmeans::KMeansParams;
use segmint::config::{Algorithm, Plan, TierRule};
use segmint::failure::{Category, Failure};
use segmint::label::{FoundIn, Roles, Subject, builtin_catalogs, label, load_catalogs, profile};
use segmint::load;
use segmint::monitor::Monitor;
use segmint::normalize;
use segmint::simulate::{
    PlantedTable, Scenario, ScenarioOptions, SimulateOptions, SimulateSummary, plant, simulate, write_scenario,
};

fn table(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn text(table: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = table.column_by_name(column).unwrap().as_string::<i32>().clone();
    column.iter().map(|value| value.map(str::to_owned)).collect()
}

/// A numeric column; NaN where null.
fn numbers(table: &RecordBatch, column: &str) -> Vec<f64> {
    let column = table.column_by_name(column).unwrap();
    match column.as_primitive_opt::<Float64Type>() {
        Some(real) => real.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        None => column.as_primitive::<Int32Type>().iter().map(|value| value.map_or(f64::NAN, |v| v.into())).collect(),
    }
}

fn options(customers: usize) -> SimulateOptions {
    SimulateOptions { customers, ..SimulateOptions::default() }
}

fn made(options: &SimulateOptions) -> (tempfile::TempDir, SimulateSummary) {
    let folder = tempfile::tempdir().unwrap();
    let summary = simulate(folder.path(), options).unwrap();
    (folder, summary)
}

fn truth_of(folder: &Path) -> BTreeMap<String, Option<String>> {
    let truth = table(&folder.join("truth.parquet"));
    text(&truth, "customer_id").into_iter().flatten().zip(text(&truth, "archetype")).collect()
}

#[test]
fn truth_and_customers_are_the_same_customers_in_the_same_order() {
    let (folder, summary) = made(&options(1000));
    let customers = table(&folder.path().join("customers.parquet"));
    let truth = table(&folder.path().join("truth.parquet"));
    let ids = text(&customers, "customer_id");
    assert_eq!(ids, text(&truth, "customer_id"));
    assert_eq!(ids[0].as_deref(), Some("C000001"));
    assert_eq!(truth_of(folder.path()).len(), 1000);
    assert_eq!(summary.customers, 1000);
}

#[test]
fn planted_shares_are_exact_and_one_group_has_no_archetype() {
    let (folder, summary) = made(&options(2000));
    let mut found: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for archetype in truth_of(folder.path()).into_values() {
        *found.entry(archetype).or_default() += 1;
    }
    let of = |name: &str, customers: usize| (Some(format!("rfm-8/{name}")), customers);
    let expected = BTreeMap::from([
        of("champions", 220),
        of("fading-champions", 360),
        of("rising-spenders", 280),
        of("loyal-small-spenders", 280),
        of("newcomers", 260),
        of("dormant", 500),
        (None, 100),
    ]);
    assert_eq!(found, expected);
    let told: BTreeMap<_, _> = summary.groups.into_iter().map(|group| (group.archetype, group.customers)).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_seed_gives_the_same_bytes_for_any_number_of_threads() {
    let options = SimulateOptions { months: 2, ..options(600) };
    let bytes = |threads: usize, options: &SimulateOptions| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (folder, summary) = pool.install(|| made(options));
        let relative = |path: &Path| path.strip_prefix(folder.path()).unwrap().to_owned();
        summary.files.iter().map(|path| (relative(path), fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    let once = bytes(1, &options);
    assert_eq!(once, bytes(3, &options));
    let other = bytes(1, &SimulateOptions { seed: 43, ..options });
    assert_ne!(once[0].1, other[0].1);
}

#[test]
fn rows_are_consistent_and_as_incomplete_as_promised() {
    let (folder, _) = made(&options(4000));
    let customers = table(&folder.path().join("customers.parquet"));
    let column = |name: &str| numbers(&customers, name);
    let (recency, tenure, frequency) = (column("recency_days"), column("tenure_days"), column("frequency"));
    let (monetary, basket, returned) = (column("monetary"), column("basket_mean"), column("return_rate"));
    let (between, age) = (column("days_between_orders"), column("age"));
    for i in 0..4000 {
        assert!(recency[i] >= 0.0 && recency[i] <= tenure[i]);
        assert!(frequency[i] >= 1.0);
        assert_eq!(between[i].is_nan(), frequency[i] == 1.0);
        let bought = frequency[i] * basket[i];
        let value = bought * (1.0 - returned[i]);
        let rounding = 0.005 * frequency[i] + 5e-5 * bought + 0.01;
        assert!((value - monetary[i]).abs() <= rounding, "row {i}: {value} {}", monetary[i]);
    }
    let missing_ages = age.iter().filter(|age| age.is_nan()).count();
    assert!((150..250).contains(&missing_ages), "{missing_ages}");
    let mut tiers: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for tier in text(&customers, "tier") {
        *tiers.entry(tier).or_default() += 1;
    }
    assert_eq!(tiers.keys().flatten().collect::<Vec<_>>(), ["A", "B", "C", "D"]);
    assert!(tiers.values().all(|&n| n > 80), "{tiers:?}");
}

#[test]
fn archetypes_are_those_of_the_catalog() {
    let (_, summary) = made(&options(7));
    let catalogs = builtin_catalogs();
    let rfm = catalogs.iter().find(|catalog| catalog.id == "rfm-8").unwrap();
    for archetype in summary.groups.iter().filter_map(|group| group.archetype.as_deref()) {
        let id = archetype.strip_prefix("rfm-8/").unwrap();
        assert!(rfm.archetype(id).is_some(), "{archetype}");
    }
}

#[test]
fn a_run_finds_and_names_what_was_planted_and_leaves_the_unknown_group_without_a_name() {
    let (folder, summary) = made(&options(2000));
    let plan = Plan::load(&folder.path().join("pipeline.toml"), &["cluster.kmeans.n_init=4".into()]).unwrap();
    let monitor = Monitor::silent();
    let customers = load::open(&plan.source, &[], &monitor).unwrap().table;
    let normalized = normalize::fit(&customers, &plan.normalize, &monitor).unwrap();
    let params = KMeansParams::from_plan(&plan.cluster.kmeans, summary.groups.len(), plan.cluster.seed);
    let clusters = params.check().unwrap().fit(&normalized.matrix, &monitor).unwrap().partition;
    let catalogs = load_catalogs(&plan.label.catalogs).unwrap();
    let roles = Roles::resolve(&plan.label, &plan.origins, &catalogs, &customers.numeric.names(), &[]).unwrap();
    let features: Vec<String> =
        normalized.normalizer.features().iter().map(|feature| feature.name().to_owned()).collect();
    let found = [(FoundIn::Clustering(Algorithm::KMeans), &clusters)];
    let profiles = profile(
        Subject {
            table: &customers,
            rows: &normalized.rows,
            matrix: &normalized.matrix,
            features: &features,
            roles: &roles,
        },
        &found,
        &monitor,
    )
    .unwrap();
    let labelled = label(&profiles, &catalogs, &roles, &plan.label, Algorithm::KMeans, |_| true);
    let segments = &labelled.primary().unwrap().clusters;

    let truth = text(&table(&folder.path().join("truth.parquet")), "archetype");
    let found = normalized.rows.scatter(clusters.labels(), None);
    let right = (0..truth.len()).filter(|&row| segments[found[row].unwrap().index()].archetype == truth[row]).count();
    assert!(right >= 1980, "{right} of 2000 customers are in a segment of their archetype");
    for segment in segments.iter().filter(|segment| segment.archetype.is_some()) {
        let best = segment.catalogs.iter().find(|m| m.catalog == "rfm-8").unwrap();
        assert!(best.best.score >= 0.8 && best.margin >= 0.2, "{best:?}");
    }
}

/// Share of customers whose features, on a logarithmic and standardized scale, are nearest to the mean of their own group.
fn share_nearest_to_own_group(folder: &Path) -> f64 {
    let customers = table(&folder.join("customers.parquet"));
    let truth = text(&table(&folder.join("truth.parquet")), "archetype");
    let names = ["recency_days", "frequency", "monetary", "basket_mean", "tenure_days", "return_rate"];
    let columns: Vec<Vec<f64>> = names
        .iter()
        .map(|name| {
            let logs: Vec<f64> = numbers(&customers, name).iter().map(|x| (x + 0.01).ln()).collect();
            let n = logs.len() as f64;
            let mean = logs.iter().sum::<f64>() / n;
            let sd = (logs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            logs.iter().map(|x| (x - mean) / sd).collect()
        })
        .collect();
    let mut groups: BTreeMap<&Option<String>, (Vec<f64>, f64)> = BTreeMap::new();
    for (i, group) in truth.iter().enumerate() {
        let (sums, n) = groups.entry(group).or_insert((vec![0.0; names.len()], 0.0));
        sums.iter_mut().zip(&columns).for_each(|(sum, column)| *sum += column[i]);
        *n += 1.0;
    }
    let nearest = |i: usize| {
        let distance = |(sums, n): &(Vec<f64>, f64)| -> f64 {
            sums.iter().zip(&columns).map(|(sum, column)| (sum / n - column[i]).powi(2)).sum()
        };
        groups.iter().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).map(|(group, _)| *group)
    };
    let hits = truth.iter().enumerate().filter(|(i, group)| nearest(*i) == Some(*group)).count();
    hits as f64 / truth.len() as f64
}

#[test]
fn groups_stand_apart_and_overlap_as_separation_falls() {
    let share = |separation| {
        let (folder, _) = made(&SimulateOptions { separation, ..options(2000) });
        share_nearest_to_own_group(folder.path())
    };
    let (apart, near, hidden) = (share(1.0), share(0.4), share(0.15));
    assert!(apart >= 0.99, "{apart}");
    assert!(near < 0.98 && near > 0.8, "{near}");
    assert!(hidden < 0.7, "{hidden}");
}

#[test]
fn months_let_customers_stay_join_leave_and_move() {
    let (folder, summary) = made(&SimulateOptions { months: 6, ..options(2000) });
    let month = |name: &str| truth_of(&folder.path().join(format!("month={name}")));
    let names: Vec<&str> = summary.months.iter().map(|month| month.month.as_str()).collect();
    assert_eq!(names, ["2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06"]);
    let mut before = month(names[0]);
    for counted in &summary.months[1..] {
        let now = month(&counted.month);
        let stayed: Vec<&String> = now.keys().filter(|id| before.contains_key(*id)).collect();
        assert_eq!(counted.customers, now.len());
        assert_eq!(counted.joined, now.len() - stayed.len());
        assert_eq!(counted.left, before.len() - stayed.len());
        assert_eq!(counted.moved, stayed.iter().filter(|id| now[**id] != before[**id]).count());
        assert!(counted.joined > 10 && counted.left > 10 && counted.moved > 10, "{counted:?}");
        assert!(stayed.len() > 1800);
        before = now;
    }
    assert_eq!(truth_of(folder.path()), before);
    assert_eq!(summary.customers, before.len());
}

#[test]
fn features_change_as_time_does() {
    let (folder, _) = made(&SimulateOptions { months: 3, ..options(800) });
    let of = |month: &str| {
        let customers = table(&folder.path().join(format!("month={month}")).join("customers.parquet"));
        let tenure = numbers(&customers, "tenure_days").into_iter();
        let pairs = tenure.zip(numbers(&customers, "frequency"));
        text(&customers, "customer_id").into_iter().flatten().zip(pairs).collect::<BTreeMap<_, _>>()
    };
    let (february, march) = (of("2025-02"), of("2025-03"));
    for (id, (tenure, frequency)) in &february {
        if let Some((later_tenure, later_frequency)) = march.get(id) {
            assert_eq!(*later_tenure, tenure + 31.0);
            assert!(later_frequency >= frequency);
        }
    }
}

#[test]
fn the_written_configuration_is_a_valid_plan() {
    let (folder, _) = made(&options(50));
    let plan = Plan::load(&folder.path().join("pipeline.toml"), &[]).unwrap();
    assert_eq!(plan.source.path, folder.path().join("customers.parquet"));
    assert_eq!(plan.source.id.as_deref(), Some("customer_id"));
    assert_eq!(plan.source.tier.as_deref(), Some("tier"));
    assert_eq!(plan.source.value.as_deref(), Some("monetary"));
    assert_eq!(plan.compare.tier_order, ["A", "B", "C", "D"]);
    assert_eq!(plan.compare.rules, [TierRule::Abc { column: "monetary".into(), cuts: [0.8, 0.95] }]);
    let customers = table(&folder.path().join("customers.parquet"));
    for column in plan.label.roles.values() {
        assert!(customers.column_by_name(column).is_some(), "{column}");
    }
}

#[test]
fn options_outside_their_range_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |options: SimulateOptions| {
        let error = simulate(folder.path(), &options).unwrap_err();
        assert_eq!(error.category(), Category::Config);
        error.to_string()
    };
    assert_eq!(refused(options(0)), "customers must be between 1 and 4294967295, got 0");
    assert_eq!(refused(SimulateOptions { months: 0, ..options(9) }), "months must be between 1 and 120, got 0");
    assert_eq!(
        refused(SimulateOptions { separation: f64::NAN, ..options(9) }),
        "separation must be a number between 0.05 and 20, got NaN"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "").unwrap();
    let error = simulate(&file.join("below"), &options(10)).unwrap_err();
    assert_eq!(error.category(), Category::Io);
    assert!(error.to_string().starts_with(&format!("{}/below cannot be written: ", file.display())), "{error}");
}

#[test]
fn the_sample_data_is_what_simulate_makes() {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let (folder, _) = made(&SimulateOptions { customers: 20_000, seed: 42, ..SimulateOptions::default() });
    assert_eq!(table(&folder.path().join("truth.parquet")), table(&datasets.join("truth.parquet")));
    let (fresh, kept) = (folder.path().join("customers.parquet"), datasets.join("customers.parquet"));
    let (fresh, kept) = (table(&fresh), table(&kept));
    assert_eq!(fresh.schema(), kept.schema());
    assert_eq!(fresh.num_rows(), kept.num_rows());
    // Mathematical libraries may differ in the last digit, which rounding to days and cents nearly always hides.
    let same = |i: usize| fresh.slice(i, 1) == kept.slice(i, 1);
    let differing = (0..fresh.num_rows()).filter(|&i| !same(i)).count();
    assert!(differing <= 20, "{differing} rows differ");
}

fn scenario(scenario: Scenario) -> ScenarioOptions {
    ScenarioOptions { scenario, customers: 400, shared: 0.7, ..ScenarioOptions::default() }
}

#[test]
fn a_planted_pair_is_the_same_for_any_number_of_threads() {
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plant(&scenario(Scenario::Two)).unwrap())
    };
    assert_eq!(of(1), of(3));
}

#[test]
fn the_files_of_a_planted_pair_name_the_same_customers() {
    let folder = tempfile::tempdir().unwrap();
    for kind in Scenario::ALL {
        write_scenario(folder.path(), &scenario(kind)).unwrap();
        let planted = plant(&scenario(kind)).unwrap();
        let ids = |name: &str| text(&table(&folder.path().join(name)), "customer_id");
        let truth = table(&folder.path().join("truth.parquet"));
        let (everybody, first, second) = (text(&truth, "customer_id"), text(&truth, "before"), text(&truth, "after"));
        assert_eq!(everybody.len(), 520);
        for (file, groups, planted) in
            [("before.parquet", &first, &planted.before), ("after.parquet", &second, &planted.after)]
        {
            let here = everybody.iter().zip(groups).filter(|(_, group)| group.is_some());
            let (named, grouped): (Vec<_>, Vec<_>) = here.map(|(id, group)| (id.clone(), group.clone())).unzip();
            assert_eq!(ids(file), named);
            let drawn = planted.groups.iter().map(|&group| Some(planted.group_names[group].clone()));
            assert_eq!(grouped, drawn.collect::<Vec<_>>());
        }
        assert_eq!(first.iter().zip(&second).filter(|(a, b)| a.is_some() && b.is_some()).count(), 280);
    }
}

#[test]
fn customers_of_both_tables_are_nearly_who_they_were_unless_they_moved() {
    let planted = plant(&ScenarioOptions { customers: 4000, ..scenario(Scenario::Move) }).unwrap();
    let shared = planted.truth.shared;
    let stayed: Vec<usize> =
        (0..shared).filter(|&row| planted.before.groups[row] == planted.after.groups[row]).collect();
    assert_eq!(shared - stayed.len(), planted.truth.moved);
    assert!((0.09..0.42).contains(&(planted.truth.moved as f64 / shared as f64)));
    // Habits are 10 to a standard deviation; what is left of 0.9 correlation is 0.45 of it.
    let changes = stayed.iter().map(|&row| planted.after.columns[1][row] - planted.before.columns[1][row]);
    let variance = changes.map(|change| change * change).sum::<f64>() / stayed.len() as f64;
    assert!((variance.sqrt() - 10.0 * 0.2_f64.sqrt()).abs() < 0.3, "{}", variance.sqrt());
}

#[test]
fn inflation_lifts_money_alone() {
    let options = ScenarioOptions { customers: 4000, shared: 0.95, ..scenario(Scenario::Inflation) };
    let planted = plant(&options).unwrap();
    let mean_log = |table: &PlantedTable, j: usize| {
        table.columns[j].iter().map(|x| x.ln()).sum::<f64>() / table.columns[j].len() as f64
    };
    let mean = |table: &PlantedTable, j: usize| table.columns[j].iter().sum::<f64>() / table.columns[j].len() as f64;
    for j in 0..8 {
        if j % 2 == 0 {
            let lifted = mean_log(&planted.after, j) - mean_log(&planted.before, j);
            assert!((lifted - planted.truth.inflation.ln()).abs() < 0.06, "{j}: {lifted}");
        } else {
            assert!((mean(&planted.after, j) - mean(&planted.before, j)).abs() < 1.5);
        }
    }
}
