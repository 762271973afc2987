//! Solves linear-algebra problems of one fixed small size on the stack, for a loop over thousands of persons.

#![expect(clippy::needless_range_loop, reason = "rows and columns are named as in the formulae")]

/// How many parameters differ between persons in the second stage.
pub(super) const K: usize = 10;
/// A vector of them.
pub(super) type Vector = [f64; K];
/// A matrix of them.
pub(super) type Matrix = [[f64; K]; K];

/// The lower Cholesky factor, or `None` where the matrix is not positive definite.
pub(super) fn cholesky(matrix: &Matrix) -> Option<Matrix> {
    let mut lower = [[0.0; K]; K];
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

/// The inverse of a lower triangular matrix.
pub(super) fn invert_lower(lower: &Matrix) -> Matrix {
    let mut inverse = [[0.0; K]; K];
    for column in 0..K {
        inverse[column][column] = 1.0 / lower[column][column];
        for row in column + 1..K {
            let mut sum = 0.0;
            for inner in column..row {
                sum += lower[row][inner] * inverse[inner][column];
            }
            inverse[row][column] = -sum / lower[row][row];
        }
    }
    inverse
}

/// `M v` for a lower triangular `M`.
pub(super) fn times_lower(lower: &Matrix, vector: &Vector) -> Vector {
    std::array::from_fn(|row| (0..=row).map(|column| lower[row][column] * vector[column]).sum())
}

/// `M' v` for a lower triangular `M`.
pub(super) fn times_lower_transposed(lower: &Matrix, vector: &Vector) -> Vector {
    std::array::from_fn(|column| (column..K).map(|row| lower[row][column] * vector[row]).sum())
}

/// `M v`.
pub(super) fn times(matrix: &Matrix, vector: &Vector) -> Vector {
    std::array::from_fn(|row| (0..K).map(|column| matrix[row][column] * vector[column]).sum())
}

/// The inverse of a positive definite matrix, or `None` where it is not.
pub(super) fn inverse(matrix: &Matrix) -> Option<Matrix> {
    let root = invert_lower(&cholesky(matrix)?);
    Some(std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            (row.max(column)..K).map(|inner| root[inner][row] * root[inner][column]).sum()
        })
    }))
}

/// The nearest matrix without negative eigenvalues to a symmetric one, by Jacobi rotations.
pub(super) fn without_negative_curvature(matrix: &Matrix) -> Matrix {
    let (values, vectors) = eigen(matrix);
    std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            (0..K).map(|index| values[index].max(0.0) * vectors[row][index] * vectors[column][index]).sum()
        })
    })
}

/// Eigenvalues, and eigenvectors as columns, of a symmetric matrix (cyclic Jacobi).
fn eigen(matrix: &Matrix) -> (Vector, Matrix) {
    let mut rotated = *matrix;
    let mut vectors = [[0.0; K]; K];
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
    let (first, second) = (matrix[p], matrix[q]);
    for column in 0..K {
        matrix[p][column] = cosine * first[column] - sine * second[column];
        matrix[q][column] = sine * first[column] + cosine * second[column];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nightmend_infer::random::Stream;

    fn random_positive(seed: u64) -> Matrix {
        let mut stream = Stream::new(seed, 0);
        let root: Matrix = std::array::from_fn(|_| std::array::from_fn(|_| stream.normal()));
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let product: f64 = (0..K).map(|inner| root[row][inner] * root[column][inner]).sum();
                product + f64::from(u8::from(row == column))
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
                assert!((value - f64::from(u8::from(index == row))).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn eigenvalues_rebuild_the_matrix_and_negative_ones_go() {
        let matrix = random_positive(2);
        let kept = without_negative_curvature(&matrix);
        let mut indefinite = matrix;
        indefinite[3][3] -= 100.0;
        let clipped = without_negative_curvature(&indefinite);
        for row in 0..K {
            for column in 0..K {
                assert!((kept[row][column] - matrix[row][column]).abs() < 1e-9);
            }
        }
        assert!(cholesky(&indefinite).is_none());
        let mut lifted = clipped;
        (0..K).for_each(|index| lifted[index][index] += 1e-9);
        assert!(cholesky(&lifted).is_some());
    }
}
