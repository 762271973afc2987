//! Writes shares with their standard errors, and tables, as Markdown.

/// What stands where nobody was there to be counted.
const NONE: &str = "-";

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Share {
    pub(super) hits: u64,
    pub(super) of: u64,
}

impl Share {
    /// Counts the trues.
    pub(super) fn of(all: impl IntoIterator<Item = bool>) -> Self {
        all.into_iter()
            .fold(Self::default(), |share, hit| Self { hits: share.hits + u64::from(hit), of: share.of + 1 })
    }

    pub(super) fn percent(self) -> f64 {
        100.0 * self.hits as f64 / self.of.max(1) as f64
    }

    /// The binomial standard error in percentage points, from the share itself.
    pub(super) fn standard_error(self) -> f64 {
        let share = self.percent() / 100.0;
        100.0 * (share * (1.0 - share) / self.of.max(1) as f64).sqrt()
    }

    /// Whole percentages where they say enough; a share of nobody is none.
    pub(super) fn rough(self) -> String {
        if self.of == 0 {
            NONE.to_owned()
        } else if self.percent() >= 10.0 {
            format!("{:.0}", self.percent())
        } else {
            format!("{:.1}", self.percent())
        }
    }

    /// The percentage with its standard error in brackets; a share of nobody is none.
    pub(super) fn with_error(self) -> String {
        if self.of == 0 {
            return NONE.to_owned();
        }
        format!("{:.1} ({:.1})", self.percent(), self.standard_error())
    }
}

/// A Markdown table.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    let body: String = rows.iter().map(|row| line(row)).collect();
    format!("{}{rule}{body}", line(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_carry_their_error() {
        let share = Share { hits: 100, of: 2_000 };
        // sqrt(.05 * .95 / 2000) = 0.00487.
        assert_eq!(share.with_error(), "5.0 (0.5)");
        assert_eq!(Share::of([true, false, true, true]), Share { hits: 3, of: 4 });
        assert_eq!(Share { hits: 1, of: 3 }.rough(), "33");
        let nobody = Share::default();
        assert_eq!((nobody.rough(), nobody.with_error()), ("-".to_owned(), "-".to_owned()));
    }

    #[test]
    fn tables_have_a_rule() {
        assert_eq!(
            table(&["a", "b"], &[vec!["1".to_owned(), "2".to_owned()]]),
            "| a | b |\n|---|---|\n| 1 | 2 |\n"
        );
    }
}
