//! What the code under test finds without being handed it: of each kind the one that is current on this thread.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::thread::LocalKey;

/// Where a thread keeps what is current of one kind.
pub(super) type Current<T> = LocalKey<RefCell<Option<T>>>;

/// Makes `value` current on this thread until the returned value is dropped.
pub(super) fn enter<T>(current: &'static Current<T>, value: T) -> Entered<T> {
    Entered {
        current,
        former: current.replace(Some(value)),
        on_this_thread: PhantomData,
    }
}

// Never panics, since the panic hook reads: a thread that is being torn down has nothing current.
pub(super) fn read<T: Clone>(current: &'static Current<T>) -> Option<T> {
    let read = current.try_with(|current| current.try_borrow().ok()?.clone());
    read.ok().flatten()
}

pub(super) struct Entered<T: 'static> {
    current: &'static Current<T>,
    former: Option<T>,
    on_this_thread: PhantomData<*const ()>,
}

impl<T> Drop for Entered<T> {
    fn drop(&mut self) {
        let _ = self
            .current
            .try_with(|current| current.replace(self.former.take()));
    }
}
