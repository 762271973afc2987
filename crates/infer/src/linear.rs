//! Solves the small dense linear-algebra problems of a dozen parameters, without a library.

/// A square matrix of a size known at run time, stored row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    size: usize,
    values: Vec<f64>,
}

impl Square {
    /// Returns the zero matrix.
    #[must_use]
    pub fn zero(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    /// Returns the matrix with `diagonal` on its diagonal and zero elsewhere.
    #[must_use]
    pub fn diagonal(diagonal: &[f64]) -> Self {
        let mut matrix = Self::zero(diagonal.len());
        for (index, value) in diagonal.iter().enumerate() {
            matrix.set(index, index, *value);
        }
        matrix
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns one entry.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    /// Sets one entry.
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] = value;
    }

    /// Returns one row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.size..(row + 1) * self.size]
    }

    /// Returns the mean of the matrix and its transpose.
    #[must_use]
    pub fn symmetric(&self) -> Square {
        let mut symmetric = Self::zero(self.size);
        for row in 0..self.size {
            for column in 0..self.size {
                symmetric.set(row, column, 0.5 * (self.get(row, column) + self.get(column, row)));
            }
        }
        symmetric
    }

    /// Returns the lower triangular `L` with `L L' = self`, or `None` where the matrix is not positive definite.
    ///
    /// ```
    /// use nightmend_infer::linear::Square;
    /// let lower = Square::diagonal(&[4.0, 9.0]).cholesky().unwrap();
    /// assert_eq!((lower.get(0, 0), lower.get(1, 1)), (2.0, 3.0));
    /// ```
    #[must_use]
    pub fn cholesky(&self) -> Option<Square> {
        let mut lower = Self::zero(self.size);
        for row in 0..self.size {
            for column in 0..=row {
                let product = dot(&lower.row(row)[..column], &lower.row(column)[..column]);
                let left = self.get(row, column) - product;
                if row == column {
                    if !(left > 0.0 && left.is_finite()) {
                        return None;
                    }
                    lower.set(row, row, left.sqrt());
                } else {
                    let pivot = lower.get(column, column);
                    lower.set(row, column, left / pivot);
                }
            }
        }
        Some(lower)
    }

    /// Solves `L x = right` for a lower triangular `self`.
    #[must_use]
    pub fn solve_lower(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = right.to_vec();
        for row in 0..self.size {
            let known = dot(&self.row(row)[..row], &solution[..row]);
            solution[row] = (solution[row] - known) / self.get(row, row);
        }
        solution
    }

    /// Solves `L' x = right` for a lower triangular `self`.
    #[must_use]
    pub fn solve_lower_transposed(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = right.to_vec();
        for row in (0..self.size).rev() {
            let known: f64 = (row + 1..self.size).map(|below| self.get(below, row) * solution[below]).sum();
            solution[row] = (solution[row] - known) / self.get(row, row);
        }
        solution
    }

    /// Returns the inverse of the matrix whose lower Cholesky factor is `self`.
    #[must_use]
    pub fn inverse_from_cholesky(&self) -> Square {
        let mut inverse = Self::zero(self.size);
        for column in 0..self.size {
            let mut unit = vec![0.0; self.size];
            unit[column] = 1.0;
            let solved = self.solve_lower_transposed(&self.solve_lower(&unit));
            for (row, value) in solved.into_iter().enumerate() {
                inverse.set(row, column, value);
            }
        }
        inverse
    }
}

/// Returns the inner product of two vectors of equal length.
#[must_use]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_times_its_matrix_is_the_identity() {
        let entries = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]];
        let mut matrix = Square::zero(3);
        for (row, values) in entries.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                matrix.set(row, column, *value);
            }
        }
        let inverse = matrix.cholesky().expect("positive definite").inverse_from_cholesky();
        for row in 0..3 {
            for column in 0..3 {
                let product: f64 = (0..3).map(|k| matrix.get(row, k) * inverse.get(k, column)).sum();
                assert!((product - f64::from(u8::from(row == column))).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn an_indefinite_matrix_has_no_factor() {
        assert!(Square::diagonal(&[1.0, -1.0]).cholesky().is_none());
    }
}
