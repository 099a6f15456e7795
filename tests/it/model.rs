//! The model file, scoring and reasons: what the fit decided is what a saved model decides again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float32Type, Int32Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use rand::RngExt;
use segmint::cluster::ClusterModel;
use segmint::cluster::dbscan::{DbscanFit, DbscanParams};
use segmint::cluster::gmm::{GmmFit, fit_gmm};
use segmint::cluster::kmeans::{KMeansFit, KMeansParams};
use segmint::config::{
    Algorithm, Categories, Duplicates, FeaturePlan, Missing, NormalizePlan, Scale, SourcePlan, Transform,
};
use segmint::failure::{Category, Failure};
use segmint::load::{Fingerprint, Source};
use segmint::matrix::RowMap;
use segmint::metrics::ClusterId;
use segmint::model::{ClusterName, DensityOff, FittedClustering, FittedPipeline, ModelError, find_customer, score};
use segmint::monitor::Monitor;
use segmint::normalize::Normalized;
use segmint::{Language, Text};
use tempfile::TempDir;

/// Three planted groups and some loners, with missing values, in text ids.
fn customers(n: usize) -> RecordBatch {
    let mut random = segmint::random::stream(7, "test.model", 0);
    let (mut ids, mut a, mut b, mut tier) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut c = Vec::new();
    for i in 0..n {
        let group = i % 3;
        let near = |center: f64, random: &mut rand_chacha::ChaCha8Rng| center + random.random_range(-1.0..1.0);
        ids.push(format!("c{i:05}"));
        let spread = if i % 17 == 0 { 8.0 } else { 1.0 };
        a.push(spread * near([2.0, 14.0, 8.0][group], &mut random));
        let value = near([30.0, 10.0, 80.0][group], &mut random).exp2();
        b.push((i % 11 != 3).then_some(value));
        c.push(near([5.0, 5.0, 9.0][group], &mut random));
        tier.push((i % 5 != 0).then_some(["A", "B", "C"][group]));
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer", Arc::new(StringArray::from(ids))),
        ("a", Arc::new(Float64Array::from(a))),
        ("b", Arc::new(Float64Array::from(b))),
        ("c", Arc::new(Float64Array::from(c))),
        ("tier", Arc::new(StringArray::from(tier))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn write(path: &Path, batch: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// A fit, with the table it was made from.
struct Fitted {
    folder: TempDir,
    source: PathBuf,
    normalized: Normalized,
    kmeans: KMeansFit,
    dbscan: DbscanFit,
    gmm: GmmFit,
    pipeline: FittedPipeline,
}

fn names(n: usize, primary: bool) -> Vec<ClusterName> {
    let name = |c: usize| ClusterName {
        segment_id: primary.then(|| format!("S{:02}", c + 1)),
        name: Text::new(format!("group {c}"), format!("群 {c}")),
        archetype: (c == 0).then(|| "rfm-8/champions".to_owned()),
    };
    (0..n).map(name).collect()
}

fn fit_on(batch: &RecordBatch, missing: Missing, primary: Algorithm, k: usize) -> Fitted {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("customers.parquet");
    write(&path, batch);
    let plan = SourcePlan { id: Some("customer".into()), tier: Some("tier".into()), ..SourcePlan::new(&path) };
    let monitor = Monitor::silent();
    let table = segmint::load::open(&plan, &[], &monitor).unwrap().table;
    let default = FeaturePlan { missing, transform: Transform::Auto, scale: Scale::Standard, clip: 0.01, weight: 1.0 };
    let plan = NormalizePlan {
        categories: Categories::Describe,
        features: BTreeMap::from([("c".to_owned(), FeaturePlan { weight: 2.0, ..default.clone() })]),
        default,
    };
    let normalized = segmint::normalize::fit(&table, &plan, &monitor).unwrap();
    let kmeans = KMeansParams::new(k).check().unwrap().fit(&normalized.matrix, &monitor).unwrap();
    let dbscan = DbscanParams::new(0.3, 4).check().unwrap().fit(&normalized.matrix, &monitor).unwrap();
    let gmm = fit_gmm(&normalized.matrix, k, 42, &monitor).unwrap();
    let pipeline = FittedPipeline {
        readings: BTreeMap::new(),
        id_column: Some("customer".into()),
        tier_column: Some("tier".into()),
        duplicates: Duplicates::Error,
        language: Language::En,
        normalizer: normalized.normalizer.clone(),
        clusterings: [
            ClusterModel::KMeans(kmeans.model.clone()),
            ClusterModel::Dbscan(dbscan.model.clone()),
            ClusterModel::Gmm(gmm.model.clone()),
        ]
        .map(|model| FittedClustering::of(&model, names(model.n_clusters(), primary == model.algorithm())))
        .into(),
        primary,
    };
    Fitted { folder, source: path, normalized, kmeans, dbscan, gmm, pipeline }
}

fn fit(missing: Missing, primary: Algorithm) -> Fitted {
    fit_on(&customers(1500), missing, primary, 4)
}

impl Fitted {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn rows(&self) -> &RowMap {
        &self.normalized.rows
    }

    /// The pipeline after a stay in a file.
    fn saved(&self) -> FittedPipeline {
        let path = self.file("model.segmint");
        self.pipeline.save(&path).unwrap();
        FittedPipeline::load(&path).unwrap()
    }

    fn scored(&self, pipeline: &FittedPipeline, input: &Path) -> RecordBatch {
        let output = self.file("scored.parquet");
        score(pipeline, input, &output, None, &Monitor::silent()).unwrap();
        read(&output)
    }

    fn opened(&self) -> Arc<Source> {
        Arc::new(Source::open(&self.source).unwrap())
    }

    /// The value of feature `name` in row `row`; NaN = missing.
    fn raw(&self, batch: &RecordBatch, row: usize) -> Vec<f64> {
        let value = |name: &str| {
            let column = batch.column_by_name(name).unwrap().as_primitive::<arrow::datatypes::Float64Type>();
            if column.is_null(row) { f64::NAN } else { column.value(row) }
        };
        self.pipeline.feature_names().into_iter().map(value).collect()
    }
}

fn clusters(batch: &RecordBatch, name: &str) -> Vec<Option<ClusterId>> {
    let column = batch.column_by_name(name).unwrap().as_primitive::<Int32Type>();
    column.iter().map(|value| value.map(|value| ClusterId::from(value as u32))).collect()
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Vec<Option<&'a str>> {
    batch.column_by_name(name).unwrap().as_string::<i32>().iter().collect()
}

#[test]
fn the_score_of_a_training_row_is_its_fit() {
    for missing in [Missing::Median, Missing::Drop] {
        for primary in [Algorithm::KMeans, Algorithm::Dbscan] {
            let fitted = fit(missing, primary);
            assert_eq!(fitted.rows().is_all(), missing == Missing::Median);
            assert!(fitted.dbscan.partition.n_noise() > 0 && fitted.dbscan.partition.n_clusters() > 1);
            let scored = fitted.scored(&fitted.saved(), &fitted.source);
            let fitted_kmeans = fitted.rows().scatter(fitted.kmeans.partition.labels(), None);
            let fitted_dbscan = fitted.rows().scatter(fitted.dbscan.partition.labels(), None);
            assert_eq!(clusters(&scored, "kmeans_cluster"), fitted_kmeans);
            assert_eq!(clusters(&scored, "dbscan_cluster"), fitted_dbscan);
            let components: Vec<_> = fitted.gmm.clusters.iter().copied().map(Some).collect();
            assert_eq!(clusters(&scored, "gmm_cluster"), fitted.rows().scatter(&components, None));
            let probability = scored.column_by_name("gmm_probability").unwrap().as_primitive::<Float32Type>();
            for (i, p) in fitted.gmm.probability.iter().enumerate() {
                assert_eq!(probability.value(fitted.rows().table_row(i)).to_bits(), p.to_bits());
            }

            let second = fitted.kmeans.model.assign(&fitted.normalized.matrix).runners_up.unwrap();
            let margins = scored.column_by_name("kmeans_margin").unwrap().as_primitive::<Float32Type>();
            let runners_up = clusters(&scored, "runner_up");
            for i in 0..fitted.rows().n_matrix() {
                let row = fitted.rows().table_row(i);
                assert_eq!(margins.value(row).to_bits(), second.margins[i].to_bits());
                assert_eq!(runners_up[row], Some(second.clusters[i]));
            }
            assert_eq!(margins.null_count(), 1500 - fitted.rows().n_matrix());

            let segments = if primary == Algorithm::KMeans { fitted_kmeans } else { fitted_dbscan };
            let ids: Vec<_> = segments.iter().map(|c| c.map(|c| format!("S{:02}", c.index() + 1))).collect();
            assert_eq!(texts(&scored, "segment_id"), ids.iter().map(Option::as_deref).collect::<Vec<_>>());
            let archetypes: Vec<_> =
                segments.iter().map(|c| c.filter(|c| c.index() == 0).map(|_| "rfm-8/champions")).collect();
            assert_eq!(texts(&scored, "archetype"), archetypes);
            assert_eq!(texts(&scored, "customer")[1499], Some("c01499"));
        }
    }
}

#[test]
fn scores_do_not_depend_on_files_and_threads() {
    let batch = customers(1500);
    let fitted = fit(Missing::Drop, Algorithm::KMeans);
    let whole = fitted.scored(&fitted.pipeline, &fitted.source);
    let parts = fitted.file("parts");
    fs::create_dir(&parts).unwrap();
    for (i, first) in (0..1500).step_by(7).enumerate() {
        write(&parts.join(format!("part-{i:04}.parquet")), &batch.slice(first, 7.min(1500 - first)));
    }
    assert_eq!(fitted.scored(&fitted.pipeline, &parts), whole);
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fitted.scored(&fitted.pipeline, &fitted.source));
        fs::read(fitted.file("scored.parquet")).unwrap()
    };
    assert_eq!(bytes(1), bytes(3));
}

#[test]
fn a_batch_is_scored_like_a_file() {
    let fitted = fit(Missing::Drop, Algorithm::KMeans);
    let (from_file, monitor) = (fitted.scored(&fitted.pipeline, &fitted.source), Monitor::silent());
    let batch = read(&fitted.source);
    assert_eq!(fitted.pipeline.score_batch(&batch, &monitor).unwrap(), from_file);
    let some = fitted.pipeline.score_batch(&batch.slice(700, 30), &monitor).unwrap();
    assert_eq!(some, from_file.slice(700, 30));
    let none = fitted.pipeline.score_batch(&batch.slice(0, 0), &monitor).unwrap();
    assert_eq!((none.num_rows(), none.schema()), (0, from_file.schema()));
    let error = fitted.pipeline.score_batch(&batch.project(&[0, 1]).unwrap(), &monitor).unwrap_err();
    assert!(matches!(error, ModelError::MissingColumn { .. }), "{error}");
}

#[test]
fn a_summary_counts_what_was_written() {
    let fitted = fit(Missing::Drop, Algorithm::KMeans);
    let output = fitted.file("scored.parquet");
    let summary = score(&fitted.pipeline, &fitted.source, &output, None, &Monitor::silent()).unwrap();
    let scored = read(&output);
    let n_dropped = 1500 - fitted.rows().n_matrix();
    assert_eq!((summary.n_customers, summary.n_dropped), (1500, n_dropped));
    assert_eq!(summary.n_noise, Some(fitted.dbscan.partition.n_noise()));
    let sizes: Vec<usize> = summary.segments.iter().map(|segment| segment.size).collect();
    assert_eq!(sizes, fitted.kmeans.partition.sizes());
    assert_eq!(summary.missing.len(), 1);
    assert_eq!((summary.missing[0].feature.as_str(), summary.missing[0].n_missing), ("b", n_dropped));
    assert_eq!(summary.warnings.iter().map(|w| w.code.as_str()).collect::<Vec<_>>(), ["rows_dropped"]);
    assert_eq!(scored.column_by_name("dbscan_core").unwrap().null_count(), 1500);
    assert_eq!(scored.column_by_name("tier").unwrap().null_count(), 1500);
}

#[test]
fn row_numbers_stand_in_for_ids() {
    let mut fitted = fit(Missing::Median, Algorithm::KMeans);
    fitted.pipeline.id_column = None;
    let scored = fitted.scored(&fitted.pipeline, &fitted.source);
    let rows = scored.column_by_name("row").unwrap().as_primitive::<Int64Type>();
    assert!(rows.values().iter().copied().eq(0..1500));
    let customer = find_customer(&fitted.pipeline, &fitted.opened(), None, "1499").unwrap();
    assert_eq!(customer.row, 1499);
    let error = find_customer(&fitted.pipeline, &fitted.opened(), None, "1500").unwrap_err();
    let source = fitted.source.display();
    assert_eq!(error.to_string(), format!("\"1500\" is not a row of {source}, whose customers are numbered 0 to 1499"));
}

#[test]
fn equal_models_are_equal_files() {
    let (first, again) = (fit(Missing::Median, Algorithm::KMeans), fit(Missing::Median, Algorithm::KMeans));
    let (a, b) = (first.file("a"), first.file("b"));
    first.pipeline.save(&a).unwrap();
    again.saved().save(&b).unwrap();
    assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
    let text = String::from_utf8_lossy(&fs::read(&a).unwrap()).into_owned();
    assert!(text.contains("rfm-8/champions") && !text.contains("customers.parquet"));
}

#[test]
fn a_model_without_core_rows_says_so() {
    let mut fitted = fit(Missing::Median, Algorithm::KMeans);
    fitted.pipeline.clusterings[1].model = Err(DensityOff::TooLarge { core_bytes: 300 << 20 });
    let pipeline = fitted.saved();
    let output = fitted.file("scored.parquet");
    let summary = score(&pipeline, &fitted.source, &output, None, &Monitor::silent()).unwrap();
    assert_eq!(summary.n_noise, None);
    assert_eq!(summary.warnings[0].code, "density_scoring_off");
    assert!(summary.warnings[0].message.en.ends_with("its core rows take 300 MB, and at most 256 MB are kept"));
    assert_eq!(read(&output).column_by_name("dbscan_cluster").unwrap().null_count(), 1500);
    fitted.pipeline.primary = Algorithm::Dbscan;
    let error = score(&fitted.pipeline, &fitted.source, &output, None, &Monitor::silent()).unwrap_err();
    assert_eq!(error.category(), Category::Refused);
}

/// Puts the right checksum under changed bytes.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 32;
    let checksum = blake3::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(checksum.as_bytes());
    bytes
}

#[test]
fn a_damaged_model_is_refused_with_its_name() {
    let fitted = fit(Missing::Median, Algorithm::KMeans);
    let path = fitted.file("model.segmint");
    fitted.pipeline.save(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    let message = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let error = FittedPipeline::load(&path).unwrap_err();
        assert_eq!(error.category(), Category::Input);
        error.to_string()
    };
    let name = path.display();
    let damaged = |detail: &str| format!("the model {name} is damaged: {detail}");
    assert_eq!(message(&whole[..whole.len() - 1]), damaged("it ends early"));
    assert_eq!(message(&whole[..20]), damaged("it ends early"));
    assert_eq!(message(&[&whole[..], b"\n"].concat()), damaged("it has bytes after its end"));
    let mut flipped = whole.clone();
    flipped[500] ^= 1;
    assert_eq!(message(&flipped), damaged("its checksum does not fit its content"));
    assert_eq!(message(b"PAR1"), format!("{name} is not a segmint model"));
    assert_eq!(message(b""), format!("{name} is not a segmint model"));
    let at = whole.windows(12).position(|window| window == b"kmeans_names").unwrap();
    let mut renamed = whole.clone();
    renamed[at] = b'K';
    assert!(message(&sealed(renamed)).contains("is damaged: its header: missing field `kmeans_names`"));
    let mut other_shape = whole.clone();
    other_shape[32] = 1;
    assert!(message(&other_shape).contains("damaged"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Bytes that are wrong and pass for right: whatever the header says, reading answers.
    #[test]
    fn reading_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), 32_u8..127), 1..4)) {
        static WHOLE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = WHOLE.get_or_init(|| {
            let fitted = fit_on(&customers(60), Missing::Median, Algorithm::KMeans, 2);
            fitted.saved();
            fs::read(fitted.file("model.segmint")).unwrap()
        }).clone();
        let header = usize::try_from(u64::from_le_bytes(bytes[16..24].try_into().unwrap())).unwrap();
        for (at, byte) in changes {
            bytes[40 + at.index(header)] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.segmint");
        fs::write(&path, sealed(bytes)).unwrap();
        if let Ok(model) = FittedPipeline::load(&path) {
            prop_assert_eq!(model.kmeans().k(), model.names(Algorithm::KMeans).len());
            let _ = model.reason(&vec![1.5; model.feature_names().len()]);
        }
    }
}

