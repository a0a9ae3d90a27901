//! Statements that change many counts of the login throttle lock their rows in the same order as a failure that is
//! counted: otherwise PostgreSQL ends one of the two as a deadlock.

use time::Duration;
use vestibule::store::{Database, KNOWN_FOR, StoreError};

use super::empty;

/// A failure that is counted locks the first of these, and then the others.
const KEYS: u8 = 50;

#[derive(Debug, Clone, Copy)]
enum Statement {
    CorrectTimes,
    Prune,
    ForgiveAll,
}

// C43
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_many_counts_never_deadlocks_with_a_failure_that_is_counted() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    let pool = sqlx::PgPool::connect(own.expose()).await.unwrap();
    for statement in [Statement::CorrectTimes, Statement::Prune, Statement::ForgiveAll] {
        let now = fixture.now();
        let last = match statement {
            Statement::CorrectTimes => now + Duration::days(365),
            Statement::Prune => now - 2 * KNOWN_FOR,
            Statement::ForgiveAll => now,
        };
        sqlx::query("DELETE FROM login_throttle").execute(&pool).await.unwrap();
        for key in (0..KEYS).rev() {
            let insert = "INSERT INTO login_throttle (key, failures, last_at) VALUES ($1, 1, $2)";
            let at = i64::try_from(last.unix_timestamp_nanos() / 1_000).unwrap();
            sqlx::query(insert).bind(vec![key; 32]).bind(at).execute(&pool).await.unwrap();
        }
        let mut counting = pool.begin().await.unwrap();
        let lock = "SELECT key FROM login_throttle WHERE key >= $1 ORDER BY key LIMIT $2 FOR UPDATE";
        sqlx::query(lock).bind(vec![0_u8; 32]).bind(1_i64).execute(&mut *counting).await.unwrap();
        let store = fixture.store.clone();
        let changing = tokio::spawn(async move {
            match statement {
                Statement::CorrectTimes => store.correct_throttle_times(now).await,
                Statement::Prune => store.prune_throttle(now).await,
                Statement::ForgiveAll => {
                    let mut transaction = store.begin().await?;
                    let forgiven = transaction.forgive_all().await?;
                    transaction.commit().await?;
                    Ok::<u64, StoreError>(forgiven)
                }
            }
        });
        let waits = "SELECT count(*) FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.unwrap() == 0 {
            assert!(!changing.is_finished(), "{statement:?} should wait");
            tokio::task::yield_now().await;
        }
        let others = sqlx::query(lock).bind(vec![0_u8; 32]).bind(i64::from(KEYS)).execute(&mut *counting).await;
        assert_eq!(others.map_err(|why| format!("{statement:?}: {why}")).unwrap().rows_affected(), u64::from(KEYS));
        counting.commit().await.unwrap();
        assert_eq!(changing.await.unwrap().unwrap(), u64::from(KEYS), "{statement:?}");
    }
    pool.close().await;
    fixture.clean_up().await;
}
