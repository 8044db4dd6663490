//! keepalive, warntime, deadtime and initdead as one value that is always consistent.
//! Not here: parsing of times as people write them (systole-config).

use crate::fastdead::FastDead;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The four times of ha.cf. A value of this type satisfies `keepalive > 0`, `deadtime > 2 * keepalive`,
/// `warntime <= deadtime` and `initdead >= deadtime`, so nobody downstream has to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawTiming", into = "RawTiming")]
pub struct Timing {
    keepalive: Duration,
    warntime: Duration,
    deadtime: Duration,
    initdead: Duration,
    fastdead: FastDead,
}

/// Why four times do not fit together. The caller knows the file and line; this knows the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimingError {
    /// keepalive is zero.
    KeepaliveZero,
    /// deadtime is not above twice the keepalive: one lost beat would be a dead node.
    DeadtimeTooSmall,
    /// warntime is above deadtime: the warning would come after the verdict.
    WarntimeAboveDeadtime,
    /// initdead is below deadtime: a booting node would be judged more harshly than a running one.
    InitdeadBelowDeadtime,
}

impl std::fmt::Display for TimingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TimingError::KeepaliveZero => "keepalive must be above zero",
            TimingError::DeadtimeTooSmall => "deadtime must be more than twice the keepalive",
            TimingError::WarntimeAboveDeadtime => "warntime must not be above deadtime",
            TimingError::InitdeadBelowDeadtime => "initdead must not be below deadtime",
        })
    }
}

impl std::error::Error for TimingError {}

impl Timing {
    /// # Errors
    /// The first rule that the four times break.
    pub fn new(
        keepalive: Duration,
        warntime: Duration,
        deadtime: Duration,
        initdead: Duration,
    ) -> Result<Self, TimingError> {
        if keepalive.is_zero() {
            Err(TimingError::KeepaliveZero)
        } else if deadtime <= keepalive.saturating_mul(2) {
            Err(TimingError::DeadtimeTooSmall)
        } else if warntime > deadtime {
            Err(TimingError::WarntimeAboveDeadtime)
        } else if initdead < deadtime {
            Err(TimingError::InitdeadBelowDeadtime)
        } else {
            Ok(Timing { keepalive, warntime, deadtime, initdead, fastdead: FastDead::default() })
        }
    }

    /// The same times with another word on early verdicts.
    #[must_use]
    pub fn with_fastdead(self, fastdead: FastDead) -> Timing {
        Timing { fastdead, ..self }
    }

    /// May a verdict come before deadtime?
    pub fn fastdead(&self) -> FastDead {
        self.fastdead
    }

    /// Interval between two beats of this node.
    pub fn keepalive(&self) -> Duration {
        self.keepalive
    }
    /// Silence after which a late beat is worth a warning.
    pub fn warntime(&self) -> Duration {
        self.warntime
    }
    /// Silence after which a node is dead; the hard upper bound of every verdict.
    pub fn deadtime(&self) -> Duration {
        self.deadtime
    }
    /// How long the kernel keeps a service address that is not refreshed, in whole seconds, so that it is gone before
    /// another node may call this one dead (the kernel is up to 0.4 s late, and the refresh may be 0.3 s on its way). At least a second: with a deadtime below
    /// 1.7 s it outlives the verdict by some tenths. Nothing where two refreshes do not fit into it, which come with the
    /// beats: better a fixed address than one that flickers.
    pub fn address_lifetime_s(&self) -> Option<u32> {
        let seconds = self.deadtime.saturating_sub(Duration::from_millis(700)).as_secs().max(1);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        (Duration::from_secs(seconds.into()) >= self.keepalive * 2).then_some(seconds)
    }
    /// The same for nodes that were never heard since this node started.
    pub fn initdead(&self) -> Duration {
        self.initdead
    }
}

#[derive(Serialize, Deserialize)]
struct RawTiming {
    keepalive_us: u64,
    warntime_us: u64,
    deadtime_us: u64,
    initdead_us: u64,
    #[serde(default)]
    fastdead: FastDead,
}

impl TryFrom<RawTiming> for Timing {
    type Error = TimingError;
    fn try_from(raw: RawTiming) -> Result<Self, TimingError> {
        let us = Duration::from_micros;
        let four = Timing::new(us(raw.keepalive_us), us(raw.warntime_us), us(raw.deadtime_us), us(raw.initdead_us));
        four.map(|timing| timing.with_fastdead(raw.fastdead))
    }
}

impl From<Timing> for RawTiming {
    fn from(timing: Timing) -> RawTiming {
        let us = |d: Duration| u64::try_from(d.as_micros()).unwrap_or(u64::MAX);
        RawTiming {
            keepalive_us: us(timing.keepalive),
            warntime_us: us(timing.warntime),
            deadtime_us: us(timing.deadtime),
            initdead_us: us(timing.initdead),
            fastdead: timing.fastdead,
        }
    }
}
