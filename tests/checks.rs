//! Holds the chapters to everything beyond running their blocks: links, names, signatures, messages and the rest of the list.

use std::path::Path;

use async_drop_checks::{CHECKS, Guidance};

#[test]
fn the_guidance_passes_every_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guidance = Guidance::read(root).unwrap_or_else(|errors| panic!("\n{errors}"));
    let mut said = String::new();
    for check in CHECKS {
        if let Err(errors) = (check.run)(&guidance) {
            said.push_str(&format!("\n{}:\n{errors}\n", check.name));
        }
    }
    assert!(said.is_empty(), "{said}");
}
