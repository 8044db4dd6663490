//! Figures from changes of the truth.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn stands(at: u64, holders: &[usize], servers: &[usize]) -> Noted {
    let standing = Standing { holders: holders.to_vec(), servers: servers.to_vec() };
    Noted { at, what: What::Stands { group: 0, standing } }
}

#[test]
fn outage_counts_from_the_first_service_on() {
    let noted = vec![stands(5, &[0], &[]), stands(7, &[0], &[0]), stands(20, &[], &[]), stands(30, &[1], &[1])];
    let chronicle = Chronicle { noted, ..Chronicle::default() };
    let figures = chronicle.figures(0, 50);
    assert_eq!((figures.first_ns, figures.outage_ns, figures.doubled_ns, figures.moves), (Some(7), 10, 0, 1));
    assert_eq!(figures.last, Standing { holders: vec![1], servers: vec![1] });
}

#[test]
fn two_holders_count_until_the_end_and_a_second_server_is_no_move_yet() {
    let noted = vec![stands(0, &[0], &[0]), stands(10, &[0, 1], &[0, 1]), stands(15, &[1], &[1]), stands(20, &[], &[])];
    let chronicle = Chronicle { noted: noted.clone(), ..Chronicle::default() };
    let figures = chronicle.figures(0, 23);
    assert_eq!((figures.outage_ns, figures.doubled_ns, figures.moves), (3, 5, 1));
    let early = Chronicle { noted: noted[..2].to_vec(), ..Chronicle::default() };
    assert_eq!((early.figures(0, 23).doubled_ns, early.figures(0, 23).moves), (13, 0));
}

#[test]
fn what_was_never_served_has_no_outage() {
    let chronicle = Chronicle { noted: vec![stands(0, &[], &[])], ..Chronicle::default() };
    assert_eq!(chronicle.figures(0, 9), Figures::default());
}
