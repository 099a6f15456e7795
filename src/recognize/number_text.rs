//! Numbers written for people: `1,234.50`, `€ 1.234,50`, `(5.00)`, `12 %`, `１２３`.

use super::names::half_width;
use crate::config::DecimalMark;

/// The number that `text` writes with the decimal mark `decimal`, or `None`.
///
/// Allowed around the digits, each once: a sign before or behind (`-5`, `5-`) or brackets for a negative amount; a currency
/// as a sign or a usual code, before or behind; a per-cent sign. Currency and per cent are units: `12 %` is 12, `¥3,000` is
/// 3000. Thousands are grouped by the other mark, by spaces of any width or by apostrophes, in threes or as in India
/// (`12,34,567`); groups of other sizes are no number, so that `1,5` is never 15. Digits and marks may be full-width. An
/// exponent (`1.5e3`) is allowed without groups. The value is the nearest f64; what is not finite is `None`.
///
/// ```
/// use segmint::config::DecimalMark::{Comma, Point};
/// use segmint::recognize::number;
/// assert_eq!(number("$-1,234.50", Point), Some(-1234.5));
/// assert_eq!(number("1.234,50 €", Comma), Some(1234.5));
/// assert_eq!(number("１２％", Point), Some(12.0));
/// assert_eq!(number("1,5", Point), None);
/// ```
pub fn number(text: &str, decimal: DecimalMark) -> Option<f64> {
    Written::of(text)?.value(decimal)
}

/// What stands around the digits of a number as its unit: `%`, `€`, nothing.
pub(super) fn unit_of(number: &str) -> String {
    let is_of_number = |c: &char| c.is_ascii_digit() || c.is_whitespace() || ".,'+-()".contains(*c);
    let unit: String = number.chars().filter_map(plain).filter(|c| !is_of_number(c)).collect();
    // An exponent is none.
    if unit.eq_ignore_ascii_case("e") { String::new() } else { unit.to_uppercase() }
}

/// What the texts of a column say about its decimal mark.
///
/// A text decides when it is a number with one mark and none with the other (`1.5`, `1.234,50`, `0,123`). `1,234` and
/// `1.234` alone do not. Counts only, so that parts of a column can be added up in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecimalEvidence {
    /// Texts that are numbers with a decimal point only.
    pub n_point: usize,
    /// Texts that are numbers with a decimal comma only.
    pub n_comma: usize,
    /// Texts such as `1,234`: a thousand, or one and a part.
    pub n_open_comma: usize,
    /// Texts such as `1.234`.
    pub n_open_point: usize,
}

impl DecimalEvidence {
    /// Takes one text into account.
    pub fn add(&mut self, text: &str) {
        let Some(written) = Written::of(text) else { return };
        match (written.value(DecimalMark::Point), written.value(DecimalMark::Comma)) {
            (Some(_), None) => self.n_point += 1,
            (None, Some(_)) => self.n_comma += 1,
            (Some(a), Some(b)) if a != b && written.digits.contains(',') => self.n_open_comma += 1,
            (Some(a), Some(b)) if a != b => self.n_open_point += 1,
            _ => {}
        }
    }

    /// Adds what another part of the column says.
    pub fn merge(self, other: DecimalEvidence) -> DecimalEvidence {
        DecimalEvidence {
            n_point: self.n_point + other.n_point,
            n_comma: self.n_comma + other.n_comma,
            n_open_comma: self.n_open_comma + other.n_open_comma,
            n_open_point: self.n_open_point + other.n_open_point,
        }
    }

    /// The decimal mark of the column; `None` when it cannot be told.
    ///
    /// - The mark of the texts that decide, as long as those of the other are at most one in twenty.
    /// - When none decides: the point where every open text is like `1,234`, or where there is none.
    /// - Else (`1.234` alone, which is one and a part here and a thousand there) it cannot be told.
    pub fn mark(&self) -> Option<DecimalMark> {
        let decided = self.n_point + self.n_comma;
        if decided == 0 {
            return (self.n_open_point == 0).then_some(DecimalMark::Point);
        }
        let outvoted = |n: usize| n * 20 <= decided;
        match (outvoted(self.n_comma), outvoted(self.n_point)) {
            (true, _) => Some(DecimalMark::Point),
            (_, true) => Some(DecimalMark::Comma),
            _ => None,
        }
    }
}

