//! The System V segment of a server that was killed: Postgres removes it in every other end.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// Removes the System V segment that a server killed by SIGKILL leaves. Line 7 of its pid file holds key and id; the
/// kernel's list tells that the segment is still that one and that nobody is attached.
pub(crate) fn remove(pid_file: &str) {
    let Some((key, id)) = pid_file.lines().nth(6).and_then(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    }) else {
        return;
    };
    // The children of a killed server let go of it one after the other.
    for _ in 0..20 {
        match attached(key, id) {
            None => return,
            Some(0) => {
                let _ = Command::new("ipcrm").args(["-m", id]).output();
                return;
            }
            Some(_) => sleep(Duration::from_millis(10)),
        }
    }
}

/// How many processes are attached to the segment; `None` when there is no such segment, or no such list.
fn attached(key: &str, id: &str) -> Option<u32> {
    let list = fs::read_to_string("/proc/sysvipc/shm").ok()?;
    list.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [listed_key, listed_id, _, _, _, _, attached, ..] = words[..] else {
            return None;
        };
        (same_key(listed_key, key) && listed_id == id).then(|| attached.parse().ok())?
    })
}

/// The kernel prints a key as signed, Postgres as unsigned.
fn same_key(signed: &str, unsigned: &str) -> bool {
    let (Ok(signed), Ok(unsigned)) = (signed.parse::<i32>(), unsigned.parse::<u32>()) else {
        return false;
    };
    signed.cast_unsigned() == unsigned
}

#[cfg(test)]
mod tests {
    use super::same_key;

    #[test]
    fn keys_are_compared_as_bits() {
        assert!(same_key("-2", "4294967294"));
        assert!(same_key("7", "7"));
        assert!(!same_key("7", "8"));
        assert!(!same_key("key", "shmid"));
    }
}
