//! The Heartbeat of Debian and ours in one cluster: every scenario with two originals, mixed both ways, and with two of
//! ours. `cargo test` runs the mixed ones of a few; `make interop` runs all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "interop/capture.rs"]
mod capture;
#[path = "interop/failures.rs"]
mod failures;
#[path = "interop/files.rs"]
mod files;
#[path = "interop/joining.rs"]
mod joining;
#[path = "interop/media.rs"]
mod media;
#[path = "interop/member.rs"]
mod member;
#[path = "interop/moves.rs"]
mod moves;
#[path = "interop/numbers.rs"]
mod numbers;
#[path = "interop/pair.rs"]
mod pair;
#[path = "interop/replacement.rs"]
mod replacement;
#[path = "interop/soak.rs"]
mod soak;

/// Four tests of one scenario. The first word says which of them `cargo test` runs: `short` the mixed ones, `long` none.
macro_rules! scenarios {
    ($(short $module:ident :: $name:ident;)*) => {
        $(mod $name {
            scenarios!(one two_originals, $module::$name, Original, Original, #[ignore = "make interop"]);
            scenarios!(one original_and_ours, $module::$name, Original, Ours,);
            scenarios!(one ours_and_original, $module::$name, Ours, Original,);
            scenarios!(one two_of_ours, $module::$name, Ours, Ours, #[ignore = "make interop"]);
        })*
    };
    ($(long $module:ident :: $name:ident;)*) => {
        $(mod $name {
            scenarios!(one two_originals, $module::$name, Original, Original, #[ignore = "make interop"]);
            scenarios!(one original_and_ours, $module::$name, Original, Ours, #[ignore = "make interop"]);
            scenarios!(one ours_and_original, $module::$name, Ours, Original, #[ignore = "make interop"]);
            scenarios!(one two_of_ours, $module::$name, Ours, Ours, #[ignore = "make interop"]);
        })*
    };
    (one $test:ident, $module:ident :: $name:ident, $alpha:ident, $beta:ident, $(#[$more:meta])?) => {
        #[test]
        $(#[$more])?
        fn $test() {
            use crate::member::Kind;
            if crate::pair::possible(concat!(stringify!($name), "::", stringify!($test))) {
                crate::$module::$name((Kind::$alpha, Kind::$beta));
            }
        }
    };
}

scenarios! {
    short joining::meet;
    short moves::words;
    short moves::leave_and_return;
    short failures::power_cut;
    short replacement::replace;
    short media::ucast_crc;
    short media::mcast_md5;
}

scenarios! {
    long joining::stay;
    long joining::compared;
    long joining::alone;
    long numbers::serial_alone;
    long numbers::losses;
    long numbers::restarted_at_once;
    long moves::leave_and_stay_away;
    long moves::the_idle_one_leaves;
    long moves::two_groups;
    long moves::two_groups_without_power;
    long moves::legacy;
    long failures::power_cut_without_failback;
    long failures::power_cut_of_the_idle_one;
    long failures::killed;
    long failures::partition;
    long failures::ipfail;
    long failures::ipfail_with_carrier;
    long media::bcast_crc;
    long media::bcast_md5;
    long media::bcast_sha1;
    long media::ucast_md5;
    long media::ucast_sha1;
    long media::mcast_crc;
    long media::mcast_sha1;
    long media::serial_crc;
    long media::serial_md5;
    long media::serial_sha1;
    long media::bcast_serial_crc;
    long media::bcast_serial_md5;
    long media::bcast_serial_sha1;
}

/// For half an hour, or as long as `SYSTOLE_SOAK_SECONDS` says.
mod half_an_hour {
    scenarios!(one original_and_ours, soak::soak, Original, Ours, #[ignore = "make soak"]);
    scenarios!(one ours_and_original, soak::soak, Ours, Original, #[ignore = "make soak"]);
}
