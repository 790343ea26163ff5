//! What attributes say of fields and of the crate.

use super::*;

type Connection = AsyncDropGuard<Probe>;
type Pool<T> = Vec<AsyncDropGuard<T>>;

/// What somebody else cleans up.
#[derive(Debug)]
struct NotSend(#[allow(dead_code)] std::rc::Rc<()>);

#[derive(Debug, AsyncDrop)]
struct Aliased<T: Debug> {
    #[async_drop(guard)]
    connection: Connection,
    #[async_drop(guard)]
    pool: Pool<T>,
}

#[derive(Debug, AsyncDrop)]
struct HalfAliased {
    connection: Connection,
    own: AsyncDropGuard<Probe>,
}

#[derive(Debug, AsyncDrop)]
struct Skipping {
    #[async_drop(skip)]
    lent: Option<AsyncDropGuard<Probe>>,
    own: AsyncDropGuard<Probe>,
}

#[test]
fn alias_is_cleaned_up_where_an_attribute_says_so() {
    block_on(async {
        let log = Log::new();
        let [connection, a, b] = probes(&log, ["connection", "a", "b"]);
        let value = Aliased {
            connection,
            pool: vec![a, b],
        };
        assert_eq!(cleaned_up(value).await, Ok(()));
        assert_eq!(log.cleaned(), ["connection", "a", "b"]);
    });
}

#[test]
fn alias_without_the_attribute_is_left_alone() {
    block_on(async {
        let log = Log::new();
        let [connection, own] = probes(&log, ["connection", "own"]);
        let mut value = HalfAliased { connection, own };
        value.async_drop_impl().await.unwrap();
        assert_eq!(log.cleaned(), ["own"]);
        value.connection.async_drop().await.unwrap();
    });
}

#[test]
fn skipped_field_is_left_alone() {
    block_on(async {
        let log = Log::new();
        let [lent, own] = probes(&log, ["lent", "own"]);
        let mut value = AsyncDropGuard::new(Skipping {
            lent: Some(lent),
            own,
        });
        let mut lent = value.lent.take().unwrap();
        assert_eq!(value.async_drop().await, Ok(()));
        assert_eq!(log.cleaned(), ["own"]);
        lent.async_drop().await.unwrap();

        let [lent, own] = probes(&log, ["lent", "own"]);
        let mut value = Skipping {
            lent: Some(lent),
            own,
        };
        value.async_drop_impl().await.unwrap();
        assert!(!value.lent.as_ref().unwrap().is_dropped());
        value.lent.unwrap().async_drop().await.unwrap();
    });
}

#[test]
fn fields_that_are_not_members_need_not_be_send() {
    #[derive(Debug, AsyncDrop)]
    struct Mixed {
        guard: AsyncDropGuard<Probe>,
        #[allow(dead_code)]
        local: NotSend,
    }
    block_on(async {
        let log = Log::new();
        let value = Mixed {
            guard: log.guard("a"),
            local: NotSend(std::rc::Rc::new(())),
        };
        assert_eq!(cleaned_up(value).await, Ok(()));
    });
}

#[test]
fn library_may_have_another_name() {
    mod renamed {
        pub use async_drop_utils as cleanup;
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(crate = renamed::cleanup)]
    struct ByPath(AsyncDropGuard<Probe>);

    #[derive(Debug, AsyncDrop)]
    #[async_drop(crate = "renamed::cleanup", concurrent)]
    struct InQuotes(AsyncDropGuard<Probe>);

    block_on(async {
        let log = Log::new();
        let [a, b] = probes(&log, ["a", "b"]);
        assert_eq!(cleaned_up(ByPath(a)).await, Ok(()));
        assert_eq!(cleaned_up(InQuotes(b)).await, Ok(()));
        assert_eq!(log.cleaned().len(), 2);
    });
}

#[test]
fn names_of_the_user_do_not_get_into_the_way() {
    #![allow(
        non_camel_case_types,
        dead_code,
        reason = "names that derived code might trip over"
    )]
    struct Box;
    struct Result;
    struct Ok;
    struct Some;
    trait Send {}
    trait Future {}
    fn outcome() {}
    fn member_0() {}
    mod std {}
    mod core {}

    #[derive(Debug, AsyncDrop)]
    struct Shadowing<member_0: Debug> {
        outcome: AsyncDropGuard<member_0>,
        r#type: AsyncDropGuard<member_0>,
    }

    block_on(async {
        let log = Log::new();
        let [outcome, r#type] = probes(&log, ["a", "b"]);
        let value = Shadowing { outcome, r#type };
        assert!(cleaned_up(value).await.is_ok());
    });
}
