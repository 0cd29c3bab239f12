//! Each way to a venue past the gateway that somebody might try does not compile, and for the stated
//! reason.

#[test]
fn ways_past_the_gateway_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/sealed/*.rs");
}
