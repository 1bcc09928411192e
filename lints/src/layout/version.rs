//! Versions: read from names, made for files whose names alone order them, and the next one in the way that a set counts: by one,
//! or by the second.

/// Digits of a version that is a date and a time: `20260115093000`.
pub(super) const DATED: usize = 14;

/// The next version.
pub(super) fn after(version: i64) -> Option<i64> {
    match Clock::read(version) {
        Some(clock) => clock.tick(1),
        None => version.checked_add(1),
    }
}

/// The version before.
pub(super) fn before(version: i64) -> Option<i64> {
    match Clock::read(version) {
        Some(clock) => clock.tick(-1),
        None => version.checked_sub(1),
    }
}

/// The number that a name begins with.
pub(super) fn leading_number(name: &str) -> Option<i64> {
    leading_digits(name).parse().ok()
}

/// The digits that a name begins with.
pub(super) fn leading_digits(name: &str) -> &str {
    let end = name.find(|c: char| !c.is_ascii_digit());
    &name[..end.unwrap_or(name.len())]
}

/// Versions for migrations in the order of their runner: their own, and where one is not above that before it, the next number;
/// a count from 1 where their own have another order.
pub(super) fn rising(own: &[Option<i64>]) -> Vec<i64> {
    let numbers: Option<Vec<i64>> = own.iter().copied().collect();
    let Some(mut numbers) = numbers.filter(|numbers| numbers.is_sorted()) else {
        return (1..).zip(own).map(|(number, _)| number).collect();
    };
    for index in 1..numbers.len() {
        numbers[index] = numbers[index].max(numbers[index - 1].saturating_add(1));
    }
    numbers
}

/// A version that tells a time of day. Its day stays: who needs another one knows more than a count.
struct Clock {
    day: i64,
    second: i64,
}

impl Clock {
    fn read(version: i64) -> Option<Self> {
        if version < 0 || version.to_string().len() != DATED {
            return None;
        }
        let (day, time) = (version / 1_000_000, version % 1_000_000);
        let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
        let (month, date) = (day / 100 % 100, day % 100);
        let is_time = hour < 24 && minute < 60 && second < 60;
        let is_day = (1..=12).contains(&month) && (1..=31).contains(&date);
        (is_time && is_day).then_some(Self {
            day,
            second: (hour * 60 + minute) * 60 + second,
        })
    }

    fn tick(&self, by: i64) -> Option<i64> {
        let second = self.second + by;
        if !(0..24 * 60 * 60).contains(&second) {
            return None;
        }
        let time = second / 3600 * 10_000 + second / 60 % 60 * 100 + second % 60;
        Some(self.day * 1_000_000 + time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_do_not_rise_are_counted() {
        let versions = |names: &[&str]| {
            let own: Vec<_> = names.iter().map(|name| leading_number(name)).collect();
            rising(&own)
        };
        assert_eq!(versions(&["02_a", "10-b", "11"]), [2, 10, 11]);
        assert_eq!(versions(&["2_a", "2_b", "3_c", "9_d"]), [2, 3, 4, 9]);
        assert_eq!(versions(&["10_a", "9_b"]), [1, 2]);
        assert_eq!(versions(&["2_a", "b"]), [1, 2]);
    }

    #[test]
    fn numbers_count_by_one() {
        assert_eq!((after(7), before(7)), (Some(8), Some(6)));
        assert_eq!(after(20_260_115), Some(20_260_116));
        assert_eq!(after(i64::MAX), None);
    }

    #[test]
    fn times_count_by_the_second() {
        assert_eq!(after(20260115093059), Some(20260115093100));
        assert_eq!(before(20260115100000), Some(20260115095959));
        assert_eq!(after(20260115235959), None);
        assert_eq!(before(20260115000000), None);
    }

    #[test]
    fn fourteen_digits_that_tell_no_time() {
        assert_eq!(after(20260115093060), Some(20260115093061));
        assert_eq!(after(20261315093059), Some(20261315093060));
    }
}
