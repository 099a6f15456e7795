//! Files of text that people write.

/// The text of a file, or the line, from 1, of its first byte that is not UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, usize> {
    let line_of = |end: usize| bytes[..end].iter().filter(|&&byte| byte == b'\n').count() + 1;
    std::str::from_utf8(bytes).map_err(|error| line_of(error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_text_is_told_by_its_line() {
        assert_eq!(utf8("客户".as_bytes()), Ok("客户"));
        assert_eq!(utf8(b"\xff\xfe"), Err(1));
        assert_eq!(utf8(b"a = 1\nb = \"\xb0\"\n"), Err(2));
    }
}
