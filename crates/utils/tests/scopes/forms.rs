//! Every form of a scope, behind one call.

use std::convert::Infallible;
use std::pin::Pin;

use async_drop_utils::async_drop::with_async_drop;
use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropStack, AsyncDropTaskGroup, open_all, with_async_drop_2,
    with_async_drop_2_infallible,
};

use crate::world::{Value, World, everywhere};

pub type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Macro,
    Macro2,
    Infallible,
    Function,
    Stack,
    Construct,
    OpenAll,
    GroupBody,
    GroupTask,
}

pub const FORMS: [Form; 9] = [
    Form::Macro,
    Form::Macro2,
    Form::Infallible,
    Form::Function,
    Form::Stack,
    Form::Construct,
    Form::OpenAll,
    Form::GroupBody,
    Form::GroupTask,
];

/// Runs `scenario` with every form of a scope, everywhere.
pub fn in_every_form(scenario: impl AsyncFn(Form, World)) {
    for form in FORMS {
        everywhere(async |world| {
            println!("{form:?}");
            scenario(form, world).await;
        });
    }
}

impl Form {
    /// Runs `body` in a scope of this form, whose own value is named `outer`.
    pub async fn run(self, world: &World, outer: &'static str, body: Body) {
        let guard = world.plain(outer);
        let ended: Result<(), String> = match self {
            Self::Macro => with_async_drop!(guard, {
                body.await;
                Ok(())
            }),
            Self::Macro2 => {
                let guard = guard.cancel_safe();
                with_async_drop_2!(guard, {
                    body.await;
                    Ok(())
                })
            }
            Self::Infallible => {
                let guard = guard.map_unsafe(Unfailing).cancel_safe();
                with_async_drop_2_infallible!(guard, { body.await });
                Ok(())
            }
            Self::Function => {
                let body = async |_: &mut Value| {
                    body.await;
                    Ok(())
                };
                async_drop_utils::with_async_drop(guard.cancel_safe(), body).await
            }
            Self::Stack => {
                let stack = AsyncDropStack::<String>::new();
                with_async_drop!(stack, {
                    stack.push(guard);
                    body.await;
                    Ok(())
                })
            }
            Self::Construct => {
                let failed = AsyncDropStack::<String>::construct(async |stack| {
                    stack.push(guard);
                    body.await;
                    Err::<AsyncDropGuard<Value>, _>("not made".to_owned())
                });
                failed.await.unwrap_err();
                Ok(())
            }
            Self::OpenAll => {
                let fails = async {
                    body.await;
                    Err::<AsyncDropGuard<Value>, String>("not opened".to_owned())
                };
                open_all((async { Ok(guard) }, fails)).await.unwrap_err();
                Ok(())
            }
            Self::GroupBody => {
                let group = AsyncDropTaskGroup::<Value, (), String>::new(guard);
                with_async_drop!(group, {
                    body.await;
                    Ok(())
                })
            }
            Self::GroupTask => {
                let group = AsyncDropTaskGroup::<Value, (), String>::new(guard);
                with_async_drop!(group, {
                    group.spawn(async move |_owner| {
                        body.await;
                        Ok(())
                    });
                    group.join_all().await.map(drop)
                })
            }
        };
        ended.unwrap();
    }
}

#[derive(Debug)]
pub struct Unfailing(pub Value);

#[async_trait::async_trait]
impl AsyncDrop for Unfailing {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        self.0.clean_up().await;
        Ok(())
    }
}

/// A scope of `with_async_drop!` around `name`, whose body never ends.
pub async fn endless(world: World, name: &'static str) {
    let guard = world.plain(name);
    let never: Result<(), String> = with_async_drop!(guard, {
        world.push(format_args!("in {name}"));
        std::future::pending().await
    });
    never.unwrap();
}