/// A text without its units: sign and the digits with whatever stands between them.
struct Written {
    is_negative: bool,
    digits: String,
}

impl Written {
    fn of(text: &str) -> Option<Written> {
        let plain: String = text.chars().filter_map(plain).collect();
        let mut rest = plain.trim();
        let (mut is_negative, mut has_sign, mut has_unit, mut is_share) = (false, false, false, false);
        loop {
            let before = rest.len();
            if let Some(after) = rest.strip_prefix(['-', '+']).filter(|_| !has_sign) {
                (has_sign, is_negative) = (true, rest.starts_with('-'));
                rest = after;
            } else if let Some(after) = rest.strip_suffix('-').filter(|_| !has_sign) {
                (has_sign, is_negative, rest) = (true, true, after);
            } else if let Some(inside) = in_brackets(rest).filter(|_| !has_sign) {
                (has_sign, is_negative, rest) = (true, true, inside);
            } else if let Some(after) = rest.strip_suffix('%').filter(|_| !is_share) {
                (is_share, rest) = (true, after);
            } else if let Some(after) = without_currency(rest).filter(|_| !has_unit) {
                (has_unit, rest) = (true, after);
            }
            rest = rest.trim();
            if rest.len() == before {
                break;
            }
        }
        let is_body = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\'' | 'e' | 'E' | '+' | '-');
        let has_digit = rest.contains(|c: char| c.is_ascii_digit());
        (has_digit && rest.chars().all(is_body)).then(|| Written { is_negative, digits: rest.to_owned() })
    }

    fn value(&self, decimal: DecimalMark) -> Option<f64> {
        let (mark, group) = match decimal {
            DecimalMark::Point => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let (mantissa, exponent) = match self.digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (self.digits.as_str(), None),
        };
        let (whole, part) = mantissa.split_once(mark).unwrap_or((mantissa, ""));
        let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + part.len() == 0 || !are_digits(part) {
            return None;
        }
        let separator = whole.chars().find(|c| !c.is_ascii_digit());
        let grouped = match separator {
            None => whole.to_owned(),
            Some(separator) if separator == group || matches!(separator, ' ' | '\'') => {
                let groups: Vec<&str> = whole.split(separator).collect();
                (exponent.is_none() && are_thousands(&groups)).then(|| groups.concat())?
            }
            Some(_) => return None,
        };
        let exponent = exponent.unwrap_or("0");
        if !are_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)) {
            return None;
        }
        let value: f64 = format!("{grouped}.{part}e{exponent}").parse().ok()?;
        value.is_finite().then_some(if self.is_negative { -value } else { value })
    }
}

/// What stands in brackets, as the books of a firm write what is below zero.
fn in_brackets(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

/// Whether digits are grouped as thousands are: 1 to 3, then threes; or, as in India, 1 to 2, twos, and three at the end.
fn are_thousands(groups: &[&str]) -> bool {
    let ([first, middle @ .., last], true) = (groups, groups.len() > 1) else { return false };
    let are_digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let of = |size: usize| (1..=size).contains(&first.len()) && middle.iter().all(|group| group.len() == size);
    are_digits && !first.starts_with('0') && last.len() == 3 && (of(3) || of(2))
}

/// The character in its plain form; `None` for those that do not show.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' => None,
        '￥' => Some('¥'),
        '−' | '–' | '﹣' => Some('-'),
        '’' | '‘' | 'ʼ' | '´' => Some('\''),
        c if c.is_whitespace() => Some(' '),
        c => Some(half_width(c)),
    }
}

