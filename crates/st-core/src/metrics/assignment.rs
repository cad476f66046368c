//! The assignment problem: who is who, so that most agrees.

/// Pairs rows and columns one to one so that the sum of their `weights` is greatest; gives each row its column. Rows
/// are equally long. With more rows than columns some rows stay without one.
///
/// The Hungarian method with potentials, O(rows² · columns) (Kuhn 1955, Munkres 1957).
pub fn best_pairs(weights: &[Vec<i64>]) -> Vec<Option<usize>> {
    let (rows, columns) = (weights.len(), weights.first().map_or(0, Vec::len));
    // The method wants at least as many columns as rows: the missing ones are worth nothing.
    let width = columns.max(rows);
    let cost = |row: usize, column: usize| -weights[row].get(column).copied().unwrap_or(0);
    // Rows and columns count from 1 here; 0 stands for "none".
    let mut row_potential = vec![0i64; rows + 1];
    let mut column_potential = vec![0i64; width + 1];
    let mut row_of = vec![0usize; width + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut reached = vec![false; width + 1];
        let mut slack = vec![i64::MAX; width + 1];
        let mut came_from = vec![0usize; width + 1];
        let mut at = 0;
        while row_of[at] != 0 {
            reached[at] = true;
            let (from, mut step, mut next) = (row_of[at], i64::MAX, 0);
            for column in 1..=width {
                if reached[column] {
                    continue;
                }
                let reduced = cost(from - 1, column - 1) - row_potential[from] - column_potential[column];
                if reduced < slack[column] {
                    (slack[column], came_from[column]) = (reduced, at);
                }
                if slack[column] < step {
                    (step, next) = (slack[column], column);
                }
            }
            for column in 0..=width {
                if reached[column] {
                    row_potential[row_of[column]] += step;
                    column_potential[column] -= step;
                } else if slack[column] != i64::MAX {
                    slack[column] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            let before = came_from[at];
            row_of[at] = row_of[before];
            at = before;
        }
    }
    let mut pairs = vec![None; rows];
    for column in 1..=columns {
        if row_of[column] != 0 {
            pairs[row_of[column] - 1] = Some(column - 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(weights: &[Vec<i64>], pairs: &[Option<usize>]) -> i64 {
        pairs.iter().enumerate().filter_map(|(row, column)| column.map(|c| weights[row][c])).sum()
    }

    /// The best sum by trying everything.
    fn exhaustive(weights: &[Vec<i64>], used: &mut Vec<bool>) -> i64 {
        let Some((first, rest)) = weights.split_first() else { return 0 };
        let mut best = exhaustive(rest, used);
        for column in 0..first.len() {
            if !used[column] {
                used[column] = true;
                best = best.max(first[column] + exhaustive(rest, used));
                used[column] = false;
            }
        }
        best
    }

    #[test]
    fn greedy_choices_are_not_enough() {
        assert_eq!(best_pairs(&[vec![10, 9], vec![9, 0]]), [Some(1), Some(0)]);
        assert_eq!(best_pairs(&[vec![1], vec![5], vec![3]]), [None, Some(0), None]);
        assert_eq!(best_pairs(&[]), []);
        assert_eq!(best_pairs(&[vec![]]), [None]);
    }

    proptest! {
        #[test]
        fn no_pairing_is_better(weights in (0usize..6, 1usize..6)
            .prop_flat_map(|(rows, columns)| prop::collection::vec(prop::collection::vec(0i64..50, columns), rows)))
        {
            let pairs = best_pairs(&weights);
            let mut columns: Vec<usize> = pairs.iter().flatten().copied().collect();
            columns.sort_unstable();
            columns.dedup();
            prop_assert_eq!(columns.len(), pairs.iter().flatten().count());
            let width = weights.first().map_or(0, Vec::len);
            prop_assert_eq!(total(&weights, &pairs), exhaustive(&weights, &mut vec![false; width]));
        }
    }
}
