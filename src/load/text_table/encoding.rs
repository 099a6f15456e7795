//! Bytes of a text file as text: UTF-8 and UTF-16 by their marks, else UTF-8, else what Chinese spreadsheets write.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::TextTableError;
use crate::config::utf8;
use crate::{Text, Warning};

/// The text of `bytes`, and a warning when its encoding had to be judged.
pub(super) fn decode(file: &str, bytes: &[u8]) -> Result<(String, Option<Warning>), TextTableError> {
    for marked in [UTF_16LE, UTF_16BE] {
        let mark: &[u8] = if marked == UTF_16LE { b"\xff\xfe" } else { b"\xfe\xff" };
        if let Some(rest) = bytes.strip_prefix(mark) {
            return Ok((marked.decode_without_bom_handling(rest).0.into_owned(), None));
        }
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = match utf8(bytes) {
        Ok(text) => return Ok((text.to_owned(), None)),
        Err(line) => line,
    };
    let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes) else {
        return Err(TextTableError::NotText { file: file.to_owned(), line });
    };
    let warning = Warning::new(
        "read_as_gb18030",
        Text::new(
            format!("{file} is not UTF-8 and was read as GB 18030, as Chinese spreadsheets write CSV"),
            format!("{file} 不是 UTF-8，已按 GB 18030（中文电子表格导出的 CSV 编码）读取"),
        ),
    );
    Ok((text.into_owned(), Some(warning.with("file", file))))
}
