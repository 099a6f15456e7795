//! Which objects a URL stands for, by the rules that files have (feature `cloud`).

use std::path::{Path, PathBuf};

use object_store::ObjectMeta;

use super::LoadError;
use super::data_file::{DataFile, asks_for_underscore, has_wildcard, is_found_by, is_walked, without_wildcards};
use super::storage::{Bucket, Object, Opened, StoreFailure};
use crate::monitor::Monitor;
use crate::object_url::ObjectUrl;

/// The objects that `url` stands for, in ascending order of their keys, in the store that the environment says.
pub(super) fn find(url: &ObjectUrl, monitor: &Monitor) -> Result<Vec<(DataFile, Opened)>, LoadError> {
    let bucket = Bucket::open(url, monitor).map_err(|failure| failure.error(&url.at(&url.key)))?;
    find_in(&bucket, url)
}

/// [`find`] in a bucket that is there.
pub(super) fn find_in(bucket: &Bucket, url: &ObjectUrl) -> Result<Vec<(DataFile, Opened)>, LoadError> {
    let failed = |failure: StoreFailure| failure.error(&url.at(&url.key));
    let opened = |file: DataFile, found: ObjectMeta| {
        let object = Object::new(bucket.clone(), found, file.path.clone());
        (file, Opened::Object(object))
    };
    let key = url.key.strip_suffix('/').unwrap_or(&url.key);
    let is_folder = url.key.is_empty() || key != url.key;
    if !is_folder && let Some(object) = bucket.object(key).map_err(failed)? {
        return Ok(vec![opened(DataFile::alone(url.at(key)), object)]);
    }
    let below = bucket.below(key).map_err(failed)?;
    let is_pattern = below.is_empty() && has_wildcard(Path::new(key));
    if below.is_empty() && !is_pattern {
        return Err(LoadError::NotFound { path: url.at(&url.key), existing: None });
    }
    let (folder, objects) = if is_pattern { matching(bucket, url)? } else { (url.at(key), walked(below, url, key)?) };
    let mut files: Vec<(DataFile, ObjectMeta)> = objects
        .into_iter()
        .map(|object| (DataFile::below(url.at(object.location.as_ref()), &folder), object))
        .collect();
    files.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
    Ok(files.into_iter().map(|(file, object)| opened(file, object)).collect())
}

/// Those of the objects below `prefix` that a folder stands for.
fn walked(below: Vec<ObjectMeta>, url: &ObjectUrl, prefix: &str) -> Result<Vec<ObjectMeta>, LoadError> {
    let n = below.len();
    let objects: Vec<ObjectMeta> =
        below.into_iter().filter(|object| below_folder(object, Path::new(prefix)).is_some_and(is_walked)).collect();
    match objects.is_empty() {
        true => Err(LoadError::NoParquet { path: url.at(&url.key), n_others: n }),
        false => Ok(objects),
    }
}

/// The folder before the first wildcard of a pattern, and the objects below it that the pattern finds.
fn matching(bucket: &Bucket, url: &ObjectUrl) -> Result<(PathBuf, Vec<ObjectMeta>), LoadError> {
    let key = Path::new(&url.key);
    let whole = url.at(&url.key);
    let text = || whole.display().to_string();
    let folder = without_wildcards(key);
    let pattern = key.strip_prefix(&folder).unwrap_or(key).to_string_lossy();
    let pattern = glob::Pattern::new(pattern.trim_end_matches('/'))
        .map_err(|error| LoadError::BadPattern { pattern: text(), detail: error.msg.to_owned() })?;
    let prefix = folder.to_string_lossy();
    let mut objects = bucket.below(&prefix).map_err(|failure| failure.error(&whole))?;
    let is_found = |below: &Path| is_found_by(&pattern, below, asks_for_underscore(key));
    objects.retain(|object| below_folder(object, &folder).is_some_and(is_found));
    match objects.is_empty() {
        true => Err(LoadError::NoMatch { pattern: text() }),
        false => Ok((url.at(&prefix), objects)),
    }
}

