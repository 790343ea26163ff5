use async_drop_utils::testing::{Explorer, Ledger, fallible, fault_point};

#[test]
fn empty_books_balance() {
    assert_eq!(Ledger::new().balance(), Ok(()));
}

#[test]
fn resources_of_one_name_are_numbered_from_one() {
    let ledger = Ledger::new();
    let names = ["connection", "file", "connection"];
    let numbered = names.map(|name| ledger.open(name).to_string());
    assert_eq!(numbered, ["connection #1", "file #1", "connection #2"]);
}

#[test]
fn what_is_not_closed_is_still_open_even_when_its_entry_is_gone() {
    let ledger = Ledger::new();
    let first = ledger.open("connection");
    drop(ledger.open("connection"));
    first.close();
    assert!(!first.is_open());
    let imbalance = ledger.balance().unwrap_err();
    assert_eq!(imbalance.still_open(), ["connection #2"]);
    assert_eq!(imbalance.to_string(), "still open: connection #2");
}

#[test]
fn a_second_close_unbalances_the_books() {
    let ledger = Ledger::new();
    let entry = ledger.open("connection");
    entry.close();
    entry.close();
    let imbalance = ledger.balance().unwrap_err();
    assert_eq!(imbalance.closed_twice(), ["connection #1"]);
    assert_eq!(imbalance.to_string(), "closed twice: connection #1");
}

#[test]
fn an_imbalance_has_one_line_for_each_thing() {
    let ledger = Ledger::new();
    let twice = ledger.open("file");
    twice.close();
    twice.close();
    drop(ledger.open("connection"));
    drop(ledger.open("connection"));
    assert_eq!(
        ledger.balance().unwrap_err().to_string(),
        "still open: connection #1\nstill open: connection #2\nclosed twice: file #1"
    );
}

#[test]
fn an_entry_may_be_closed_on_another_thread() {
    let ledger = Ledger::new();
    let entry = ledger.open("connection");
    std::thread::spawn(move || entry.close()).join().unwrap();
    assert_eq!(ledger.balance(), Ok(()));
}

#[test]
fn clones_write_into_the_same_books() {
    let ledger = Ledger::new();
    drop(ledger.clone().open("connection"));
    assert!(ledger.balance().is_err());
}

#[test]
fn the_journal_keeps_the_order() {
    let ledger = Ledger::new();
    let (a, b) = (ledger.open("a"), ledger.open("b"));
    b.close();
    a.close();
    let journal = ["opened a #1", "opened b #1", "closed b #1", "closed a #1"];
    assert_eq!(ledger.journal(), journal);
}

#[test]
fn debug_shows_the_journal() {
    let ledger = Ledger::new();
    ledger.open("a").close();
    assert_eq!(
        format!("{ledger:?}"),
        r#"Ledger(["opened a #1", "closed a #1"])"#
    );
    assert_eq!(format!("{:?}", ledger.enter()), "EnteredLedger");
}

#[test]
fn outside_of_an_exploration_the_current_ledger_is_detached() {
    drop(Ledger::current().open("connection"));
    assert_eq!(Ledger::current().balance(), Ok(()));
}

#[test]
fn an_entered_ledger_is_current_until_the_guard_is_dropped() {
    let (outer, inner) = (Ledger::new(), Ledger::new());
    let entered_outer = outer.enter();
    let entered_inner = inner.enter();
    drop(Ledger::current().open("in the inner"));
    drop(entered_inner);
    drop(Ledger::current().open("in the outer"));
    drop(entered_outer);
    drop(Ledger::current().open("in neither"));
    assert_eq!(inner.journal(), ["opened in the inner #1"]);
    assert_eq!(outer.journal(), ["opened in the outer #1"]);
}

#[test]
fn an_entered_ledger_is_not_current_on_other_threads() {
    let ledger = Ledger::new();
    let _entered = ledger.enter();
    std::thread::spawn(|| drop(Ledger::current().open("connection")))
        .join()
        .unwrap();
    assert_eq!(ledger.balance(), Ok(()));
}

#[test]
fn an_exploration_leaves_nothing_current_behind() {
    Explorer::new().all(async || {}).unwrap();
    drop(Ledger::current().open("connection"));
    assert_eq!(Ledger::current().balance(), Ok(()));
}

#[tokio::test]
async fn outside_of_an_exploration_nothing_fails() {
    for _ in 0..3 {
        assert_eq!(fallible("fetch").await, Ok(()));
        assert_eq!(fault_point("parse"), Ok(()));
    }
}

#[test]
fn what_is_closed_under_something_open_is_closed_too_early() {
    let ledger = Ledger::new();
    let connection = ledger.open("connection");
    let cursor = connection.open_on_it("cursor");
    let other = ledger.open("file");
    connection.close();
    cursor.close();
    other.close();
    let imbalance = ledger.balance().unwrap_err();
    assert_eq!(
        imbalance.closed_too_early(),
        ["connection #1 under cursor #1"]
    );
    assert_eq!(
        imbalance.to_string(),
        "closed too early: connection #1 under cursor #1"
    );
}

#[test]
fn what_is_closed_behind_what_stood_on_it_is_closed_in_order() {
    let ledger = Ledger::new();
    let connection = ledger.open("connection");
    let cursors = [1, 2].map(|_| connection.open_on_it("cursor"));
    for cursor in cursors {
        cursor.close();
    }
    connection.close();
    assert_eq!(ledger.balance(), Ok(()));
}
