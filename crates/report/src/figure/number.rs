//! Writes numbers for people: as many decimals as their spread deserves, never "-0".

/// Decimals that show a difference of `spread` in about two digits; 0 to 4.
pub(crate) fn decimals_for(spread: f64) -> usize {
    if !spread.is_finite() || spread <= 0.0 {
        return 2;
    }
    (1.0 - spread.log10()).ceil().clamp(0.0, 4.0) as usize
}

/// `value` with that many decimals and the minus sign given; a rounded nothing has no sign.
pub(crate) fn fixed(value: f64, decimals: usize, minus: &str) -> String {
    if !value.is_finite() {
        return "not known".to_owned();
    }
    let digits = format!("{:.*}", decimals, value.abs());
    let is_nothing = digits.bytes().all(|byte| byte == b'0' || byte == b'.');
    if value < 0.0 && !is_nothing { format!("{minus}{digits}") } else { digits }
}

/// A date in a sentence: 3 May 2026.
pub(crate) fn dated(date: jiff::civil::Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// A length or place in a picture: at most two decimals, no trailing zeros.
pub(crate) fn place(value: f64) -> String {
    let text = fixed(value, 2, "-");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_spread() {
        assert_eq!([0.028, 0.28, 2.8, 28.0, 0.0].map(decimals_for), [3, 2, 1, 0, 2]);
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(fixed(-0.001, 2, "−"), "0.00");
        assert_eq!(fixed(-0.126, 2, "−"), "−0.13");
        assert_eq!([place(12.0), place(-0.004), place(1.25), place(3.1)], ["12", "0", "1.25", "3.1"]);
        assert_eq!(fixed(f64::NAN, 1, "−"), "not known");
    }
}
