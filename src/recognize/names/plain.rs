//! The plain form of a name, in which names are compared.

/// A name without what people write in different ways: a byte-order mark, case, accents, full-width forms, a unit in
/// brackets at the end, and every sign that is neither letter nor digit.
pub fn plain(name: &str) -> String {
    let name = without_unit(name.trim_start_matches('\u{feff}').trim());
    name.chars().flat_map(folded).filter(|c| c.is_alphanumeric()).collect()
}

/// `Income (k$)` and `收入（元）` without the brackets; a name that is all bracket stays.
pub(super) fn without_unit(name: &str) -> &str {
    let Some(inner) = name.strip_suffix([')', ']', '）', '】']) else { return name };
    match inner.rfind(['(', '[', '（', '【']) {
        Some(start) if start > 0 => name[..start].trim_end(),
        _ => name,
    }
}

/// The character of ASCII of which `c` is the full-width form; others as they are.
pub(in crate::recognize) fn half_width(c: char) -> char {
    match c {
        // The forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// The lower-case letters a letter stands for, without accents.
fn folded(c: char) -> impl Iterator<Item = char> {
    let c = half_width(c);
    let letters: &[char] = match c {
        // The signs of Nº and 1ª.
        'º' | 'ª' => &[],
        'á' | 'à' | 'â' | 'ã' | 'å' | 'ä' | 'Á' | 'À' | 'Â' | 'Ã' | 'Å' | 'Ä' => &['a'],
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => &['e'],
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => &['i'],
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ö' => &['o'],
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => &['u'],
        'ç' | 'Ç' => &['c'],
        'ñ' | 'Ñ' => &['n'],
        'ß' => &['s', 's'],
        'œ' | 'Œ' => &['o', 'e'],
        // Combining accents of decomposed text.
        '\u{300}'..='\u{36f}' => &[],
        _ => &[c],
    };
    letters.iter().flat_map(|c| c.to_lowercase()).collect::<Vec<_>>().into_iter()
}
