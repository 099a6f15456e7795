//! How figures are written: thousands apart, shares in percent, few digits.

/// 20134 → `20,134`.
pub(crate) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A value without its decimals: 1234567.8 → `1,234,568`, −20134.2 → `−20,134`.
pub(crate) fn whole(value: f64) -> String {
    let digits = grouped(&format!("{:.0}", value.abs()));
    if value <= -0.5 { format!("−{digits}") } else { digits }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// 20134 → `+20,134`, −20134 → `−20,134`, 0 → `0`.
#[cfg(feature = "report")]
pub(crate) fn change(n: f64) -> String {
    let sign = match n {
        n if n > 0.0 => "+",
        n if n < 0.0 => "−",
        _ => "",
    };
    format!("{sign}{}", count(n.abs() as u64))
}

/// 0.2134 → `21.3 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0).replace('-', "−")
}

/// 0.2134 → `21 %`.
pub(crate) fn whole_percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A figure with `digits` decimals and a true minus; `–` when there is none.
#[cfg(feature = "report")]
pub(crate) fn decimal(value: Option<f64>, digits: usize) -> String {
    match value {
        Some(value) => {
            let text = format!("{value:.digits$}");
            let negative_zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
            if negative_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
        }
        None => "–".to_owned(),
    }
}

/// A difference with `digits` decimals and its sign: +0.82, −0.10.
#[cfg(feature = "report")]
pub(crate) fn signed(value: f64, digits: usize) -> String {
    let text = decimal(Some(value), digits);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A figure of any size in four significant digits: 1234567 → `1,234,567`, 0.01234 → `0.0123`.
#[cfg(feature = "report")]
pub(crate) fn plain(value: f64) -> String {
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 1e-3) {
        return format!("{value:.2e}").replace('-', "−");
    }
    if size >= 1000.0 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", count(size.round() as u64));
    }
    let digits = match size {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 => 2,
        _ => 3,
    };
    decimal(Some(value), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        assert_eq!([count(7), count(1234), count(1_234_567)], ["7", "1,234", "1,234,567"]);
        let amounts = [0.0, 999.4, 1000.0, 1_234_567.8, -0.4, -4321.0];
        assert_eq!(amounts.map(whole), ["0", "999", "1,000", "1,234,568", "0", "−4,321"]);
        assert_eq!([percent(0.2134), whole_percent(0.2134)], ["21.3 %", "21 %"]);
    }

    #[cfg(feature = "report")]
    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!([change(1234.0), change(-7.0), change(0.0)], ["+1,234", "−7", "0"]);
        assert_eq!(decimal(Some(-0.2), 1), "−0.2");
        assert_eq!(decimal(Some(-0.0001), 2), "0.00");
        assert_eq!([signed(0.823, 2), signed(-0.1, 2), signed(0.0, 1)], ["+0.82", "−0.10", "0.0"]);
        assert_eq!([plain(1234.5), plain(56.78), plain(0.0123), plain(-3.0)], ["1,235", "56.8", "0.012", "−3.00"]);
    }
}
