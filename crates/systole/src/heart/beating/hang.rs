//! Whether hands still answers. One that hangs renews no address, so the kernel would take them away while our beats
//! keep the peer from acting, and nobody would serve. Killed, it loses nothing: the next one finds what runs.
//! Not here: killing it and starting the next (heart/hands.rs).

const SECOND_NS: u64 = 1_000_000_000;
/// Hands is an ordinary process: on a starved machine it may be late by much without hanging.
const PATIENCE_MIN_NS: u64 = 2 * SECOND_NS;
/// Where addresses do not expire, nothing presses.
const PATIENCE_NS: u64 = 10 * SECOND_NS;

/// The questions to one hands.
#[derive(Debug)]
pub struct Hang {
    patience_ns: u64,
    /// Which child was asked last, and when.
    asked: Option<(u64, u64)>,
    answered: bool,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Ask,
    /// It was asked so long ago and said nothing.
    Hangs {
        for_ns: u64,
    },
}

impl Hang {
    /// Half a lifetime: with the question before it, the next hands still comes in time to renew the address.
    pub fn new(lifetime_s: Option<u32>) -> Hang {
        let patience_ns =
            lifetime_s.map_or(PATIENCE_NS, |s| (u64::from(s) * SECOND_NS / 2).max(PATIENCE_MIN_NS)).min(PATIENCE_NS);
        Hang { patience_ns, asked: None, answered: true }
    }

    /// `child` counts the children; nothing while there is none.
    pub fn look(&mut self, child: Option<u64>, now_ns: u64) -> Verdict {
        let Some(child) = child else { return Verdict::Wait };
        let asked = self.asked.filter(|(who, _)| *who == child);
        let since_ns = asked.map(|(_, at_ns)| now_ns.saturating_sub(at_ns));
        match since_ns {
            Some(for_ns) if !self.answered && for_ns >= self.patience_ns => {
                self.asked = None;
                Verdict::Hangs { for_ns }
            }
            Some(for_ns) if !self.answered || for_ns < self.patience_ns / 2 => Verdict::Wait,
            _ => {
                (self.asked, self.answered) = (Some((child, now_ns)), false);
                Verdict::Ask
            }
        }
    }

    /// It said that it is there.
    pub fn answered(&mut self) {
        self.answered = true;
    }

    /// This process did not run itself: its own sleep is nobody else's silence.
    pub fn slept(&mut self, now_ns: u64) {
        if let Some((_, at_ns)) = &mut self.asked {
            *at_ns = now_ns;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = SECOND_NS;

    #[test]
    fn whoever_answers_is_asked_again_and_whoever_does_not_hangs() {
        let mut hang = Hang::new(Some(9));
        assert_eq!(hang.look(Some(1), 0), Verdict::Ask);
        assert_eq!(hang.look(Some(1), 4 * S), Verdict::Wait);
        hang.answered();
        assert_eq!(hang.look(Some(1), 4 * S), Verdict::Ask);
        assert_eq!(hang.look(Some(1), 8 * S), Verdict::Wait);
        assert_eq!(hang.look(Some(1), 8 * S + S / 2), Verdict::Hangs { for_ns: 4 * S + S / 2 });
    }

    #[test]
    fn a_new_child_is_asked_anew_and_none_is_asked_nothing() {
        let mut hang = Hang::new(None);
        assert_eq!(hang.look(Some(1), 0), Verdict::Ask);
        assert_eq!(hang.look(None, 20 * S), Verdict::Wait);
        assert_eq!(hang.look(Some(2), 20 * S), Verdict::Ask);
    }

    #[test]
    fn the_sleep_of_heart_is_not_the_silence_of_hands() {
        let mut hang = Hang::new(Some(1));
        assert_eq!(hang.look(Some(1), 0), Verdict::Ask);
        hang.slept(30 * S);
        assert_eq!(hang.look(Some(1), 30 * S), Verdict::Wait);
        assert_eq!(hang.look(Some(1), 32 * S), Verdict::Hangs { for_ns: 2 * S });
    }
}
