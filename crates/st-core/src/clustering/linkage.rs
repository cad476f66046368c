//! Average linkage over voices: which voices belong together, from the closest pair to all in one.
//!
//! For unit vectors and cosine distance the average over all pairs of two groups is one minus the product of the
//! groups' mean vectors, so groups are kept as means and no matrix of distances is needed: memory grows with the number
//! of voices, not with its square (15,000 voices would need 450 MB). That is also why this is own code and not a
//! crate: those that there are (kodama) take the matrix.

/// A group of voices.
#[derive(Debug, Clone)]
pub struct Group {
    /// Mean of the unit vectors.
    pub mean: Vec<f32>,
    /// How many there are.
    pub weight: f32,
    /// Windows that they come from, ascending; a window with two voices in the group stands there twice.
    pub windows: Vec<u32>,
    /// Whose voices they are, where a person said so.
    pub told: Option<u32>,
}

/// The distance of two groups that a person told apart: farther than any two voices, nearer than what has no distance.
pub const TOLD_APART: f32 = f32::MAX;

impl Group {
    /// Both groups together.
    fn join(&self, other: &Self) -> Self {
        let weight = self.weight + other.weight;
        let mixed = |(a, b): (&f32, &f32)| (a * self.weight + b * other.weight) / weight;
        let mean = self.mean.iter().zip(&other.mean).map(mixed).collect();
        let mut windows = [self.windows.as_slice(), other.windows.as_slice()].concat();
        windows.sort_unstable();
        Self { mean, weight, windows, told: self.told.or(other.told) }
    }

    /// Pairs of voices, one of each group, that were heard in the same window.
    fn shared_windows(&self, other: &Self) -> u32 {
        let (mut a, mut b, mut pairs) = (0, 0, 0);
        while let (Some(x), Some(y)) = (self.windows.get(a), other.windows.get(b)) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    pairs += 1;
                    a += 1;
                    b += 1;
                }
            }
        }
        pairs
    }
}

/// Two groups that were joined, each named by one of its members.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// A member of the one.
    pub a: usize,
    /// A member of the other.
    pub b: usize,
    /// Their distance: the mean over all pairs of members.
    pub height: f32,
}

/// The product of two vectors: for unit vectors the cosine of their angle.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums side by side, which the compiler turns into vector instructions.
    let mut sums = [0f32; 8];
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_parts.remainder().iter().zip(b_parts.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_parts.zip(b_parts) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    rest + sums.iter().sum::<f32>()
}

/// Mean distance between the members of two groups, where two voices of the same window are `apart` further from each
/// other than they sound. `None` when it is not below `limit`.
fn distance_below(limit: f32, one: &Group, other: &Group, apart: f32) -> Option<f32> {
    if one.told.is_some_and(|told| other.told.is_some_and(|another| another != told)) {
        return (TOLD_APART < limit).then_some(TOLD_APART);
    }
    let sounds = 1.0 - dot(&one.mean, &other.mean);
    if sounds >= limit {
        return None;
    }
    let pairs = if apart > 0.0 { one.shared_windows(other) as f32 } else { 0.0 };
    let distance = sounds + apart * pairs / (one.weight * other.weight);
    (distance < limit).then_some(distance)
}

/// All merges until one group is left, lowest first: the chain of nearest neighbours (Murtagh 1983), O(n²) in time.
pub fn merges(groups: &[Group], apart: f32) -> Vec<Merge> {
    let mut slots: Vec<Option<Group>> = groups.iter().cloned().map(Some).collect();
    let mut alive: Vec<usize> = (0..groups.len()).collect();
    let mut found = Vec::with_capacity(groups.len().saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    while alive.len() > 1 {
        let Some(&top) = chain.last() else {
            chain.push(alive[0]);
            continue;
        };
        let Some(group) = &slots[top] else {
            chain.pop();
            continue;
        };
        // On equal distances the one before in the chain wins, so that the chain ends.
        let before = chain.len().checked_sub(2).map(|i| chain[i]);
        let mut nearest = before.and_then(|b| {
            let other = slots[b].as_ref()?;
            Some((b, distance_below(f32::INFINITY, group, other, apart)?))
        });
        for &candidate in &alive {
            if candidate == top {
                continue;
            }
            let limit = nearest.map_or(f32::INFINITY, |(_, distance)| distance);
            let closer = slots[candidate].as_ref().and_then(|other| distance_below(limit, group, other, apart));
            if let Some(distance) = closer {
                nearest = Some((candidate, distance));
            }
        }
        // Vectors that are not numbers have no distance; they join last.
        let (nearest, height) = nearest
            .or_else(|| alive.iter().find(|&&other| other != top).map(|&other| (other, f32::INFINITY)))
            .unwrap_or((top, f32::INFINITY));
        if before == Some(nearest) || height == f32::INFINITY {
            let joined = slots[nearest].as_ref().map(|other| group.join(other));
            found.push(Merge { a: top, b: nearest, height });
            slots[top] = joined;
            slots[nearest] = None;
            alive.retain(|&slot| slot != nearest);
            chain.retain(|&slot| slot != nearest && slot != top);
        } else {
            chain.push(nearest);
        }
    }
    found.sort_by(|x, y| x.height.total_cmp(&y.height));
    found
}

/// The group number of each of `n` members after the given merges, numbered from 0 in the order of their first member.
pub fn cut(n: usize, merges: &[Merge]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..n).collect();
    fn root(parent: &mut [usize], mut member: usize) -> usize {
        while parent[member] != member {
            parent[member] = parent[parent[member]];
            member = parent[member];
        }
        member
    }
    for merge in merges {
        let (a, b) = (root(&mut parent, merge.a), root(&mut parent, merge.b));
        parent[a.max(b)] = a.min(b);
    }
    let mut numbers = vec![usize::MAX; n];
    let mut next = 0;
    (0..n)
        .map(|member| {
            let root = root(&mut parent, member);
            if numbers[root] == usize::MAX {
                numbers[root] = next;
                next += 1;
            }
            numbers[root]
        })
        .collect()
}

/// Members joined by their group number.
pub fn collect(groups: &[Group], numbers: &[usize]) -> Vec<Group> {
    let count = numbers.iter().max().map_or(0, |max| max + 1);
    let width = groups.first().map_or(0, |group| group.mean.len());
    let empty = Group { mean: vec![0.0; width], weight: 0.0, windows: Vec::new(), told: None };
    let mut joined = vec![empty; count];
    for (group, &number) in groups.iter().zip(numbers) {
        let sum = &mut joined[number];
        sum.mean.iter_mut().zip(&group.mean).for_each(|(sum, value)| *sum += value * group.weight);
        sum.weight += group.weight;
        sum.told = sum.told.or(group.told);
        sum.windows.extend(&group.windows);
    }
    for group in &mut joined {
        group.mean.iter_mut().for_each(|value| *value /= group.weight.max(f32::MIN_POSITIVE));
        group.windows.sort_unstable();
    }
    joined
}
