//! Word error rate: how many words must be changed, left out or put in to get from the reference to the hypothesis.

use std::collections::HashMap;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Counts of word errors. Rates of several recordings are computed from their sum, never as a mean of rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WordErrors {
    /// Words of the reference.
    pub reference: u64,
    /// Reference words that another word stands for.
    pub substitutions: u64,
    /// Reference words that are missing.
    pub deletions: u64,
    /// Words that the reference does not have.
    pub insertions: u64,
}

impl WordErrors {
    /// All errors.
    pub fn errors(&self) -> u64 {
        self.substitutions + self.deletions + self.insertions
    }

    /// Errors per word of the reference, which may exceed 1. With an empty reference: 0 without errors, else infinite.
    pub fn rate(&self) -> f64 {
        match (self.errors(), self.reference) {
            (0, _) => 0.0,
            (_, 0) => f64::INFINITY,
            (errors, words) => errors as f64 / words as f64,
        }
    }
}

impl Add for WordErrors {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            reference: self.reference + other.reference,
            substitutions: self.substitutions + other.substitutions,
            deletions: self.deletions + other.deletions,
            insertions: self.insertions + other.insertions,
        }
    }
}

impl Sum for WordErrors {
    fn sum<I: Iterator<Item = Self>>(errors: I) -> Self {
        errors.fold(Self::default(), Add::add)
    }
}

/// One cell of the table: the least number of errors up to here, and which they are.
#[derive(Clone, Copy, Default)]
struct Cell {
    errors: u32,
    deletions: u32,
    insertions: u32,
}

impl Cell {
    fn deletion(self) -> Self {
        Self { errors: self.errors + 1, deletions: self.deletions + 1, ..self }
    }

    fn insertion(self) -> Self {
        Self { errors: self.errors + 1, insertions: self.insertions + 1, ..self }
    }
}

