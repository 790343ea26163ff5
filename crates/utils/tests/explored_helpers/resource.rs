//! What the scenarios open, use and clean up.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt::Debug;

use async_drop_utils::testing::{Entry, InjectedFault, Ledger, fallible};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropResult};
use tokio::task::yield_now;

pub type Fallible<T = ()> = Result<T, InjectedFault>;
pub type Guard<T = Resource> = AsyncDropGuard<T>;

/// What is open until its cleanup has come to its end, be that a failure.
#[derive(Debug)]
pub struct Resource {
    entry: Entry,
}

impl Resource {
    pub async fn use_it(&self) -> Fallible {
        fallible("use").await
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Resource {
    type Error = InjectedFault;

    async fn async_drop_impl(&mut self) -> Fallible {
        let closed = fallible("close").await;
        self.entry.close();
        closed
    }
}

/// What is open until its cleanup, which cannot fail, has come to its end.
#[derive(Debug)]
pub struct Quiet {
    pub entry: Entry,
}

#[async_trait::async_trait]
impl AsyncDrop for Quiet {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        yield_now().await;
        self.entry.close();
        Ok(())
    }
}

/// The kind of guards that a scenario is given.
#[derive(Clone, Copy)]
pub enum Guards {
    CancelSafe,
    Plain,
}

impl Guards {
    pub async fn open(self) -> Fallible<Guard> {
        fallible("open").await?;
        let entry = Ledger::current().open("resource");
        Ok(self.guard(Resource { entry }))
    }

    pub fn open_quiet(self) -> Guard<Quiet> {
        let entry = Ledger::current().open("quiet");
        self.guard(Quiet { entry })
    }

    pub async fn open_as_result(self) -> Guard<AsyncDropResult<Resource, InjectedFault>> {
        AsyncDropResult::new(self.open().await)
    }

    fn guard<T: AsyncDrop + Debug + Send + 'static>(self, value: T) -> Guard<T> {
        match self {
            Self::CancelSafe => AsyncDropGuard::new_cancel_safe(value),
            Self::Plain => AsyncDropGuard::new(value),
        }
    }
}

/// Cleans up after `body`, and gives the body's error before the cleanup's.
pub async fn and_clean_up<T>(
    mut guard: Guard<T>,
    body: impl AsyncFnOnce(&mut T) -> Fallible,
) -> Fallible
where
    T: AsyncDrop<Error = InjectedFault> + Debug,
{
    let result = body(&mut guard).await;
    let cleanup = guard.async_drop().await;
    result.and(cleanup)
}

/// Uses what is under `guard`, and cleans it up.
pub async fn used<T>(guard: Guard<T>) -> Fallible
where
    T: AsyncDrop<Error = InjectedFault> + Debug + Borrow<Resource>,
{
    and_clean_up(guard, async |it| (*it).borrow().use_it().await).await
}

/// Uses what could be opened.
pub async fn use_if_opened(opened: &AsyncDropResult<Resource, InjectedFault>) -> Fallible {
    match opened.as_inner() {
        Ok(resource) => resource.use_it().await,
        Err(fault) => Err(fault.clone()),
    }
}
