//! The explorer and the process's panic hook; one test in a binary of its own, because the hook is the process's.
#![cfg(feature = "testing")]

use std::panic;
use std::sync::{Arc, Mutex};
use std::thread;

use async_drop_utils::testing::Explorer;

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn set_as_hook(&self) {
        let seen = self.clone();
        panic::set_hook(Box::new(move |info| {
            let message = info.payload().downcast_ref::<&str>().copied();
            seen.0
                .lock()
                .unwrap()
                .push(message.unwrap_or("?").to_owned());
        }));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn bug() {
    panic!("a bug");
}

#[test]
fn panics_of_a_run_bypass_the_former_hook_and_others_reach_it() {
    let former = Seen::default();
    former.set_as_hook();

    let found = Explorer::new().failures(async || bug()).is_err();
    let seen_of_the_run = former.take();

    let survived = Explorer::new().failures(async || {
        let joined = thread::spawn(|| panic!("in a thread of its own")).join();
        assert!(joined.is_err());
    });
    let seen_of_its_thread = former.take();

    panic::catch_unwind(|| panic!("after the exploration")).unwrap_err();
    let seen_afterwards = former.take();

    // Somebody sets a hook that does not chain: the scenario's own panics are still found, if not their place.
    let usurper = Seen::default();
    usurper.set_as_hook();
    let leak = Explorer::new().failures(async || bug()).unwrap_err();
    let seen_by_usurper = usurper.take();

    // Held to what it should be only now, when a failed assertion is printed again.
    drop(panic::take_hook());
    assert!(found);
    assert_eq!(seen_of_the_run, [""; 0], "what is expected makes no noise");
    assert!(survived.is_ok());
    assert_eq!(seen_of_its_thread, ["in a thread of its own"]);
    assert_eq!(seen_afterwards, ["after the exploration"]);
    assert_eq!(leak.to_string(), "panics when nothing fails: a bug");
    assert_eq!(seen_by_usurper, ["a bug"]);
}