/// Compares two lists of words, already normalised. Takes time in proportion to the product of their lengths and memory
/// to the length of the hypothesis: only one row of the table is kept.
pub fn word_errors(reference: &[impl AsRef<str>], hypothesis: &[impl AsRef<str>]) -> WordErrors {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |word| {
        let next = numbers.len() as u32;
        *numbers.entry(word).or_insert(next)
    };
    let all: Vec<u32> = reference.iter().map(|w| number(w.as_ref())).collect();
    let said: Vec<u32> = hypothesis.iter().map(|w| number(w.as_ref())).collect();
    // Equal words at both ends belong to some best alignment: they need no table.
    let head = all.iter().zip(&said).take_while(|(a, b)| a == b).count();
    let tail = all[head..].iter().rev().zip(said[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (rows, columns) = (&all[head..all.len() - tail], &said[head..said.len() - tail]);
    let mut row: Vec<Cell> = vec![Cell::default()];
    for at in 0..columns.len() {
        row.push(row[at].insertion());
    }
    for word in rows {
        let mut diagonal = row[0];
        row[0] = row[0].deletion();
        for (at, other) in columns.iter().enumerate() {
            let above = row[at + 1];
            let mut best = diagonal;
            if word != other {
                // Of equally good ways the substitution is taken, then the deletion, as other tools do.
                best.errors += 1;
                if above.errors + 1 < best.errors {
                    best = above.deletion();
                }
                if row[at].errors + 1 < best.errors {
                    best = row[at].insertion();
                }
            }
            (diagonal, row[at + 1]) = (above, best);
        }
    }
    let last = row[columns.len()];
    WordErrors {
        reference: all.len() as u64,
        substitutions: u64::from(last.errors - last.deletions - last.insertions),
        deletions: u64::from(last.deletions),
        insertions: u64::from(last.insertions),
    }
}

/// A run of words that a hypothesis repeats: the mark of a recogniser that is caught in a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repetition {
    /// The words, joined with spaces.
    pub words: String,
    /// How often it stands in the hypothesis, overlapping occurrences included.
    pub hypothesis: usize,
    /// How often it stands in the reference.
    pub reference: usize,
    /// Whether two occurrences in the hypothesis follow each other directly or overlap.
    pub adjacent: bool,
}

/// Runs of `n` words (5 is usual) that stand in the hypothesis at least twice and more often than in the reference, in
/// the order of their first occurrence.
pub fn repetitions(n: usize, reference: &[impl AsRef<str>], hypothesis: &[impl AsRef<str>]) -> Vec<Repetition> {
    let reference: Vec<&str> = reference.iter().map(AsRef::as_ref).collect();
    let hypothesis: Vec<&str> = hypothesis.iter().map(AsRef::as_ref).collect();
    let n = n.max(1);
    let mut expected: HashMap<&[&str], usize> = HashMap::new();
    for run in reference.windows(n) {
        *expected.entry(run).or_default() += 1;
    }
    let mut places: HashMap<&[&str], Vec<usize>> = HashMap::new();
    for (at, run) in hypothesis.windows(n).enumerate() {
        places.entry(run).or_default().push(at);
    }
    let mut found: Vec<(usize, Repetition)> = Vec::new();
    for (run, at) in places {
        let reference = expected.get(run).copied().unwrap_or(0);
        if at.len() >= 2 && at.len() > reference {
            let adjacent = at.windows(2).any(|p| p[1] - p[0] <= n);
            found.push((at[0], Repetition { words: run.join(" "), hypothesis: at.len(), reference, adjacent }));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, repetition)| repetition).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    fn check(reference: &str, hypothesis: &str, expected: (u64, u64, u64)) {
        let found = word_errors(&words(reference), &words(hypothesis));
        assert_eq!((found.substitutions, found.deletions, found.insertions), expected, "{reference} / {hypothesis}");
        assert_eq!(found.reference, words(reference).len() as u64);
    }

    #[test]
    fn errors_are_told_apart() {
        check("the cat sat on the mat", "the cat sat on the mat", (0, 0, 0));
        check("the cat sat on the mat", "a the bat sat on mat", (1, 1, 1));
        check("the cat sat on the mat", "the bat sat on mat now", (3, 0, 0));
        check("a b c", "", (0, 3, 0));
        check("", "a b", (0, 0, 2));
        check("a b", "x a b", (0, 0, 1));
        check("a b c d", "b c d e", (0, 1, 1));
    }

    #[test]
    fn rates_are_of_sums() {
        let one = word_errors(&words("a b c d"), &words("a b c x"));
        let two = word_errors(&words(""), &words("a"));
        assert_eq!(one.rate(), 0.25);
        assert_eq!(two.rate(), f64::INFINITY);
        assert_eq!([one, two].into_iter().sum::<WordErrors>().rate(), 0.5);
        assert_eq!(WordErrors::default().rate(), 0.0);
    }

    #[test]
    fn ten_thousand_words_fit() {
        // Pseudo-random words of a small vocabulary, from a linear congruence.
        let make = |seed: u64| -> Vec<String> {
            let step = |s: &mut u64| {
                *s = s.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                Some(*s >> 54)
            };
            std::iter::repeat_n((), 10_000).scan(seed, |s, ()| step(s)).map(|w| w.to_string()).collect()
        };
        let found = word_errors(&make(1), &make(2));
        assert_eq!(found.reference, 10_000);
        assert!(found.deletions == found.insertions && found.errors() > 5000 && found.errors() <= 10_000);
    }

    #[test]
    fn loops_are_found_and_refrains_are_not() {
        let looped = "we will go to the shop we will go to the shop we will go to the shop";
        let once = words("we will go to the shop");
        let found = repetitions(5, &once, &words(looped));
        assert_eq!(found.len(), 6);
        assert_eq!((found[0].words.as_str(), found[0].hypothesis, found[0].reference), ("we will go to the", 3, 1));
        assert!(repetitions(5, &words(looped), &words(looped)).is_empty());
        assert!(repetitions(5, &once, &words("go no no no no no no")).iter().any(|r| r.adjacent));
        assert!(repetitions(5, &once, &once).is_empty());
        let far = "a b c d e 1 2 3 4 5 a b c d e";
        assert!(repetitions(5, &[""; 0], &words(far)).iter().all(|r| !r.adjacent && r.words == "a b c d e"));
    }

    /// The plain definition, with the whole table.
    fn distance(a: &[u8], b: &[u8]) -> u64 {
        let mut table = vec![vec![0u64; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = match (i, j) {
                    (0, n) | (n, 0) => n as u64,
                    _ => (table[i - 1][j - 1] + u64::from(a[i - 1] != b[j - 1]))
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1),
                };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn the_number_of_errors_is_the_edit_distance(
            a in prop::collection::vec(0u8..4, 0..25),
            b in prop::collection::vec(0u8..4, 0..25),
        ) {
            let text = |list: &[u8]| list.iter().map(u8::to_string).collect::<Vec<_>>();
            let found = word_errors(&text(&a), &text(&b));
            prop_assert_eq!(found.errors(), distance(&a, &b));
            let (left, right) = (found.reference - found.deletions, b.len() as u64 - found.insertions);
            prop_assert_eq!(left, right);
        }
    }
}
