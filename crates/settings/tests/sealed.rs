//! Each way to a live permit that somebody might try does not compile, and for the stated reason.

#[test]
fn ways_around_the_two_keys_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/sealed/*.rs");
}
