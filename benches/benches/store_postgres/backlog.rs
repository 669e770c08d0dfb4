//! Whether work is found as fast among many jobs as among few.

use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

use crate::jobs::Jobs;
use crate::ours::Ours;
use crate::{median, now};

const FEW: u32 = 1_000;
const ROUNDS: usize = 45;
const GROUP: u32 = 64;

/// Copies of the one job that is there, with its message. They were created before it, one in
/// each microsecond.
const COPY: &str = "
    INSERT INTO {schema}.asyncoperation (asyncoperationid, name, operationtype, endpoint,
        messagename, primaryentitytype, correlationid, operationid, depth, createdon, messageid,
        autodelete, statecode, statuscode, modifiedon, retrycount, attempts, dueon, revision,
        isblocked)
    SELECT gen_random_uuid(), name, operationtype, endpoint, messagename, primaryentitytype,
        correlationid, gen_random_uuid(), depth, createdon - {jobs} + n, gen_random_uuid(),
        autodelete, statecode, statuscode, modifiedon, retrycount, attempts, dueon - {jobs} + n,
        revision, isblocked
    FROM {schema}.asyncoperation, generate_series(1, {jobs} - 1) AS n ORDER BY n;
    INSERT INTO {schema}.payload
    SELECT job.sequence, contenttype, properties, encoding, length, body
    FROM {schema}.payload AS one, {schema}.asyncoperation AS job
    WHERE job.sequence <> one.sequence ORDER BY job.sequence;
    VACUUM ANALYZE {schema}.asyncoperation, {schema}.payload;";

pub fn run(server: &str, many: u32) {
    let runtime = Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let mut few = fill(server, FEW).await;
        let mut many_jobs = fill(server, many).await;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS + 5 {
            rounds.push((claim(&mut few).await, claim(&mut many_jobs).await));
        }
        // The first rounds are to warm up.
        let rounds = rounds.split_off(5);
        let of = |figure: fn(&(f64, f64)) -> f64| median(rounds.iter().map(figure).collect());
        println!("| | among {FEW} jobs | among {many} jobs | ratio |");
        println!("|---|--:|--:|--:|");
        println!(
            "| claim 64 | {:.0} us | {:.0} us | {:.2} |",
            of(|it| it.0),
            of(|it| it.1),
            of(|(few, many)| many / few)
        );
    });
}

/// A store with so many ready jobs, whose messages are small: it is the jobs that are many.
async fn fill(server: &str, jobs: u32) -> Ours {
    let schema = format!("backlog_{jobs}");
    let mut store = Ours::open(server, &schema, Jobs::with_body(*b"{}")).await;
    store.insert(1, 1, 1).await;
    let (client, connection) =
        tokio_postgres::connect(server, NoTls).await.expect("the server is there");
    tokio::spawn(connection);
    let copy = COPY.replace("{schema}", &schema).replace("{jobs}", &jobs.to_string());
    for statement in copy.split(';') {
        client.batch_execute(statement).await.expect("the statements are right");
    }
    store
}

/// Microseconds of a claim. The jobs are completed afterwards, and as many are stored.
async fn claim(store: &mut Ours) -> f64 {
    let began = now();
    let claimed = store.claim(GROUP).await;
    let taken = began.elapsed().as_secs_f64() * 1e6;
    store.complete(claimed).await;
    store.insert(GROUP, 1, GROUP).await;
    taken
}
