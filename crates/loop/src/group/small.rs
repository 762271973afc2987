//! Solves linear-algebra problems of one fixed small size on the stack, for a loop over thousands of persons, one at a
//! time or several side by side.

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

use nightmend_infer::lanes::{Lanes, Number};

/// How many parameters differ between persons.
pub(super) const K: usize = 12;
/// A vector of them.
pub(super) type Vector<T = f64> = [T; K];
/// A matrix of them.
pub(super) type Matrix<T = f64> = [[T; K]; K];

/// The zero matrix.
pub(super) const ZERO: Matrix = [[0.0; K]; K];

/// The lower Cholesky factor, or `None` where the matrix is not positive definite. Reads the lower triangle only.
pub(super) fn cholesky(matrix: &Matrix) -> Option<Matrix> {
    let mut lower = ZERO;
    for row in 0..K {
        for column in 0..=row {
            let mut left = matrix[row][column];
            for inner in 0..column {
                left -= lower[row][inner] * lower[column][inner];
            }
            if row == column {
                if !(left > 0.0 && left.is_finite()) {
                    return None;
                }
                lower[row][row] = left.sqrt();
            } else {
                lower[row][column] = left / lower[column][column];
            }
        }
    }
    Some(lower)
}

/// Writes the inverses of the lower Cholesky factors of several matrices side by side and returns the products of those
/// factors' diagonals; `None` where a matrix is not positive definite. Reads and writes lower triangles only, and uses
/// `matrix` up.
///
/// Inner loops run over sums that do not wait for one another.
#[inline(always)]
pub(super) fn inverse_root(matrix: &mut Matrix<Lanes>, inverse: &mut Matrix<Lanes>) -> Option<Lanes> {
    let mut product = Lanes::all(1.0);
    for column in 0..K {
        let left = matrix[column][column];
        if !left.every(|left| left > 0.0 && left < f64::INFINITY) {
            return None;
        }
        let root = left.sqrt();
        let pivot = Lanes::all(1.0) / root;
        product *= root;
        let mut below = [Lanes::ZERO; K];
        for row in column + 1..K {
            below[row] = matrix[row][column] * pivot;
            matrix[row][column] = below[row];
        }
        for row in column + 1..K {
            take_off(&mut matrix[row][column + 1..row + 1], below[row], &below[column + 1..row + 1]);
        }
        // Row `column` of the factor is complete, so its row of the inverse can be made.
        let (above, own) = inverse.split_at_mut(column);
        let own = &mut own[0];
        own[..column].fill(Lanes::ZERO);
        for (inner, row) in above.iter().enumerate() {
            take_off(&mut own[..inner + 1], matrix[column][inner] * pivot, &row[..inner + 1]);
        }
        own[column] = pivot;
    }
    Some(product)
}

/// Takes a multiple of `row` off `target`.
#[inline(always)]
pub(super) fn take_off<T: Number>(target: &mut [T], factor: T, row: &[T]) {
    for (target, value) in target.iter_mut().zip(row) {
        *target -= factor * *value;
    }
}

/// The inverse of a lower triangular matrix.
pub(super) fn invert_lower(lower: &Matrix) -> Matrix {
    let mut inverse = ZERO;
    for row in 0..K {
        let pivot = 1.0 / lower[row][row];
        let (above, below) = inverse.split_at_mut(row);
        let target = &mut below[0];
        for (inner, known) in above.iter().enumerate() {
            let factor = lower[row][inner] * pivot;
            for column in 0..=inner {
                target[column] -= factor * known[column];
            }
        }
        target[row] = pivot;
    }
    inverse
}

/// `M v` for a lower triangular `M`.
#[inline(always)]
pub(super) fn times_lower<T: Number>(lower: &Matrix<T>, vector: &Vector<T>) -> Vector<T> {
    let mut product = [T::ZERO; K];
    for row in 0..K {
        for column in 0..row + 1 {
            product[row] += lower[row][column] * vector[column];
        }
    }
    product
}

/// `M' v` for a lower triangular `M`.
#[inline(always)]
pub(super) fn times_lower_transposed<T: Number>(lower: &Matrix<T>, vector: &Vector<T>) -> Vector<T> {
    let mut product = [T::ZERO; K];
    for row in 0..K {
        for column in 0..row + 1 {
            product[column] += lower[row][column] * vector[row];
        }
    }
    product
}

