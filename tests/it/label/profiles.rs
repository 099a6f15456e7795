use proptest::prelude::*;
use segmint::config::Algorithm;
use segmint::failure::{Category, Failure};
use segmint::label::{ColumnFigures, FoundIn, Profiles, Roles, Subject, profile};
use segmint::load::{CustomerTable, Ids, Levels};
use segmint::matrix::{RowMap, TiledMatrix};
use segmint::metrics::Partition;
use segmint::monitor::Monitor;
use serde_json::Value;

fn table(columns: &[(&str, Vec<f64>)], attributes: Vec<Levels>, value: Option<&str>) -> CustomerTable {
    let named: Vec<(String, Vec<f64>)> = columns.iter().map(|(name, v)| ((*name).to_owned(), v.clone())).collect();
    CustomerTable {
        ids: Ids::RowNumber(columns[0].1.len()),
        features: named.iter().map(|(name, _)| name.clone()).collect(),
        attributes,
        tier: None,
        outcome: None,
        value: value.map(str::to_owned),
        numeric: Box::new(named),
    }
}

/// The first column as the clustered one, missing values as 0.
fn one_feature(values: &[f64]) -> TiledMatrix {
    let rows: Vec<f32> = values.iter().map(|v| if v.is_nan() { 0.0 } else { *v as f32 }).collect();
    TiledMatrix::from_rows(&rows, 1).unwrap()
}

fn of_column(values: &[f64], labels: &[i64]) -> Profiles {
    of_column_and_value(values, labels, None)
}

fn of_column_and_value(values: &[f64], labels: &[i64], value: Option<&str>) -> Profiles {
    let partition = Partition::from_signed(labels);
    let table = table(&[("x", values.to_vec())], vec![], value);
    let found = [(FoundIn::Clustering(Algorithm::KMeans), &partition)];
    let rows = RowMap::all(values.len());
    let features = ["x".to_owned()];
    profile(
        Subject {
            table: &table,
            rows: &rows,
            matrix: &one_feature(values),
            features: &features,
            roles: &Roles::default(),
        },
        &found,
        &Monitor::silent(),
    )
    .unwrap()
}

fn positions(profiles: &Profiles) -> Vec<Option<f64>> {
    profiles.clusterings[0].clusters.iter().map(|cluster| cluster.columns[0].position).collect()
}

/// Values with many ties and holes, and labels from noise to three clusters, none of them empty.
fn customers() -> impl Strategy<Value = (Vec<f64>, Vec<i64>)> {
    let value = prop_oneof![1 => Just(f64::NAN), 6 => (-3..6_i8).prop_map(|v| f64::from(v) / 2.0)];
    proptest::collection::vec((value, -1..3_i64), 1..40).prop_map(|rows| {
        let (mut values, mut labels): (Vec<f64>, Vec<i64>) = rows.into_iter().unzip();
        values.extend([0.5, 0.5, 1.5]);
        labels.extend([0, 1, 2]);
        (values, labels)
    })
}

#[test]
fn no_shares_of_a_value_that_is_left_of_large_amounts_of_either_sign() {
    let shares = |values: &[f64]| {
        let profiles = of_column_and_value(values, &[0, 0, 1, 1], Some("x"));
        profiles.clusterings[0].clusters.iter().map(|cluster| cluster.value_share).collect::<Vec<_>>()
    };
    assert_eq!(shares(&[1.0, 2.0, 3.0, 4.0]), [Some(0.3), Some(0.7)]);
    assert_eq!(shares(&[-1.0, 21.0, 40.0, 40.0]), [Some(0.2), Some(0.8)]);
    assert_eq!(shares(&[-320.0, 300.0, -30.0, 50.5]), [None, None]);
}

