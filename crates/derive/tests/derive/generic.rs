//! Members and errors of parameter types.

use super::*;

#[derive(Debug, AsyncDrop)]
struct One<T: Debug> {
    guard: AsyncDropGuard<T>,
}

#[derive(Debug, AsyncDrop)]
struct Many<T, U, const N: usize>
where
    T: Debug,
    U: Debug,
{
    first: AsyncDropGuard<T>,
    second: [AsyncDropGuard<U>; N],
    third: Option<AsyncDropGuard<Box<T>>>,
    named: AsyncDropGuard<Probe>,
}

#[derive(Debug, AsyncDrop)]
#[async_drop(error = E)]
struct Stated<T: Debug, E: Debug> {
    first: AsyncDropGuard<T>,
    second: AsyncDropGuard<Probe>,
    #[async_drop(skip)]
    #[allow(dead_code, reason = "here to make `E` used")]
    error: std::marker::PhantomData<E>,
}

#[derive(Debug, AsyncDrop)]
enum Either<T: Debug, U: Debug> {
    Left(AsyncDropGuard<T>),
    Right(AsyncDropGuard<U>),
}

#[derive(Debug, AsyncDrop)]
struct Borrowing<'a, T: Debug> {
    #[allow(dead_code, reason = "a field that is not a guard")]
    name: &'a str,
    guard: AsyncDropGuard<T>,
}

#[derive(Debug, AsyncDrop)]
struct Shared<T: AsyncDrop + Debug + Send> {
    arc: AsyncDropGuard<AsyncDropArc<T>>,
}

/// Fails, if at all, with an error that is not `Send`: allowed where no error waits for another cleanup.
#[derive(Debug)]
struct Local;

#[async_trait::async_trait]
impl AsyncDrop for Local {
    type Error = std::rc::Rc<str>;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        Err("failed".into())
    }
}

#[test]
fn parameters_get_no_stricter_bounds_than_the_cleanup_needs() {
    block_on(async {
        let one = One {
            guard: AsyncDropGuard::new(Local),
        };
        assert_eq!(cleaned_up(one).await, Err("failed".into()));
    });
}

#[test]
fn members_of_parameter_types_are_cleaned_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let [a, b, c, d, e] = probes(&log, ["a", "b", "c", "d", "e"]);
        let many = Many {
            first: a,
            second: [b, c],
            third: Some(d.into_box()),
            named: e,
        };
        assert_eq!(cleaned_up(many).await, Ok(()));
        assert_eq!(log.cleaned(), ["a", "b", "c", "d", "e"]);
    });
}

#[test]
fn enums_borrowing_types_and_bounded_parameters_are_cleaned_up() {
    block_on(async {
        let log = Log::new();
        let [left, right, borrowing, shared] = probes(&log, ["l", "r", "b", "s"]);
        let left: Either<Probe, Probe> = Either::Left(left);
        assert_eq!(cleaned_up(left).await, Ok(()));
        let right: Either<Probe, Probe> = Either::Right(right);
        assert_eq!(cleaned_up(right).await, Ok(()));
        let name = String::from("borrowed");
        let borrowing = Borrowing {
            name: &name,
            guard: borrowing,
        };
        assert_eq!(cleaned_up(borrowing).await, Ok(()));
        let shared = Shared {
            arc: AsyncDropArc::new(shared),
        };
        assert_eq!(cleaned_up(shared).await, Ok(()));
        assert_eq!(log.cleaned().len(), 4);
    });
}

#[test]
fn stated_error_may_be_a_parameter() {
    block_on(async {
        let log = Log::new();
        let [a, _] = [
            log.probe("a").failing().guard(),
            AsyncDropGuard::new_invalid(),
        ];
        let value: Stated<Probe, ProbeError> = Stated {
            first: log.guard("b"),
            second: a,
            error: std::marker::PhantomData,
        };
        assert_eq!(cleaned_up(value).await, Err(ProbeError("a")));
    });
}
