//! The forecast of DPUs over time as a step function, and where a profile fits into it. Seconds are counted from the
//! beginning of the plan.

use super::dpu::Dpu;

/// DPUs from one second until, not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub from: u32,
    pub to: u32,
    pub dpu: Dpu,
}

/// What one workflow may hold at any second from its start: pieces in order that do not overlap, and its end, which may
/// be later than the last piece's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    pub pieces: Vec<Piece>,
    pub length: u32,
}

impl Profile {
    /// The most that it holds at a time.
    pub fn peak(&self) -> Dpu {
        self.pieces.iter().map(|piece| piece.dpu).max().unwrap_or_default()
    }

    /// DPU-seconds, in sixteenths.
    pub fn area(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.dpu.over(u64::from(piece.to - piece.from))).sum()
    }
}

/// DPUs held over time: `(second, DPUs from it on)`, in order. Before the first there is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    steps: Vec<(u32, Dpu)>,
    /// Room for the merge, kept so that placing allocates nothing.
    spare: Vec<(u32, Dpu)>,
}

impl Timeline {
    pub fn steps(&self) -> &[(u32, Dpu)] {
        &self.steps
    }

    /// The most that is held at a time.
    pub fn peak(&self) -> Dpu {
        self.steps.iter().map(|(_, dpu)| *dpu).max().unwrap_or_default()
    }

    /// What is held at a second.
    pub fn at(&self, second: u32) -> Dpu {
        let after = self.steps.partition_point(|(at, _)| *at <= second);
        after.checked_sub(1).map_or(Dpu::ZERO, |index| self.steps[index].1)
    }

    /// Adds a profile that starts at a second.
    pub fn add(&mut self, profile: &Profile, start: u32) {
        self.merge(&profile.pieces, start, |held, piece| held + piece);
    }

    /// Takes a profile out that was added at a second.
    pub fn remove(&mut self, profile: &Profile, start: u32) {
        self.merge(&profile.pieces, start, Dpu::minus);
    }

    /// Combines pieces, which are in order and do not overlap, with what is held.
    fn merge(&mut self, pieces: &[Piece], start: u32, combine: fn(Dpu, Dpu) -> Dpu) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return };
        let begin = self.steps.partition_point(|(at, _)| *at < start + first.from);
        let end = self.steps.partition_point(|(at, _)| *at <= start + last.to);
        self.spare.clear();
        self.spare.extend_from_slice(&self.steps[..begin]);
        let mut held = begin.checked_sub(1).map_or(Dpu::ZERO, |index| self.steps[index].1);
        let (mut index, mut extra) = (begin, Dpu::ZERO);
        let mut events = pieces.iter().flat_map(|p| [(start + p.from, p.dpu), (start + p.to, Dpu::ZERO)]).peekable();
        while let Some((at, dpu)) = events.next() {
            // Where a piece follows at once on another, only the second's value counts.
            if events.peek().is_some_and(|(next, _)| *next == at) {
                continue;
            }
            while index < end && self.steps[index].0 < at {
                held = self.steps[index].1;
                push(&mut self.spare, self.steps[index].0, combine(held, extra));
                index += 1;
            }
            if index < end && self.steps[index].0 == at {
                held = self.steps[index].1;
                index += 1;
            }
            extra = dpu;
            push(&mut self.spare, at, combine(held, extra));
        }
        for (at, dpu) in &self.steps[index..] {
            push(&mut self.spare, *at, *dpu);
        }
        std::mem::swap(&mut self.steps, &mut self.spare);
    }

    /// The first start, on the grid and not before `from`, at which the profile stays within the limit. `visits` counts
    /// the work. The profile's peak must be within the limit.
    pub fn earliest(&self, profile: &Profile, from: u32, limit: Dpu, grid: u32, visits: &mut u64) -> u32 {
        let mut start = round_up(from, grid);
        'again: loop {
            let mut index = self.index_at(start);
            for piece in &profile.pieces {
                let (begin, end) = (start + piece.from, start + piece.to);
                while index + 1 < self.steps.len() && self.steps[index + 1].0 <= begin {
                    index += 1;
                }
                let mut look = index;
                while look < self.steps.len() && self.steps[look].0 < end {
                    *visits += 1;
                    let until = self.steps.get(look + 1).map_or(u32::MAX, |step| step.0);
                    if until > begin && self.steps[look].1 + piece.dpu > limit {
                        start = round_up(until - piece.from, grid);
                        continue 'again;
                    }
                    look += 1;
                }
            }
            return start;
        }
    }

    /// The last start, on the grid, at which the profile stays within the limit and has ended by `end`; none if there is
    /// no such start at or after `from`.
    pub fn latest(
        &self,
        profile: &Profile,
        (from, end): (u32, u32),
        limit: Dpu,
        grid: u32,
        visits: &mut u64,
    ) -> Option<u32> {
        let mut start = round_down(end.checked_sub(profile.length)?, grid);
        'again: loop {
            if start < from {
                return None;
            }
            for piece in profile.pieces.iter().rev() {
                let (begin, end) = (start + piece.from, start + piece.to);
                let mut look = self.steps.partition_point(|(at, _)| *at < end);
                while look > 0 {
                    look -= 1;
                    *visits += 1;
                    let until = self.steps.get(look + 1).map_or(u32::MAX, |step| step.0);
                    if until <= begin {
                        break;
                    }
                    if self.steps[look].1 + piece.dpu > limit {
                        start = round_down(self.steps[look].0.checked_sub(piece.to)?, grid);
                        continue 'again;
                    }
                }
            }
            return Some(start);
        }
    }

    fn index_at(&self, second: u32) -> usize {
        self.steps.partition_point(|(at, _)| *at <= second).saturating_sub(1)
    }
}

