//! What all programs do with the same three functions, whoever wrote these.

/// Makes the programs of one way of writing the functions `with_pool`, `transact` and `attempt`.
macro_rules! programs {
    ($way:ident) => {
        pub mod $way {
            use std::time::Duration;

            use futures_util::future::join_all;
            use recipe_trial::Chance;
            use sqlx::Pool;
            use tokio::time::timeout;

            use crate::far_side::{NOTES, Options, Shop, Told, order, pool};
            use crate::$way::{attempt, transact, with_pool};

            /// How many connections the pool has.
            const CONNECTIONS: u32 = 3;

            /// Takes orders side by side, one by one and in batches, each cut off now and then, and then uses each connection again.
            pub async fn shop<DB: Shop>(
                to: Options<DB>,
                mut chance: Chance,
                told: Told,
            ) -> sqlx::Result<()> {
                with_pool(pool::<DB>(CONNECTIONS), to, async |pool: &Pool<DB>| {
                    let each = (1..=6).map(|id| {
                        let (chance, told) = (chance.fork(), &told);
                        async move {
                            match id % 2 {
                                0 => one(pool, chance, told, id).await,
                                _ => batch(pool, chance, told, id * 1000).await,
                            }
                        }
                    });
                    for done in join_all(each).await {
                        done?;
                    }
                    again(pool, &told).await
                })
                .await
            }

            /// One order, asked for under its id until somebody says that it is there.
            async fn one<DB: Shop>(
                pool: &Pool<DB>,
                mut chance: Chance,
                told: &Told,
                id: i64,
            ) -> sqlx::Result<()> {
                for _ in 0..4 {
                    let limit = chance.time(Duration::from_millis(4));
                    let work = async |on: &mut DB::Connection| order::<DB>(on, id).await;
                    let ordered = transact(pool, DB::BEGIN, work);
                    if let Ok(ordered) = timeout(limit, ordered).await {
                        ordered?;
                        told.done(&[id]);
                        break;
                    }
                }
                Ok(())
            }

            /// An order and some pairs of orders, each of which is left out when it takes too long.
            async fn batch<DB: Shop>(
                pool: &Pool<DB>,
                mut chance: Chance,
                told: &Told,
                first: i64,
            ) -> sqlx::Result<()> {
                let limit = chance.time(Duration::from_millis(40));
                let pairs = [2, 4, 6, 8].map(|at| [first + at, first + at + 1]);
                let work = async |on: &mut DB::Connection| {
                    let (mut done, mut left_out) = (vec![first, first + 1], Vec::new());
                    order::<DB>(on, first).await?;
                    order::<DB>(on, first + 1).await?;
                    for pair in pairs {
                        let both = async |on: &mut DB::Connection| {
                            order::<DB>(on, pair[0]).await?;
                            order::<DB>(on, pair[1]).await
                        };
                        let limit = chance.time(Duration::from_millis(1));
                        match attempt(on, limit, both).await? {
                            Some(()) => done.extend(pair),
                            None => left_out.extend(pair),
                        }
                    }
                    Ok((done, left_out))
                };
                if let Ok(written) = timeout(limit, transact(pool, DB::BEGIN, work)).await {
                    let (done, left_out) = written?;
                    told.done(&done);
                    told.left_out(&left_out);
                }
                Ok(())
            }

            /// A note on each connection of the pool, without a transaction.
            async fn again<DB: Shop>(pool: &Pool<DB>, told: &Told) -> sqlx::Result<()> {
                let connections = (0..CONNECTIONS).map(|_| pool.acquire());
                for (id, connection) in NOTES.zip(join_all(connections).await) {
                    DB::note(&mut *connection?, id).await?;
                    told.done(&[id]);
                }
                Ok(())
            }
        }
    };
}

programs!(recipe);
programs!(by_hand);
programs!(as_written_first);