#[test]
fn the_terms_of_a_reason_add_up_to_the_gap() {
    let batch = customers(1500);
    let fitted = fit(Missing::Median, Algorithm::KMeans);
    let pipeline = fitted.saved();
    let [kmeans, dbscan] =
        [&fitted.kmeans.partition, &fitted.dbscan.partition].map(|found| fitted.rows().scatter(found.labels(), None));
    let place = fitted.rows().scatter(&(0..batch.num_rows()).collect::<Vec<_>>(), usize::MAX);
    for row in 0..batch.num_rows() {
        let raw = fitted.raw(&batch, row);
        let reason = pipeline.reason(&raw).unwrap();
        let why = reason.kmeans.unwrap();
        assert_eq!(Some(why.cluster.cluster), kmeans[row]);
        let (gap, far) = (why.gap.unwrap(), why.runner_up_distance2.unwrap());
        assert_eq!(why.features.iter().filter_map(|f| f.term).sum::<f64>(), gap, "in the order shown, exactly");
        assert!((gap - (far - why.distance2)).abs() <= 1e-12 * (far + why.distance2));
        assert!((why.features.iter().filter_map(|f| f.share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(why.features.is_sorted_by(|a, b| a.term >= b.term));
        let (near, far) = (why.distance2.sqrt(), far.sqrt());
        assert!((f64::from(why.margin.unwrap()) - (far - near) / (far + near)).abs() < 1e-6);
        for term in &why.features {
            let f = pipeline.feature_names().iter().position(|name| *name == term.feature).unwrap();
            assert_eq!(term.value.is_none(), raw[f].is_nan());
            assert_eq!(term.imputed.is_some(), raw[f].is_nan());
            assert_eq!(term.normalized, f64::from(fitted.normalized.matrix.get(place[row], f)));
            let back = pipeline.normalizer.features()[f].apply(term.centroid.unwrap());
            assert!((back - term.normalized_centroid).abs() < 1e-6);
        }
        let dense = reason.dbscan.unwrap().cluster.map(|named| named.cluster);
        assert_eq!(dense, dbscan[row]);
    }
}

#[test]
fn a_reason_can_be_that_there_is_none() {
    let batch = customers(1500);
    let fitted = fit(Missing::Drop, Algorithm::KMeans);
    let reason = fitted.pipeline.reason(&fitted.raw(&batch, 3)).unwrap();
    assert_eq!(reason.dropped_for, ["b"]);
    assert!(reason.kmeans.is_none() && reason.dbscan.is_none());

    let alone = fit_on(&batch, Missing::Median, Algorithm::KMeans, 1);
    let why = alone.pipeline.reason(&alone.raw(&batch, 0)).unwrap().kmeans.unwrap();
    assert!(why.runner_up.is_none() && why.gap.is_none() && why.margin.is_none());
    assert!(why.features.iter().all(|term| term.term.is_none() && term.centroid.is_some()));
}

#[test]
fn a_customer_is_found_again_by_the_text_of_its_id() {
    let batch = customers(1500);
    let fitted = fit(Missing::Median, Algorithm::KMeans);
    let source = fitted.opened();
    let fingerprint = Fingerprint::of(&source).unwrap();
    let customer = find_customer(&fitted.pipeline, &source, Some(&fingerprint), "c00701").unwrap();
    assert_eq!((customer.row, customer.tier.as_deref()), (701, Some("C")));
    assert_eq!(customer.raw, fitted.raw(&batch, 701));
    assert_eq!(find_customer(&fitted.pipeline, &source, None, "c00700").unwrap().tier, None);

    let error = find_customer(&fitted.pipeline, &source, None, "c99999").unwrap_err();
    let name = fitted.source.display();
    assert_eq!(error.to_string(), format!("no customer has \"c99999\" in the id column \"customer\" of {name}"));
    assert!(error.hint().unwrap().contains("--from"));

    write(&fitted.source, &batch.slice(0, 1000));
    let error = find_customer(&fitted.pipeline, &fitted.opened(), Some(&fingerprint), "c00701").unwrap_err();
    assert!(matches!(error, ModelError::Load(_)) && error.to_string().contains("is not what the run has read"));
    assert_eq!(find_customer(&fitted.pipeline, &fitted.opened(), None, "c00701").unwrap().row, 701);
}

#[test]
fn a_number_is_found_by_its_shortest_text() {
    let batch = customers(30);
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let ids: ArrayRef = Arc::new((0..30).map(|i| i * 1000).collect::<Int64Array>());
        columns.push((field.name().clone(), if field.name() == "customer" { ids } else { Arc::clone(column) }));
    }
    let fitted = fit_on(&RecordBatch::try_from_iter(columns).unwrap(), Missing::Median, Algorithm::KMeans, 2);
    assert_eq!(find_customer(&fitted.pipeline, &fitted.opened(), None, "7000").unwrap().row, 7);
    let scored = fitted.scored(&fitted.pipeline, &fitted.source);
    assert_eq!(scored.column(0).as_primitive::<Int64Type>().value(7), 7000, "the id keeps its type");
}

#[test]
fn bad_tables_to_score_are_named_and_leave_the_output_alone() {
    let mut complete = customers(300);
    let values: Float64Array = (0..300).map(|i| f64::from(i % 40)).collect();
    let mut columns = complete.columns().to_vec();
    columns[2] = Arc::new(values);
    complete = RecordBatch::try_new(complete.schema(), columns).unwrap();
    let fitted = fit_on(&complete, Missing::Reject, Algorithm::KMeans, 3);
    let (input, output) = (fitted.file("new.parquet"), fitted.file("scored.parquet"));
    fs::write(&output, "what was there").unwrap();
    let error = |batch: &RecordBatch| {
        write(&input, batch);
        let error = score(&fitted.pipeline, &input, &output, None, &Monitor::silent()).unwrap_err();
        assert_eq!(error.category(), Category::Input);
        assert_eq!(fs::read(&output).unwrap(), b"what was there");
        error
    };
    let name = input.display();
    let gaps = error(&customers(300));
    let expected =
        format!("row 3 (counted from 0) of {name}: column \"b\" is missing, and its missing policy is \"reject\"");
    assert_eq!(gaps.to_string(), expected);
    let without = error(&complete.project(&[0, 1, 3]).unwrap());
    assert_eq!(without.to_string(), format!("column \"b\" is not in {name}, and the model needs it as a feature"));
    let without = error(&complete.project(&[1, 2, 3]).unwrap());
    assert_eq!(without.to_string(), format!("column \"customer\" is not in {name}, and the model needs it as the id"));
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (field, column) in complete.schema().fields().iter().zip(complete.columns()) {
        let is_b = field.name() == "b";
        columns.push((field.name().clone(), Arc::clone(if is_b { complete.column(0) } else { column })));
    }
    let text = error(&RecordBatch::try_from_iter(columns).unwrap());
    assert_eq!(text.to_string(), format!("column \"b\" of {name} is text, and the model needs a number or bool"));

    let late = Monitor::silent().with_time_limit(std::time::Duration::ZERO);
    let stopped = score(&fitted.pipeline, &fitted.source, &output, None, &late).unwrap_err();
    assert_eq!(stopped.category(), Category::Refused);
    assert_eq!(fs::read(&output).unwrap(), b"what was there");

    let error = score(&fitted.pipeline, &fitted.source, &fitted.source, None, &Monitor::silent()).unwrap_err();
    assert_eq!(error.category(), Category::Config);
    assert!(error.to_string().ends_with("is one of the input files and would be overwritten"));
    assert_eq!(fs::read_dir(fitted.folder.path()).unwrap().count(), 3, "no temporary file stays");
}

/// The lowest and highest observed value of every feature.
fn observed(fitted: &Fitted, batch: &RecordBatch) -> Vec<(f64, f64)> {
    let rows: Vec<Vec<f64>> = (0..batch.num_rows()).map(|row| fitted.raw(batch, row)).collect();
    let of_feature = |f: usize| {
        let values = rows.iter().map(|raw| raw[f]).filter(|value| !value.is_nan());
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    (0..fitted.pipeline.feature_names().len()).map(of_feature).collect()
}

/// `raw` with `value` in the feature `name`.
fn changed(pipeline: &FittedPipeline, raw: &[f64], name: &str, value: f64) -> Vec<f64> {
    let position = pipeline.feature_names().iter().position(|other| *other == name).unwrap();
    let mut raw = raw.to_vec();
    raw[position] = value;
    raw
}

#[test]
fn a_change_moves_the_customer_when_it_is_scored_again_and_no_other_change_does() {
    let batch = customers(600);
    let fitted = fit_on(&batch, Missing::Median, Algorithm::KMeans, 4);
    let pipeline = &fitted.pipeline;
    let range = observed(&fitted, &batch);
    let home = |raw: &[f64]| pipeline.reason(raw).unwrap().kmeans.unwrap().cluster.cluster;
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); 3];
    let (mut destinations, mut n_moving, mut n_staying) = (Vec::new(), 0, 0);
    let labels = fitted.rows().scatter(fitted.kmeans.partition.labels(), None);
    for row in 0..batch.num_rows() {
        let raw = fitted.raw(&batch, row);
        let changes = pipeline.changes(&raw, &range, &[false; 3]).unwrap();
        assert_eq!(changes.len(), 3);
        let steps: Vec<f64> = changes.iter().map(|change| change.step.unwrap_or(f64::INFINITY)).collect();
        assert!(steps.is_sorted(), "the smallest change first: {steps:?}");
        for change in &changes {
            let with = |value: f64| home(&changed(pipeline, &raw, &change.feature, value));
            match change.to {
                Some(to) => {
                    n_moving += 1;
                    assert!(change.range[0] <= to && to <= change.range[1]);
                    assert_eq!(Some(with(to)), change.cluster.as_ref().map(|named| named.cluster));
                    assert_ne!(with(to), home(&raw));
                }
                None => {
                    n_staying += 1;
                    let grid =
                        (0..=40).map(|i| change.range[0] + (change.range[1] - change.range[0]) * f64::from(i) / 40.0);
                    assert!(grid.map(with).all(|cluster| cluster == home(&raw)), "no value moves it");
                    assert!(change.closes.unwrap() <= 1.0 + 1e-6);
                }
            }
            if change.closes.unwrap() > 1.0 + 1e-6 {
                assert!(change.to.is_some(), "who can close the whole gap can reach the runner-up");
            }
        }
        let first = &changes[0];
        let raw = first.to.map_or(raw.clone(), |to| changed(pipeline, &raw, &first.feature, to));
        columns.iter_mut().zip(raw).for_each(|(column, value)| column.push(value));
        let moved = first.cluster.as_ref().map(|named| named.cluster);
        destinations.push(moved.or(labels[row]));
    }
    assert!(n_moving > 600 && n_staying > 100, "both happen: {n_moving}, {n_staying}");

    let mut arrays = batch.columns().to_vec();
    for (f, name) in pipeline.feature_names().iter().enumerate() {
        let position = batch.schema().index_of(name).unwrap();
        let known = columns[f].iter().map(|&value| (!value.is_nan()).then_some(value));
        arrays[position] = Arc::new(known.collect::<Float64Array>());
    }
    let input = fitted.file("changed.parquet");
    write(&input, &RecordBatch::try_new(batch.schema(), arrays).unwrap());
    assert_eq!(clusters(&fitted.scored(pipeline, &input), "kmeans_cluster"), destinations);
}

#[test]
fn a_change_is_the_inverted_crossing_of_the_border_rounded_away() {
    let batch = customers(600);
    let fitted = fit_on(&batch, Missing::Median, Algorithm::KMeans, 4);
    let pipeline = &fitted.pipeline;
    let range = observed(&fitted, &batch);
    let mut n = 0;
    for row in 0..batch.num_rows() {
        let raw = fitted.raw(&batch, row);
        let reason = pipeline.reason(&raw).unwrap().kmeans.unwrap();
        for change in pipeline.changes(&raw, &range, &[false; 3]).unwrap() {
            let (Some(to), Some(from)) = (change.to, change.from) else { continue };
            let f = pipeline.feature_names().iter().position(|name| *name == change.feature).unwrap();
            let feature = &pipeline.normalizer.features()[f];
            let mut point = vec![0.0; 3];
            pipeline.normalizer.apply(&raw, &mut point).unwrap();
            // From z on along f: |x − a|² = |x − c|² at z − (d_c² − d_a²)/(2(a − c)).
            let home = pipeline.kmeans().centroids.get(reason.cluster.cluster.index());
            let distance2 = |c: &[f64]| c.iter().zip(&point).map(|(c, &x)| (c - f64::from(x)).powi(2)).sum::<f64>();
            let crossing = |c: &[f64]| {
                let z = f64::from(point[f]) - (distance2(c) - distance2(home)) / (2.0 * (home[f] - c[f]));
                feature.invert(z)
            };
            let up = to > from;
            let beyond = pipeline.kmeans().centroids.iter().filter(|c| *c != home).map(crossing);
            let ahead = beyond.filter(|x| if up { *x >= from } else { *x <= from });
            // Not by the distance from 1e21, which is the same for 700 and 400,000.
            let nearest = ahead.reduce(|x, y| if up { x.min(y) } else { x.max(y) }).unwrap();
            let past = if up { to - nearest } else { nearest - to };
            assert!(past >= -1e-5 * nearest.abs().max(1.0), "{to} is not past {nearest}");
            assert!(past <= 0.0101 * nearest.abs().max(1e-6), "{to} is further than three digits past {nearest}");
            n += 1;
        }
    }
    assert!(n > 300, "{n}");
}

#[test]
fn columns_of_whole_numbers_change_by_whole_numbers() {
    let batch = customers(300);
    let fitted = fit_on(&batch, Missing::Median, Algorithm::KMeans, 3);
    let range = observed(&fitted, &batch).into_iter().map(|(low, high)| (low.floor(), high.ceil())).collect::<Vec<_>>();
    let changes: Vec<_> = (0..300)
        .flat_map(|row| fitted.pipeline.changes(&fitted.raw(&batch, row), &range, &[true; 3]).unwrap())
        .filter_map(|change| change.to)
        .collect();
    assert!(changes.len() > 100 && changes.iter().all(|to| to.fract() == 0.0));
}

#[test]
fn nothing_changes_for_a_dropped_customer_and_with_one_cluster() {
    let batch = customers(300);
    let dropped = fit_on(&batch, Missing::Drop, Algorithm::KMeans, 2);
    let all = [(f64::NEG_INFINITY, f64::INFINITY); 3];
    assert_eq!(dropped.pipeline.changes(&dropped.raw(&batch, 3), &all, &[false; 3]).unwrap(), []);
    let alone = fit_on(&batch, Missing::Median, Algorithm::KMeans, 1);
    assert_eq!(alone.pipeline.changes(&alone.raw(&batch, 0), &all, &[false; 3]).unwrap(), []);
}