/// Adds a step, unless nothing changes by it.
fn push(steps: &mut Vec<(u32, Dpu)>, at: u32, dpu: Dpu) {
    if steps.last().map_or(Dpu::ZERO, |(_, last)| *last) != dpu {
        steps.push((at, dpu));
    }
}

fn round_up(second: u32, grid: u32) -> u32 {
    second.div_ceil(grid) * grid
}

fn round_down(second: u32, grid: u32) -> u32 {
    second / grid * grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn profile(pieces: &[(u32, u32, u32)]) -> Profile {
        let pieces: Vec<Piece> = pieces
            .iter()
            .map(|(from, to, dpu)| Piece { from: *from, to: *to, dpu: Dpu::of(f64::from(*dpu)) })
            .collect();
        Profile { length: pieces.last().map_or(0, |piece| piece.to), pieces }
    }

    /// Pieces one after the other, some with gaps.
    fn any_profile() -> impl Strategy<Value = Profile> {
        proptest::collection::vec((0_u32..4, 1_u32..6, 1_u32..6), 1..5).prop_map(|parts| {
            let mut at = 0;
            let pieces: Vec<_> = parts
                .into_iter()
                .map(|(gap, length, dpu)| {
                    at += gap + length;
                    (at - length, at, dpu)
                })
                .collect();
            profile(&pieces)
        })
    }

    /// Seconds counted one by one.
    fn naive(placed: &[(Profile, u32)], second: u32) -> Dpu {
        let pieces = placed.iter().flat_map(|(p, start)| p.pieces.iter().map(move |piece| (piece, *start)));
        pieces.filter(|(piece, s)| (s + piece.from..s + piece.to).contains(&second)).map(|(piece, _)| piece.dpu).sum()
    }

    proptest! {
        #[test]
        fn adding_is_a_sum(placed in proptest::collection::vec((any_profile(), 0_u32..30), 0..8)) {
            let mut timeline = Timeline::default();
            for (profile, start) in &placed {
                timeline.add(profile, *start);
            }
            for second in 0..120 {
                prop_assert_eq!(timeline.at(second), naive(&placed, second), "{} of {:?}", second, timeline);
            }
            for (profile, start) in placed.iter().skip(1) {
                timeline.remove(profile, *start);
            }
            for second in 0..120 {
                prop_assert_eq!(timeline.at(second), naive(&placed[..placed.len().min(1)], second));
            }
        }

        #[test]
        fn the_earliest_fits_and_nothing_earlier_does(
            placed in proptest::collection::vec((any_profile(), 0_u32..30), 0..8),
            next in any_profile(), from in 0_u32..40, grid in 1_u32..6,
        ) {
            let limit = Dpu::of(9.0);
            let mut timeline = Timeline::default();
            for (profile, start) in &placed {
                timeline.add(profile, *start);
            }
            let fits = |start: u32| next.pieces.iter().all(|piece| {
                (start + piece.from..start + piece.to).all(|s| timeline.at(s) + piece.dpu <= limit)
            });
            let mut visits = 0;
            let found = timeline.earliest(&next, from, limit, grid, &mut visits);
            prop_assert!(found >= from && found % grid == 0 && fits(found));
            prop_assert!((from..found).filter(|s| s % grid == 0).all(|s| !fits(s)));
            let end = 150;
            let latest = timeline.latest(&next, (0, end), limit, grid, &mut visits).expect("there is room at the end");
            prop_assert!(latest + next.length <= end && latest % grid == 0 && fits(latest));
            prop_assert!((latest + 1..=end - next.length).filter(|s| s % grid == 0).all(|s| !fits(s)));
        }
    }
}
