//! Tests of the rules about documentation.

use super::check;
use crate::tidy::testing::{places, tree};

#[test]
fn a_link_to_a_missing_file_is_found() {
    let page = "[a](other.md) [b](../README.md#x) [c](https://example.org/x) [d](#here)\n[e](missing.md)\n";
    let files =
        [("docs/page.md", page), ("docs/other.md", "[up](guide/) \n"), ("README.md", ""), ("docs/guide/x.md", "")];
    assert_eq!(places(&check(&tree(&files))), ["docs/page.md:2"]);
}

#[test]
fn a_link_inside_a_fence_is_text() {
    assert_eq!(places(&check(&tree(&[("a.md", "```\n[a](missing)\n```\n[b](missing)\n")]))), ["a.md:4"]);
}

#[test]
fn a_make_target_that_does_not_exist_is_found() {
    let page = "Run `make test`.\n\n```sh\nmake demo\n$ make dance\n```\n\nThen `make sing`, and make peace.\n";
    let files = [("README.md", page), ("Makefile", ".PHONY: test\n# make dance: no\ndemo test: setup\n\tcargo test\n")];
    assert_eq!(places(&check(&tree(&files))), ["README.md:5", "README.md:8"]);
}
