//! Input that cannot be read: every file of `tests/bad_data/` has its message here, and damaged bytes never panic.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use segmint::config::SourcePlan;
use segmint::failure::{Category, Failure};
use segmint::load::{LoadError, RowStream, Source, is_decoding, open};
use segmint::monitor::Monitor;

use crate::parquet_table::{write, write_with};

fn plan(path: &Path, id: Option<&str>) -> SourcePlan {
    SourcePlan { id: id.map(str::to_owned), ..SourcePlan::new(path) }
}

/// File, id column, message with `@` for the path, first words of the hint.
const CORPUS: &[(&str, Option<&str>, &str, &str)] = &[
    ("all_null", None, "@ has no numeric column with a value that could be a feature", "features are columns of"),
    (
        "csv_text",
        None,
        "@ is not a Parquet file: it begins with \"id,recency,m\" instead of \"PAR1\"",
        "only Parquet is read; convert the table first",
    ),
    (
        "cut_off",
        None,
        "@ is cut off: it begins as a Parquet file, but its 144 bytes do not end as one",
        "the copy or the writing was probably interrupted",
    ),
    ("empty", None, "@ is empty (0 bytes)", "the copy or the writing was probably interrupted"),
    ("encrypted", None, "@ is encrypted", "write it without encryption"),
    ("footer_rubbish", None, "the footer of @ is damaged: ", "write or copy the file again"),
    ("footer_too_long", None, "the footer of @ is damaged: ", "write or copy the file again"),
    (
        "magic_only",
        None,
        "@ is cut off: it begins as a Parquet file, but its 8 bytes do not end as one",
        "the copy or the writing was probably interrupted",
    ),
    ("nested_only", None, "@ has no numeric column with a value that could be a feature", "features are columns of"),
    ("no_columns", None, "@ has no rows", ""),
    ("no_rows", None, "@ has no rows", ""),
    (
        "null_id",
        Some("customer_id"),
        "the id column \"customer_id\" has no value in row 1 of @ (1 row without an id)",
        "give every customer an id",
    ),
    ("page_checksum", Some("id"), "column \"x\" of @ is damaged in row group 0: ", "write or copy the file again"),
    ("page_header", None, "column \"x\" of @ is damaged in row group 0: ", "write or copy the file again"),
    ("page_zstd", None, "column \"x\" of @ is damaged in row group 0: ", "write or copy the file again"),
    (
        "repeated_id",
        Some("customer_id"),
        "the id \"8\" of column \"customer_id\" occurs twice, in row 1 of @ and in row 3 of @ (1 row repeats an earlier id)",
        "set source.duplicates to \"first\" or \"last\"",
    ),
    ("same_name", None, "@ has two columns named \"x\"", "rename one of them where the file is written"),
    ("text_only", None, "@ has no numeric column with a value that could be a feature", "features are columns of"),
];

fn corpus_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_data")
}

#[test]
fn every_bad_file_has_its_message() {
    let mut without_test: BTreeSet<String> = std::fs::read_dir(corpus_folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".parquet").map(str::to_owned))
        .collect();
    for (name, id, message, hint) in CORPUS {
        let path = corpus_folder().join(format!("{name}.parquet"));
        let error = open(&plan(&path, *id), &[], &Monitor::silent()).err().expect(name);
        let expected = message.replace('@', &path.display().to_string());
        let said = error.to_string();
        // What a decoder says of damaged bytes is its own; that it says something is enough.
        let agrees =
            if message.ends_with(": ") { said.starts_with(&expected) && said != expected } else { said == expected };
        assert!(agrees, "{name}: {said}");
        assert!(!said.contains('\n') && !said.ends_with('.') && !said.contains("Parquet error"), "{name}: {said}");
        assert!(error.hint().unwrap_or_default().starts_with(hint), "{name}: {:?}", error.hint());
        assert_eq!(error.category(), Category::Input, "{name}");
        assert!(without_test.remove(*name), "{name}.parquet is gone");
    }
    assert!(without_test.is_empty(), "no test names {without_test:?}");
}

#[test]
fn a_damaged_column_is_named_by_a_stream_too() {
    let path = corpus_folder().join("page_header.parquet");
    let source = Arc::new(Source::open(&path).unwrap());
    let mut stream = RowStream::new(&source, &["id"], &["x", "id"]).unwrap();
    let error = stream.next().unwrap().unwrap_err();
    assert!(matches!(error, LoadError::DamagedColumn { ref column, .. } if column == "x"), "{error}");
    assert!(stream.next().is_none(), "after an error the stream ends");
}

#[test]
fn columns_that_are_not_read_may_be_damaged() {
    let path = corpus_folder().join("page_header.parquet");
    let plan = SourcePlan { exclude: vec!["x".to_owned()], ..plan(&path, None) };
    assert_eq!(open(&plan, &[], &Monitor::silent()).unwrap().table.features, ["id"]);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write(&path, &[("x", Arc::new(Float64Array::from(vec![1.0])))]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The administrator may read everything; then nothing is refused.
    let error = match std::fs::File::open(&path) {
        Ok(_) => {
            let reason = std::io::Error::from_raw_os_error(13);
            LoadError::Unreadable { path: path.clone(), reason }
        }
        Err(_) => Source::open(&path).unwrap_err(),
    };
    let said = error.to_string();
    assert_eq!(said, format!("{} cannot be read: Permission denied (os error 13)", path.display()));
    assert_eq!(error.hint().unwrap(), "check the permissions of the file and of its folders");
}

#[test]
fn damaged_bytes_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from((0..40).collect::<Vec<i64>>()))),
        ("x", Arc::new((0..40).map(|i| (i % 7 > 0).then_some(f64::from(i) / 3.0)).collect::<Float64Array>())),
        ("t", Arc::new((0..40).map(|i| (i % 5 > 0).then(|| format!("level {}", i % 3))).collect::<StringArray>())),
    ];
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let packed = WriterProperties::builder().set_compression(zstd).set_max_row_group_row_count(Some(23));
    for properties in [WriterProperties::builder().build(), packed.build()] {
        write_with(&path, &columns, properties);
        let whole = std::fs::read(&path).unwrap();
        let check = |bytes: &[u8], what: &str| {
            std::fs::write(&path, bytes).unwrap();
            let read = open(&plan(&path, Some("id")), &[], &Monitor::silent());
            assert!(!is_decoding(), "outside the decoder a panic is a bug again");
            if let Err(error) = read {
                let said = error.to_string();
                assert!(!said.contains('\n'), "{what}: {said}");
            }
        };
        for length in (0..whole.len()).step_by(13) {
            check(&whole[..length], &format!("cut to {length} bytes"));
            assert!(Source::open(&path).is_err(), "cut to {length} bytes");
        }
        for at in (0..whole.len()).step_by(7) {
            let flip = if at % 2 == 0 { 0xff } else { 1 << (at % 8) };
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            check(&bytes, &format!("byte {at} xor {flip}"));
        }
    }
}