/// Codes and words of currencies, in capitals.
const CURRENCIES: [&str; 60] = [
    "USD",
    "EUR",
    "GBP",
    "CNY",
    "RMB",
    "JPY",
    "CHF",
    "AUD",
    "CAD",
    "NZD",
    "HKD",
    "TWD",
    "SGD",
    "KRW",
    "INR",
    "BRL",
    "MXN",
    "ARS",
    "CLP",
    "COP",
    "PEN",
    "ZAR",
    "RUB",
    "UAH",
    "TRY",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "SEK",
    "NOK",
    "DKK",
    "ISK",
    "THB",
    "VND",
    "IDR",
    "MYR",
    "PHP",
    "AED",
    "SAR",
    "ILS",
    "EGP",
    "NGN",
    "RS",
    "RS.",
    "FR",
    "FR.",
    "KR",
    "KR.",
    "ZŁ",
    "KČ",
    "FT",
    "TL",
    "РУБ",
    "РУБ.",
    "元",
    "円",
    "人民币",
    "원",
];

/// The text without a currency at its beginning or end.
fn without_currency(text: &str) -> Option<&str> {
    let belongs = |c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '%' | ' ' | ',' | '\'' | '(' | ')');
    let start = text.find(|c: char| !belongs(c)).unwrap_or(text.len());
    if start > 0 && is_currency(&text[..start]) {
        return Some(&text[start..]);
    }
    let end = text.char_indices().rev().take_while(|&(_, c)| belongs(c)).last().map_or(text.len(), |(at, _)| at);
    (end < text.len() && is_currency(&text[end..])).then(|| &text[..end])
}