proptest! {
    #[test]
    fn clusters_are_held_against_their_neighbours_pair_by_pair((values, labels) in customers()) {
        let profiles = of_column(&values, &labels);
        let of_cluster = |cluster: i64| -> Vec<f64> {
            let rows = values.iter().zip(&labels).filter(|(v, l)| !v.is_nan() && **l == cluster);
            rows.map(|(v, _)| *v).collect()
        };
        let mean = |cluster: i64| {
            // Missing values are 0 in the matrix.
            let rows: Vec<f64> = values.iter().zip(&labels).filter(|(_, l)| **l == cluster).map(|(v, _)| *v).collect();
            rows.iter().filter(|v| !v.is_nan()).sum::<f64>() / rows.len() as f64
        };
        for (c, cluster) in profiles.clusterings[0].clusters.iter().enumerate().take(3) {
            let neighbour = cluster.neighbour.as_ref().unwrap();
            let gap = |other: i64| (mean(c as i64) - mean(other)).abs();
            let nearest = (0..3).filter(|&other| other != c as i64).map(gap).fold(f64::INFINITY, f64::min);
            prop_assert!((neighbour.distance - nearest).abs() < 1e-9);
            let other = neighbour.cluster.index() as i64;
            let (here, there) = (of_cluster(c as i64), of_cluster(other));
            let told = |cluster: i64, observed: &[f64]| 2 * observed.len() > labels.iter().filter(|l| **l == cluster).count();
            let wins: f64 = here.iter().flat_map(|x| there.iter().map(move |y| {
                f64::from(u8::from(x > y)) + 0.5 * f64::from(u8::from(x == y))
            })).sum();
            let expected = (told(c as i64, &here) && told(other, &there)).then(|| wins / (here.len() * there.len()) as f64);
            prop_assert_eq!(neighbour.positions[0], expected);
        }
        prop_assert!(profiles.clusterings[0].clusters.iter().skip(3).all(|noise| noise.neighbour.is_none()));
    }

    #[test]
    fn position_equals_its_definition_by_pairs((values, labels) in customers()) {
        for (cluster, position) in [0, 1, 2, -1].into_iter().zip(positions(&of_column(&values, &labels))) {
            let side = |inside: bool| -> Vec<f64> {
                let rows = values.iter().zip(&labels).filter(|(v, l)| !v.is_nan() && (**l == cluster) == inside);
                rows.map(|(v, _)| *v).collect()
            };
            let (members, others) = (side(true), side(false));
            let size = labels.iter().filter(|l| **l == cluster).count();
            let expected = if 2 * members.len() <= size {
                None
            } else if others.is_empty() {
                Some(0.5)
            } else {
                let pair = |m: f64, o: f64| if m > o { 1.0 } else if m == o { 0.5 } else { 0.0 };
                let won: f64 = members.iter().flat_map(|&m| others.iter().map(move |&o| pair(m, o))).sum();
                Some(won / (members.len() * others.len()) as f64)
            };
            prop_assert_eq!(position, expected, "cluster {}", cluster);
        }
    }

    #[test]
    fn position_does_not_depend_on_the_size_of_the_cluster((values, labels) in customers(), times in 2..5_usize) {
        let (mut more_values, mut more_labels) = (values.clone(), labels.clone());
        for (value, label) in values.iter().zip(&labels).filter(|(_, label)| **label == 1) {
            more_values.extend(vec![*value; times - 1]);
            more_labels.extend(vec![*label; times - 1]);
        }
        let (once, more) = (positions(&of_column(&values, &labels)), positions(&of_column(&more_values, &more_labels)));
        prop_assert_eq!(once[1], more[1]);
    }

    #[test]
    fn figures_do_not_depend_on_row_order((values, labels) in customers(), turn in 1..40_usize) {
        let turned = |n: usize| (0..n).map(move |i| (i * 41 + turn) % n);
        prop_assume!(!values.len().is_multiple_of(41));
        let other_values: Vec<f64> = turned(values.len()).map(|i| values[i]).collect();
        let other_labels: Vec<i64> = turned(values.len()).map(|i| labels[i]).collect();
        let columns = |profiles: &Profiles| -> Vec<Vec<ColumnFigures>> {
            profiles.clusterings[0].clusters.iter().map(|cluster| cluster.columns.clone()).collect()
        };
        let (one, other) = (of_column(&values, &labels), of_column(&other_values, &other_labels));
        prop_assert_eq!(columns(&one), columns(&other));
    }

    #[test]
    fn dropped_rows_take_no_part((values, labels) in customers(), seed in any::<u64>()) {
        // The table holds strangers between the customers; the matrix does not.
        let mut keep = Vec::new();
        let mut all = Vec::new();
        for (i, value) in values.iter().enumerate() {
            if seed >> (i % 64) & 1 == 1 {
                all.push(1000.0);
                keep.push(false);
            }
            all.push(*value);
            keep.push(true);
        }
        let rows = RowMap::kept(&keep);
        let texts = |values: &[f64]| vec![Levels::from_text("size", &values.iter().map(|v| {
            (!v.is_nan()).then_some(if *v == 1000.0 { "stranger" } else if *v > 1.0 { "big" } else { "small" })
        }).collect::<Vec<_>>())];
        let partition = Partition::from_signed(&labels);
        let found = [(FoundIn::Clustering(Algorithm::Dbscan), &partition)];
        let matrix = one_feature(&values);
        let run = |values: &[f64], rows: &RowMap| {
            let table = table(&[("x", values.to_vec())], texts(values), Some("x"));
            profile(Subject { table: &table, rows, matrix: &matrix, features: &["x".to_owned()], roles: &Roles::default() }, &found, &Monitor::silent()).unwrap()
        };
        let (mut with, without) = (run(&all, &rows), run(&values, &RowMap::all(values.len())));
        let present = |levels: &segmint::label::AttributeProfile| -> Vec<(Option<String>, usize)> {
            levels.levels.iter().filter(|l| l.n > 0).map(|l| (l.level.clone(), l.n)).collect()
        };
        prop_assert_eq!(present(&with.attributes[0]), present(&without.attributes[0]));
        for (a, b) in with.clusterings[0].clusters.iter_mut().zip(&without.clusterings[0].clusters) {
            let names = |profiles: &Profiles, c: &segmint::label::ClusterProfile| -> Vec<(Option<String>, f64, f64)> {
                c.attributes[0].iter()
                    .map(|l| (profiles.attributes[0].levels[l.level].level.clone(), l.share, l.lift)).collect()
            };
            let table_rows: Vec<usize> = b.representatives.iter().map(|&row| rows.table_row(row)).collect();
            prop_assert_eq!(&a.representatives, &table_rows);
            prop_assert_eq!(names(&without, b).len(), a.attributes[0].len());
            a.representatives.clone_from(&b.representatives);
            a.attributes.clone_from(&b.attributes);
            prop_assert_eq!(&*a, b);
        }
    }
}