/// The key of an object from the folder on that it is in.
fn below_folder<'a>(object: &'a ObjectMeta, folder: &Path) -> Option<&'a Path> {
    Path::new(object.location.as_ref()).strip_prefix(folder).ok()
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::fs;
    use std::ops::Range;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
    use async_trait::async_trait;
    use futures_util::stream::BoxStream;
    use object_store::local::LocalFileSystem;
    use object_store::memory::InMemory;
    use object_store::path::Path as Key;
    use object_store::throttle::{ThrottleConfig, ThrottledStore};
    use object_store::{
        CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectStore, PutMultipartOptions,
        PutOptions, PutPayload, PutResult,
    };
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::config::Duplicates;
    use crate::failure::{Category, Failure as _};
    use crate::load::{Fingerprint, RowStream, Source, find_row, read_row, resolve};
    use crate::monitor::{Progress, Stopped, TaskSink};

    /// A store in memory that writes down what is read of it, and fails when it is told to.
    #[derive(Debug, Default)]
    struct Watched {
        inner: InMemory,
        read: Mutex<Vec<Range<u64>>>,
        fails: AtomicBool,
    }

    impl fmt::Display for Watched {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "Watched({})", self.inner)
        }
    }

    impl Watched {
        fn bytes_read(&self) -> u64 {
            self.read.lock().unwrap().iter().map(|range| range.end - range.start).sum()
        }

        fn forget(&self) {
            self.read.lock().unwrap().clear();
        }
    }

    #[async_trait]
    impl ObjectStore for Watched {
        async fn put_opts(&self, key: &Key, bytes: PutPayload, o: PutOptions) -> object_store::Result<PutResult> {
            self.inner.put_opts(key, bytes, o).await
        }

        async fn put_multipart_opts(
            &self,
            key: &Key,
            o: PutMultipartOptions,
        ) -> object_store::Result<Box<dyn MultipartUpload>> {
            self.inner.put_multipart_opts(key, o).await
        }

        async fn get_opts(&self, key: &Key, options: GetOptions) -> object_store::Result<GetResult> {
            match &options.range {
                Some(GetRange::Bounded(range)) => self.read.lock().unwrap().push(range.clone()),
                None => assert!(options.head, "the whole object is asked for"),
                Some(other) => panic!("{other:?}"),
            }
            if self.fails.load(Ordering::Relaxed) {
                let source = "Server returned non-2xx status code: 500 Internal Server Error: ".into();
                return Err(object_store::Error::Generic { store: "watched", source });
            }
            self.inner.get_opts(key, options).await
        }

        fn delete_stream(
            &self,
            keys: BoxStream<'static, object_store::Result<Key>>,
        ) -> BoxStream<'static, object_store::Result<Key>> {
            self.inner.delete_stream(keys)
        }

        fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
            self.inner.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Key>) -> object_store::Result<ListResult> {
            self.inner.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Key, to: &Key, o: CopyOptions) -> object_store::Result<()> {
            self.inner.copy_opts(from, to, o).await
        }
    }

    fn put(store: &dyn ObjectStore, key: &str, bytes: impl Into<PutPayload>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.put_opts(&Key::parse(key).unwrap(), bytes.into(), PutOptions::default())).unwrap();
    }

    fn found(store: &Arc<dyn ObjectStore>, key: &str, monitor: &Monitor) -> Result<Vec<(DataFile, Opened)>, LoadError> {
        let url = ObjectUrl::of(Path::new(&format!("s3://shop/{key}"))).unwrap().unwrap();
        find_in(&Bucket::of(Arc::clone(store), monitor), &url)
    }

    fn opened(store: &Arc<dyn ObjectStore>, key: &str, monitor: &Monitor) -> Result<Source, LoadError> {
        Source::of_found(PathBuf::from(format!("s3://shop/{key}")), found(store, key, monitor)?)
    }

    const SILENT: fn() -> Monitor = Monitor::silent;
    const N_ROWS: usize = 30_000;
    const N_COLUMNS: usize = 6;

    /// Numbers that do not compress, an id, a text, and bytes that are text, in row groups of 10,000 rows.
    fn parquet(seed: u64) -> Vec<u8> {
        let noise = |i: usize, column: u64| {
            let bits = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_mul(2 * (seed + column) + 1);
            f64::from_bits((bits >> 12) | 0x3FF0_0000_0000_0000)
        };
        let mut columns: Vec<(String, ArrayRef)> = (0..N_COLUMNS as u64)
            .map(|column| {
                let values: Float64Array = (0..N_ROWS).map(|i| (i % 97 != 0).then(|| noise(i, column))).collect();
                (format!("x{column}"), Arc::new(values) as ArrayRef)
            })
            .collect();
        columns.push(("id".into(), Arc::new(Int64Array::from_iter_values(0..N_ROWS as i64))));
        let texts = (0..N_ROWS).map(|i| format!("region {}", i % 7));
        columns.push(("region".into(), Arc::new(StringArray::from_iter_values(texts))));
        columns.push(("note".into(), Arc::new(BinaryArray::from_iter_values((0..N_ROWS).map(|i| i.to_string())))));
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(10_000)).build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    fn numbers(source: &Source, column: &str) -> Result<Vec<f64>, LoadError> {
        let position = source.position(column).unwrap();
        let mut all = Vec::new();
        for (file, opened) in source.files.iter().enumerate() {
            for group in 0..opened.row_groups.len() {
                source.read_numbers(file, group, position, |values| all.extend_from_slice(values))?;
            }
        }
        Ok(all)
    }

    #[test]
    fn a_url_stands_for_what_a_path_stands_for() {
        let names = [
            "in/b.parquet",
            "in/a-b.parquet",
            "in/a/z.PARQ",
            "in/a/_tmp.parquet",
            "in/.c.parquet",
            "in/_log/d.parquet",
            "in/r.csv",
            "in/odd[1].pq",
            "in/y=2023/m=%C3%BC/a.pq",
            "in/y=2024/m=__HIVE_DEFAULT_PARTITION__/b.parquet",
            "none/notes.txt",
            "part=1/x.parquet",
            "part=1/k=2/y.parquet",
            "top.parquet",
        ];
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        names.iter().for_each(|name| put(&*memory, name, "x"));
        let on_disk: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
        let sources = [
            "in/a",
            "in/a/",
            "in/b.parquet",
            "in/odd[1].pq",
            "in/*.pq",
            "in/y=*",
            "in/y=*/*/*",
            "in/**/*.parquet",
            "in/y=202?",
            "in/_*",
            "in/[ab]*",
            "*",
            "**",
            "*/*.parquet",
            "none",
            "nothing",
            "no*thing",
            "in/a***",
            "part=1",
            "top.parquet",
            "in/y=*/",
        ];
        for source in sources {
            let path = folder.path().join(source);
            let expected = resolve(&path);
            // The store on disk keeps names percent-encoded, so it is asked for the others.
            for (store, is_plain) in [(&memory, true), (&on_disk, !source.contains("y=") && !source.contains("**"))] {
                if !is_plain {
                    continue;
                }
                match (&expected, found(store, source, &SILENT())) {
                    (Ok(expected), Ok(found)) => {
                        let of = |file: &DataFile| (file.name.clone(), file.partitions.clone());
                        let found: Vec<_> = found.iter().map(|(file, _)| of(file)).collect();
                        assert_eq!(found, expected.iter().map(of).collect::<Vec<_>>(), "{source}");
                    }
                    (Err(expected), Err(found)) => {
                        let is_same = std::mem::discriminant(expected) == std::mem::discriminant(&found);
                        // Who walks folders from a pattern over all of them may meet partitions that differ; so may we.
                        assert!(is_same, "{source}: {expected} but {found}");
                        assert!(found.to_string().contains("s3://shop"), "{found}");
                    }
                    (expected, found) => match expected {
                        // `find` holds partitions against each other behind both.
                        Err(LoadError::PartitionsDiffer { .. }) => assert!(found.is_ok(), "{source}"),
                        _ => panic!("{source}: {expected:?} but {found:?}"),
                    },
                }
            }
        }
    }

    #[test]
    fn the_same_bytes_are_the_same_table() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Arc::new(InMemory::new());
        for (name, seed) in [("y=1/a.parquet", 1), ("y=2/b.parquet", 2)] {
            let bytes = parquet(seed);
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), &bytes).unwrap();
            put(&*memory, &format!("in/{name}"), bytes);
        }
        let here = Arc::new(Source::open(folder.path()).unwrap());
        let local: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
        for (store, key) in [(memory as Arc<dyn ObjectStore>, "in"), (local, "")] {
            let there = Arc::new(opened(&store, key, &SILENT()).unwrap());
            assert_eq!(there.columns(), here.columns());
            assert_eq!(Fingerprint::of(&there).unwrap(), Fingerprint::of(&here).unwrap());
            for column in ["x0", "x5", "id"] {
                let bits = |source| numbers(source, column).unwrap().into_iter().map(f64::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(&there), bits(&here), "{column}");
                assert_eq!(there.column_bytes(column), here.column_bytes(column));
            }
            let rows = |source: &Arc<Source>| {
                let chunks = RowStream::new(source, &["id", "region", "note", "y"], &["x1", "x2"]).unwrap();
                chunks.map(|chunk| format!("{:?}", chunk.unwrap())).collect::<Vec<_>>()
            };
            assert_eq!(rows(&there), rows(&here));
            let row = find_row(&there, Some("id"), "29999", Duplicates::Last).unwrap().unwrap();
            assert_eq!(row, 2 * N_ROWS - 1);
            assert_eq!(read_row(&there, row, &["x3"]).unwrap(), read_row(&here, row, &["x3"]).unwrap());
        }
    }

    #[test]
    fn of_columns_that_nobody_asks_for_no_byte_is_fetched() {
        let watched = Arc::new(Watched::default());
        let bytes = parquet(3);
        let size = bytes.len() as u64;
        put(&*watched, "t.parquet", bytes);
        let store: Arc<dyn ObjectStore> = Arc::clone(&watched) as _;
        let source = Arc::new(opened(&store, "t.parquet", &SILENT()).unwrap());
        // Opening reads the beginning, the end with the footer, and the bytes that may be text.
        let chunk_bytes = |column: &str| {
            let super::super::stored::Stored::Parquet(footer, _) = &source.files[0].stored else { panic!() };
            let groups = footer.declared.metadata().row_groups();
            let columns = groups.iter().flat_map(|group| group.columns());
            let own = columns.filter(|chunk| chunk.column_path().string() == column);
            own.map(|chunk| chunk.byte_range()).collect::<Vec<_>>()
        };
        let sum = |column: &str| chunk_bytes(column).iter().map(|(_, length)| length).sum::<u64>();
        assert!(watched.bytes_read() <= (64 << 10) + 12 + sum("note"), "{} of {size}", watched.bytes_read());

        let exactly = |column: &str, what: &dyn Fn()| {
            watched.forget();
            what();
            let expected: Vec<Range<u64>> =
                chunk_bytes(column).iter().map(|(start, length)| *start..start + length).collect();
            assert_eq!(*watched.read.lock().unwrap(), expected, "{column}");
        };
        exactly("x2", &|| assert_eq!(numbers(&source, "x2").unwrap().len(), N_ROWS));
        exactly("region", &|| assert_eq!(RowStream::new(&source, &["region"], &[]).unwrap().count(), 1));
        exactly("x4", &|| {
            let stream = RowStream::new(&source, &[], &["x4"]).unwrap();
            assert_eq!(stream.map(|chunk| chunk.unwrap().n_rows).sum::<usize>(), N_ROWS);
        });
        assert!(6 * sum("x2") < size, "{} of {size}", sum("x2"));
    }

    #[test]
    fn what_is_longer_than_a_piece_comes_whole_and_in_order() {
        let watched = Arc::new(Watched::default());
        let bytes: Vec<u8> = (0..20_000_003u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        put(&*watched, "long", bytes.clone());
        let store: Arc<dyn ObjectStore> = Arc::clone(&watched) as _;
        let (_, object) = found(&store, "long", &SILENT()).unwrap().remove(0);
        assert_eq!(object.read_at(5, 19_999_990).unwrap(), bytes[5..19_999_995]);
        assert_eq!(watched.read.lock().unwrap().len(), 3);
        assert_eq!(object.read_at(19_000_000, u64::MAX).unwrap(), bytes[19_000_000..]);
        assert_eq!(object.read_at(30_000_000, 5).unwrap().len(), 0);
        let mut whole = Vec::new();
        std::io::Read::read_to_end(&mut object.read_from(7).unwrap(), &mut whole).unwrap();
        assert_eq!(whole, bytes[7..]);
    }

    #[test]
    fn an_object_that_changes_while_it_is_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (old, other) = (parquet(1), parquet(2));
        assert_eq!(old.len(), other.len(), "only the e-tag tells them apart");
        let local = || Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap()) as Arc<dyn ObjectStore>;
        for store in [Arc::new(InMemory::new()) as Arc<dyn ObjectStore>, local()] {
            for now in [other.clone(), old[..old.len() / 3].to_vec(), [&old[..], b"more"].concat()] {
                put(&*store, "t.parquet", old.clone());
                let source = Arc::new(opened(&store, "t.parquet", &SILENT()).unwrap());
                // A file system counts the time of a change in ticks.
                std::thread::sleep(Duration::from_millis(20));
                put(&*store, "t.parquet", now);
                let by_chunk = numbers(&source, "x1").unwrap_err();
                let by_rows = RowStream::new(&source, &["region"], &[]).unwrap().next().unwrap().unwrap_err();
                let by_hash = Fingerprint::of(&source).unwrap_err();
                for error in [by_chunk, by_rows, by_hash] {
                    assert!(matches!(error, LoadError::SourceChanged { .. }), "{error}");
                    assert!(error.to_string().contains("s3://shop/t.parquet"), "{error}");
                    assert_eq!(error.category(), Category::Input);
                }
            }
        }
        let store = local();
        put(&*store, "gone.parquet", old);
        let source = opened(&store, "gone.parquet", &SILENT()).unwrap();
        fs::remove_file(folder.path().join("gone.parquet")).unwrap();
        let message = numbers(&source, "x1").unwrap_err().to_string();
        assert!(message.ends_with("it is gone"), "{message}");
    }

    #[test]
    fn a_store_that_fails_is_told_with_the_url_and_not_asked_again() {
        let watched = Arc::new(Watched::default());
        put(&*watched, "in/t.parquet", parquet(1));
        let store: Arc<dyn ObjectStore> = Arc::clone(&watched) as _;
        let source = Arc::new(opened(&store, "in", &SILENT()).unwrap());
        watched.fails.store(true, Ordering::Relaxed);
        watched.forget();
        for error in [
            numbers(&source, "x1").unwrap_err(),
            RowStream::new(&source, &["region"], &[]).unwrap().next().unwrap().unwrap_err(),
            Fingerprint::of(&source).unwrap_err(),
        ] {
            let message = error.to_string();
            let expected = "s3://shop/in/t.parquet cannot be read: the store answers 500 Internal Server Error";
            assert_eq!(message, expected);
            assert_eq!(error.category(), Category::Input);
            assert!(error.hint().unwrap().contains("six times"));
        }
        assert_eq!(watched.read.lock().unwrap().len(), 1);
        // Opening fails alike.
        assert!(opened(&store, "in", &SILENT()).unwrap_err().to_string().contains("500 Internal Server Error"));
    }

    #[test]
    fn waiting_for_a_store_ends_when_the_monitor_says_so() {
        let slow = ThrottleConfig { wait_get_per_call: Duration::from_secs(60), ..ThrottleConfig::default() };
        let memory = InMemory::new();
        put(&memory, "t.parquet", parquet(1));
        let store: Arc<dyn ObjectStore> = Arc::new(ThrottledStore::new(memory, slow));
        let began = Instant::now();
        let limit = Duration::from_millis(200);
        let error = opened(&store, "t.parquet", &Monitor::silent().with_time_limit(limit)).unwrap_err();
        assert!(matches!(error, LoadError::Stopped(Stopped::TimeLimit(_))), "{error}");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }

    #[test]
    fn a_column_that_somebody_stops_to_read_is_no_damaged_one() {
        struct Nobody;
        impl Progress for Nobody {
            fn begin(&self, _: &str, _: u64) -> Box<dyn TaskSink> {
                Box::new(Nobody)
            }
        }
        impl TaskSink for Nobody {
            fn advance(&self, _: u64) {}
        }
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        put(&*store, "t.parquet", parquet(1));
        let stop = Arc::new(AtomicBool::new(false));
        let source = opened(&store, "t.parquet", &Monitor::new(Arc::new(Nobody), Arc::clone(&stop))).unwrap();
        stop.store(true, Ordering::Relaxed);
        for error in [numbers(&source, "x1").unwrap_err(), Fingerprint::of(&source).unwrap_err()] {
            assert!(matches!(error, LoadError::Stopped(Stopped::Interrupted)), "{error}");
        }
    }

    #[test]
    fn what_is_no_table_is_told_as_of_a_file() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        put(&*store, "t.csv", "id,x\n1,2\n3,4\n");
        put(&*store, "empty.parquet", "");
        let whole = parquet(1);
        put(&*store, "cut.parquet", whole[..whole.len() - 100].to_vec());
        for (key, message) in [
            ("t.csv", "s3://shop/t.csv is not a Parquet file: it begins with \"id,x\\n1,2\\n3,4\" instead of \"PAR1\""),
            ("empty.parquet", "s3://shop/empty.parquet is empty (0 bytes)"),
            ("cut.parquet", "s3://shop/cut.parquet is cut off"),
        ] {
            let error = opened(&store, key, &SILENT()).unwrap_err();
            assert!(error.to_string().starts_with(message), "{error}");
            assert_eq!(error.category(), Category::Input);
        }
    }
}