/// A currency sign, also with its country before it (`R$`, `US$`), or one of [`CURRENCIES`].
fn is_currency(text: &str) -> bool {
    let is_sign = |c: char| matches!(c, '$' | '¢' | '£' | '¥' | '฿' | '₠'..='\u{20CF}');
    match text.strip_suffix(is_sign) {
        Some(country) => country.len() <= 3 && country.bytes().all(|b| b.is_ascii_uppercase()),
        None => CURRENCIES.contains(&text.to_uppercase().as_str()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::DecimalMark::{Comma, Point};
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let golden = [
            ("7", 7.0),
            ("1,234.50", 1234.5),
            ("12 %", 12.0),
            ("12%", 12.0),
            ("-3.5 %", -3.5),
            ("¥3,000", 3000.0),
            ("￥3,000", 3000.0),
            ("3,000元", 3000.0),
            ("$-5", -5.0),
            ("-$5", -5.0),
            ("- $ 5.25", -5.25),
            ("(5.00)", -5.0),
            ("($1,234.00)", -1234.0),
            ("$(1,234.00)", -1234.0),
            ("€ (12.30)", -12.3),
            ("(12.30) EUR", -12.3),
            ("(12.30)", -12.3),
            ("(4) %", -4.0),
            ("5.00-", -5.0),
            ("+4", 4.0),
            ("１２３", 123.0),
            ("１，２３４．５", 1234.5),
            ("1'234.50", 1234.5),
            ("CHF 1’234.50", 1234.5),
            ("1 234.5", 1234.5),
            ("1\u{a0}234\u{a0}567", 1_234_567.0),
            ("1\u{202f}234.5", 1234.5),
            ("1\u{2009}234", 1234.0),
            ("12,34,567.8", 1_234_567.8),
            ("R$ 10", 10.0),
            ("US$10", 10.0),
            ("10 USD", 10.0),
            ("₹ 1,00,000", 100_000.0),
            ("1.5e3", 1500.0),
            ("-1E-2", -0.01),
            (".5", 0.5),
            ("5.", 5.0),
            ("\u{feff}42", 42.0),
            ("  42\t", 42.0),
            ("007", 7.0),
            ("−8", -8.0),
        ];
        for (text, value) in golden {
            assert_eq!(number(text, Point), Some(value), "{text:?}");
        }
        let with_comma = [
            ("1.234,50", 1234.5),
            ("€ 1.234,50", 1234.5),
            ("1.234,50 €", 1234.5),
            ("1.234.567", 1_234_567.0),
            ("12,5 %", 12.5),
            ("1 234,56", 1234.56),
            ("-0,5", -0.5),
            ("1,5 kr", 1.5),
            ("12 zł", 12.0),
            ("3,5E2", 350.0),
        ];
        for (text, value) in with_comma {
            assert_eq!(number(text, Comma), Some(value), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_guessed_at() {
        let never = [
            "",
            " ",
            "-",
            "%",
            "€",
            "n/a",
            "nan",
            "inf",
            "Infinity",
            "NULL",
            "abc",
            "12a",
            "0x10",
            "1e",
            "e5",
            "--5",
            "1,23,45",
            "2012-09-04",
            "04.09.2012",
            "12:30",
            "1.2.3.4",
            "+49 30 1234567",
            "5 %%",
            "$$5",
            "$5€",
            "(-5",
            "((5))",
            "1 2",
            "1,,234",
            "1e400",
            "A123",
            "ABC 5",
            "v1.0",
            "1..5",
            "1_000",
            "3-5",
            "1'2345",
        ];
        for text in never {
            assert_eq!((number(text, Point), number(text, Comma)), (None, None), "{text:?}");
        }
        for text in ["1,5", "1.234,50", "0,123", "1234,567", "12,3456", "1,234e2"] {
            assert_eq!(number(text, Point), None, "{text:?}");
        }
        for text in ["1.5", "1,234.50", "0.123", "1234.567"] {
            assert_eq!(number(text, Comma), None, "{text:?}");
        }
    }

    #[test]
    fn a_column_tells_its_decimal_mark_only_where_it_can() {
        let of = |texts: &[&str]| {
            let mut evidence = DecimalEvidence::default();
            texts.iter().for_each(|text| evidence.add(text));
            evidence.mark()
        };
        assert_eq!(of(&["7", "12 %", "n/a"]), Some(Point));
        assert_eq!(of(&["1,234", "950", "12,500"]), Some(Point));
        assert_eq!(of(&["1,234", "950.5"]), Some(Point));
        assert_eq!(of(&["1.234", "0.5"]), Some(Point));
        assert_eq!(of(&["1.234", "0.123"]), Some(Point));
        assert_eq!(of(&["1.234", "12,5"]), Some(Comma));
        assert_eq!(of(&["1.234.567", "950"]), Some(Comma));
        assert_eq!(of(&["1 234,567"]), Some(Comma));
        assert_eq!(of(&["1.234", "950", "12.500"]), None);
        assert_eq!(of(&["1,234", "1.234"]), None);
        assert_eq!(of(&["1,5", "1.5"]), None);
        let mut mostly = vec!["1.5"; 40];
        mostly.push("1,5");
        assert_eq!(of(&mostly), Some(Point));
    }

    /// A number as a notation writes it: sign, currency, groups, mark.
    fn written(units: u64, hundredths: u64, style: (usize, usize, usize)) -> (String, DecimalMark) {
        let (mark, separators) = [(Point, [",", " ", "'", ""]), (Comma, [".", "\u{a0}", "’", ""])][style.0];
        let digits = units.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
        let whole = groups.join(separators[style.1]);
        let decimal = if mark == Point { '.' } else { ',' };
        let amount = format!("{whole}{decimal}{hundredths:02}");
        let amount = match style.2 {
            0 => format!("-{amount}"),
            1 => format!("({amount})"),
            2 => format!("-€ {amount}"),
            3 => format!("£-{amount}"),
            4 => format!("-{amount} %"),
            _ => format!("{amount}-"),
        };
        (amount, mark)
    }

    proptest! {
        #[test]
        fn what_a_notation_writes_it_reads(
            units in 0_u64..1_000_000_000_000,
            hundredths in 0_u64..100,
            style in (0_usize..2, 0_usize..4, 0_usize..6),
        ) {
            let (text, mark) = written(units, hundredths, style);
            let value = -format!("{units}.{hundredths:02}").parse::<f64>().unwrap();
            prop_assert_eq!(number(&text, mark), Some(value), "{}", text);
            let mut evidence = DecimalEvidence::default();
            evidence.add(&text);
            prop_assert_eq!(evidence.mark(), Some(mark), "{}", text);
        }

        #[test]
        fn whatever_is_written_nothing_breaks(text in "\\PC{0,12}", digits in "[-+0-9.,' eE%$()]{0,10}") {
            for text in [text, digits] {
                for mark in [Point, Comma] {
                    prop_assert!(number(&text, mark).is_none_or(f64::is_finite));
                }
            }
        }
    }
}
