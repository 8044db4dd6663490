//! Local wall-clock time, for log lines and people.
//! Not here: any clock that a decision may use.

/// A moment as the machine's time zone shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    /// 0 to 60 (leap second).
    pub second: u8,
    /// Seconds east of UTC.
    pub offset: i32,
}

/// Local time of a count of seconds since 1970. The zone is that of `TZ` or /etc/localtime.
/// A count beyond all calendars gives the start of 1970, so a wrong clock costs a wrong stamp, never a line.
pub fn local_time(unix_seconds: i64) -> LocalTime {
    let fallback = LocalTime { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, offset: 0 };
    let time: libc::time_t = unix_seconds;
    // SAFETY: all-zero is a valid `tm` (integers and a pointer that may be null).
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live locals of the right type; the call keeps neither.
    let known = unsafe { libc::localtime_r(&raw const time, &raw mut parts) };
    if known.is_null() {
        return fallback;
    }
    let small = |n: i32| u8::try_from(n).unwrap_or(0);
    LocalTime {
        year: parts.tm_year.saturating_add(1900),
        month: small(parts.tm_mon + 1),
        day: small(parts.tm_mday),
        hour: small(parts.tm_hour),
        minute: small(parts.tm_min),
        second: small(parts.tm_sec),
        offset: i32::try_from(parts.tm_gmtoff).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::local_time;

    #[test]
    fn a_known_second_has_its_calendar_day_in_every_zone() {
        let time = local_time(1_795_368_774);
        // 2026-11-22 17:32:54 UTC; whatever the zone, local minus offset is that second of the day.
        let seconds = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second);
        let utc = (seconds - i64::from(time.offset)).rem_euclid(86_400);
        assert_eq!(utc, 1_795_368_774 % 86_400);
        assert_eq!((time.year, time.month), (2026, 11));
    }

    #[test]
    fn a_count_beyond_all_calendars_gives_1970() {
        assert_eq!(local_time(i64::MAX).year, 1970);
    }
}
