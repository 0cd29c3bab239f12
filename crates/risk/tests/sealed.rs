//! Each way around the gate that somebody might try does not compile, and for the stated reason.

#[test]
fn ways_around_the_gate_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/sealed/*.rs");
}