/// `M v` for a symmetric `M`.
#[inline(always)]
pub(super) fn times<T: Number>(matrix: &Matrix<T>, vector: &Vector<T>) -> Vector<T> {
    let mut product = [T::ZERO; K];
    for row in 0..K {
        for column in 0..K {
            product[column] += matrix[row][column] * vector[row];
        }
    }
    product
}

/// The inner product.
#[inline(always)]
pub(super) fn dot<T: Number>(left: &Vector<T>, right: &Vector<T>) -> T {
    let mut sum = T::ZERO;
    for index in 0..K {
        sum += left[index] * right[index];
    }
    sum
}

/// `M'M` for a lower triangular `M`.
pub(super) fn square_of_lower(lower: &Matrix) -> Matrix {
    let mut product = ZERO;
    for inner in 0..K {
        for row in 0..=inner {
            for column in 0..=inner {
                product[row][column] += lower[inner][row] * lower[inner][column];
            }
        }
    }
    product
}

/// The inverse of a positive definite matrix, or `None` where it is not.
#[cfg(test)]
pub(super) fn inverse(matrix: &Matrix) -> Option<Matrix> {
    Some(square_of_lower(&invert_lower(&cholesky(matrix)?)))
}

/// The nearest matrix to a symmetric one whose eigenvalues are at least `least`, by Jacobi rotations.
pub(super) fn with_curvature_of(matrix: &Matrix, least: f64) -> Matrix {
    let (values, vectors) = eigen(matrix);
    let mut rebuilt = ZERO;
    for index in 0..K {
        for row in 0..K {
            for column in 0..K {
                rebuilt[row][column] +=
                    values[index].max(least) * vectors[row][index] * vectors[column][index];
            }
        }
    }
    rebuilt
}

/// Eigenvalues, and eigenvectors as columns, of a symmetric matrix (cyclic Jacobi).
fn eigen(matrix: &Matrix) -> (Vector, Matrix) {
    let mut rotated = *matrix;
    let mut vectors = ZERO;
    for (index, row) in vectors.iter_mut().enumerate() {
        row[index] = 1.0;
    }
    for _ in 0..60 {
        let off: f64 = (0..K)
            .flat_map(|row| (0..row).map(move |column| (row, column)))
            .map(|(row, column)| rotated[row][column].powi(2))
            .sum();
        let on: f64 = (0..K).map(|index| rotated[index][index].powi(2)).sum();
        if off <= 1e-28 * on {
            break;
        }
        for row in 1..K {
            for column in 0..row {
                rotate(&mut rotated, &mut vectors, row, column);
            }
        }
    }
    (std::array::from_fn(|index| rotated[index][index]), vectors)
}

/// Turns the plane of `p` and `q` so that their common entry vanishes.
fn rotate(matrix: &mut Matrix, vectors: &mut Matrix, p: usize, q: usize) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in matrix.iter_mut().chain(vectors.iter_mut()) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
    for column in 0..K {
        let (at_p, at_q) = (matrix[p][column], matrix[q][column]);
        matrix[p][column] = cosine * at_p - sine * at_q;
        matrix[q][column] = sine * at_p + cosine * at_q;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_infer::random::Stream;

    fn random_positive(number: u64) -> Matrix {
        let mut stream = Stream::new(5, number);
        let root: Matrix = std::array::from_fn(|_| std::array::from_fn(|_| stream.normal()));
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let sum: f64 = (0..K).map(|inner| root[row][inner] * root[column][inner]).sum();
                sum + 0.1 * f64::from(u8::from(row == column))
            })
        })
    }

    #[test]
    fn an_inverse_times_its_matrix_is_the_identity() {
        let matrix = random_positive(1);
        let inverse = inverse(&matrix).expect("positive definite");
        for row in 0..K {
            let column: Vector = std::array::from_fn(|inner| inverse[inner][row]);
            let product = times(&matrix, &column);
            for (index, value) in product.iter().enumerate() {
                assert!((value - f64::from(u8::from(index == row))).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn eigenvalues_rebuild_the_matrix_and_low_ones_are_lifted() {
        let matrix = random_positive(2);
        let kept = with_curvature_of(&matrix, 0.0);
        let mut indefinite = matrix;
        indefinite[3][3] -= 100.0;
        let lifted = with_curvature_of(&indefinite, 1e-9);
        for row in 0..K {
            for column in 0..K {
                assert!((kept[row][column] - matrix[row][column]).abs() < 1e-9);
            }
        }
        assert!(cholesky(&indefinite).is_none());
        assert!(cholesky(&lifted).is_some());
    }
}
