//! Times as people write them in ha.cf: Heartbeat's (`2`, `1.5`, `500ms`, `250us`) and `s`, `sec`, `m`, `min`, `h`.
//! Not here: which times fit together (timing.rs).

use std::time::Duration;

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("this is not a number")]
    NotANumber,
    #[error("this unit is not known; us, ms, s, m and h are")]
    UnknownUnit,
    #[error("this is finer than a microsecond")]
    TooFine,
    #[error("this is longer than a year")]
    TooLong,
}

const MICROS_MAX: u128 = 366 * 24 * 3600 * 1_000_000;

/// Exact to the microsecond; a bare number is seconds.
///
/// # Errors
/// [`TimeError`]; signs, exponents and a missing number are [`TimeError::NotANumber`].
pub fn parse(text: &str) -> Result<Duration, TimeError> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let micros_per_unit: u128 = match unit {
        "" | "s" | "sec" | "secs" => 1_000_000,
        "us" | "usec" => 1,
        "m" | "min" => 60_000_000,
        "h" => 3_600_000_000,
        // Heartbeat takes anything that begins with `ms`; `msec` is the one that is met.
        _ if unit.starts_with("ms") && unit.bytes().all(|b| b.is_ascii_alphabetic()) => 1_000,
        _ if number.is_empty() => return Err(TimeError::NotANumber),
        _ => return Err(TimeError::UnknownUnit),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(TimeError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > 20 {
        return Err(TimeError::TooLong);
    }
    if fraction.len() > 12 {
        return Err(TimeError::TooFine);
    }
    let digits: u128 = format!("0{whole}{fraction}").parse().map_err(|_| TimeError::NotANumber)?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let scaled = digits.checked_mul(micros_per_unit).ok_or(TimeError::TooLong)?;
    if scaled / scale > MICROS_MAX {
        return Err(TimeError::TooLong);
    }
    if scaled % scale != 0 {
        return Err(TimeError::TooFine);
    }
    u64::try_from(scaled / scale).map(Duration::from_micros).map_err(|_| TimeError::TooLong)
}

/// As Heartbeat reads it too: whole seconds bare, else `ms` or `us`.
pub fn show(time: Duration) -> String {
    match (time.as_micros() % 1_000_000, time.as_micros() % 1_000) {
        (0, _) => time.as_secs().to_string(),
        (_, 0) => format!("{}ms", time.as_millis()),
        _ => format!("{}us", time.as_micros()),
    }
}

#[cfg(test)]
mod tests;
