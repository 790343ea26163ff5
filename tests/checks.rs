//! Holds the chapters to everything beyond running their blocks: links, names, signatures, messages and the rest of the list.

use std::collections::BTreeSet;
use std::path::Path;

use async_drop_checks::{CHECKS, Guidance};

#[test]
fn the_guidance_passes_every_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guidance = Guidance::read(root).unwrap_or_else(|errors| panic!("\n{errors}"));
    let mut said = String::new();
    // What two checks find, such as a context that does not exist, is said once.
    let mut known = BTreeSet::new();
    for check in CHECKS {
        let Err(mut errors) = check.run(&guidance) else {
            continue;
        };
        errors.0.retain(|error| known.insert(error.clone()));
        if !errors.0.is_empty() {
            said.push_str(&format!("\n{}:\n{errors}\n", check.name));
        }
    }
    assert!(known.is_empty(), "{said}");
}