#[test]
fn a_profile_has_the_same_bits_for_1_2_3_and_8_threads() {
    let n = 3000;
    let columns: Vec<(String, Vec<f64>)> = (0..7)
        .map(|j| (format!("x{j}"), (0..n).map(|i| ((i * (j + 3)) % 97) as f64 / 7.0 + (i as f64).sin()).collect()))
        .collect();
    let named: Vec<(&str, Vec<f64>)> = columns.iter().map(|(name, v)| (name.as_str(), v.clone())).collect();
    let rows: Vec<f32> = (0..n).flat_map(|i| columns.iter().map(move |(_, v)| v[i] as f32)).collect();
    let matrix = TiledMatrix::from_rows(&rows, 7).unwrap();
    let labels: Vec<i64> = (0..n as i64).map(|i| (i * i) % 5 - 1).collect();
    let partition = Partition::from_signed(&labels);
    let table = table(&named, vec![], Some("x1"));
    let of = |threads: usize| {
        let found = [
            (FoundIn::Clustering(Algorithm::KMeans), &partition),
            (FoundIn::Clustering(Algorithm::Dbscan), &partition),
        ];
        let pool = rayon_pool(threads);
        let rows = RowMap::all(n);
        let run = || {
            profile(
                Subject {
                    table: &table,
                    rows: &rows,
                    matrix: &matrix,
                    features: &table.features,
                    roles: &Roles::default(),
                },
                &found,
                &Monitor::silent(),
            )
        };
        serde_json::to_string(&pool.install(run).unwrap()).unwrap()
    };
    let one = of(1);
    assert!([2, 3, 8].into_iter().all(|threads| of(threads) == one));
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn roles_and_the_money_column_are_described_without_being_clustered() {
    let table = table(
        &[("x", vec![1.0, 2.0, 3.0]), ("silence", vec![4.0, 4.0, 4.0]), ("spent", vec![10.0, f64::NAN, 30.0])],
        vec![],
        Some("spent"),
    );
    let partition = Partition::from_signed(&[0, 0, 1]);
    let (rows, features) = (RowMap::all(3), ["x".to_owned()]);
    let (roles, found) =
        (Roles::from([("recency", "silence")]), [(FoundIn::Clustering(Algorithm::KMeans), &partition)]);
    let matrix = one_feature(&[1.0, 2.0, 3.0]);
    let profiles = profile(
        Subject { table: &table, rows: &rows, matrix: &matrix, features: &features, roles: &roles },
        &found,
        &Monitor::silent(),
    )
    .unwrap();
    let columns: Vec<(&str, bool, bool)> =
        profiles.columns.iter().map(|c| (c.name.as_str(), c.clustered, c.constant)).collect();
    assert_eq!(columns, [("x", true, false), ("silence", false, true), ("spent", false, false)]);
    let [first, second] = &profiles.clusterings[0].clusters[..] else { panic!("two clusters") };
    assert_eq!((first.value, first.value_share, second.value_share), (Some(10.0), Some(0.25), Some(0.75)));
    assert_eq!(first.distinctive, [0], "only clustered columns are distinctive");
}

#[test]
fn value_shares_are_null_unless_the_total_is_positive() {
    let table = table(&[("x", vec![1.0, -3.0])], vec![], Some("x"));
    let partition = Partition::from_signed(&[0, 1]);
    let (rows, features, found) =
        (RowMap::all(2), ["x".to_owned()], [(FoundIn::Clustering(Algorithm::KMeans), &partition)]);
    let matrix = one_feature(&[1.0, -3.0]);
    let profiles = profile(
        Subject { table: &table, rows: &rows, matrix: &matrix, features: &features, roles: &Roles::default() },
        &found,
        &Monitor::silent(),
    )
    .unwrap();
    assert_eq!(profiles.value, Some(-2.0));
    assert!(profiles.clusterings[0].clusters.iter().all(|cluster| cluster.value_share.is_none()));
}

#[test]
fn a_column_that_went_away_is_named() {
    let table = table(&[("x", vec![1.0])], vec![], Some("gone"));
    let partition = Partition::from_signed(&[0]);
    let (rows, features, found) =
        (RowMap::all(1), ["x".to_owned()], [(FoundIn::Clustering(Algorithm::KMeans), &partition)]);
    let matrix = one_feature(&[1.0]);
    let error = profile(
        Subject { table: &table, rows: &rows, matrix: &matrix, features: &features, roles: &Roles::default() },
        &found,
        &Monitor::silent(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("\"gone\""), "{error}");
    assert_eq!(error.category(), Category::Input);
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn assert_close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{what}: {found} instead of {expected}");
}

fn assert_figures(found: &ColumnFigures, expected: &Value, what: &str) {
    let d = found.distribution.unwrap();
    assert_eq!(found.n_observed as u64, expected["n_observed"].as_u64().unwrap(), "{what}");
    assert_close(found.missing_share, &expected["missing_share"], what);
    assert_close(found.position.unwrap(), &expected["position"], what);
    assert_close(d.mean, &expected["mean"], what);
    assert_close(d.std, &expected["std"], what);
    assert_close(d.sum.unwrap(), &expected["sum"], what);
    for (figure, expected) in
        [d.min, d.q25, d.median, d.q75, d.max].into_iter().zip(expected["quantiles"].as_array().unwrap())
    {
        assert_close(figure, expected, what);
    }
}

#[test]
fn profiles_equal_numpy_scipy_and_pandas() {
    let golden: Value = serde_json::from_str(include_str!("../../golden/label.json")).unwrap();
    let labels: Vec<i64> = golden["labels"].as_array().unwrap().iter().map(|l| l.as_i64().unwrap()).collect();
    let names = ["smooth", "counts", "signed", "holes"];
    let columns: Vec<(&str, Vec<f64>)> = names.iter().map(|name| (*name, numbers(&golden["columns"][name]))).collect();
    let channel: Vec<Option<&str>> = golden["channel"].as_array().unwrap().iter().map(Value::as_str).collect();
    let table = table(&columns, vec![Levels::from_text("channel", &channel)], Some("signed"));
    let n = labels.len();
    let clustered: Vec<f32> = (0..n).flat_map(|i| columns[..3].iter().map(move |(_, v)| v[i] as f32)).collect();
    let matrix = TiledMatrix::from_rows(&clustered, 3).unwrap();
    let partition = Partition::from_signed(&labels);
    let features: Vec<String> = names[..3].iter().map(|name| (*name).to_owned()).collect();
    let (rows, found) = (RowMap::all(n), [(FoundIn::Clustering(Algorithm::Dbscan), &partition)]);
    let roles = Roles::from([("recency", "holes")]);
    let profiles = profile(
        Subject { table: &table, rows: &rows, matrix: &matrix, features: &features, roles: &roles },
        &found,
        &Monitor::silent(),
    )
    .unwrap();

    let column = |name: &str| profiles.column(name).unwrap();
    for name in names {
        assert_figures(&profiles.columns[column(name)].figures, &golden["overall"][name], name);
    }
    let expected = golden["clusters"].as_array().unwrap();
    assert_eq!(profiles.clusterings[0].clusters.len(), expected.len());
    for (cluster, expected) in profiles.clusterings[0].clusters.iter().zip(expected) {
        assert_eq!(serde_json::to_value(cluster.cluster).unwrap(), expected["cluster"]);
        assert_eq!(cluster.size as u64, expected["size"].as_u64().unwrap());
        assert_close(cluster.share * n as f64, &expected["size"], "share");
        assert_close(cluster.value.unwrap(), &expected["columns"]["signed"]["sum"], "value");
        for name in names {
            assert_figures(&cluster.columns[column(name)], &expected["columns"][name], name);
        }
        let levels = expected["levels"].as_object().unwrap();
        assert_eq!(cluster.attributes[0].len(), levels.len());
        for level in &cluster.attributes[0] {
            let text = profiles.attributes[0].levels[level.level].level.as_deref().unwrap_or("(missing)");
            assert_close(level.share, &levels[text][0], text);
            assert_close(level.lift, &levels[text][1], text);
        }
        assert_eq!(serde_json::to_value(&cluster.representatives).unwrap(), expected["representatives"]);
    }
}
