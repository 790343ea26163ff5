//! Misuse is a compile error on the user's code that says what to write.

#[test]
fn misuse_is_refused_with_the_recorded_words() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
