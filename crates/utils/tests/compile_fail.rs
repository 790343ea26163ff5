//! What cannot be written, held to the words in which the compiler says so.

#[cfg(feature = "tokio")]
#[test]
fn misuse_is_refused_with_the_recorded_words() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
