#!/usr/bin/env bash
# What it costs an application to notify workers within its own transaction: transactions a second of 16
# clients that each write a row and enqueue a job by `enqueue_v1`, with and without `notify`.
#
#     .ci/with-postgres benches/postgres-notify.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly seconds=${1:-10} server=$XRM_EVENTHUB_TEST_POSTGRES
readonly migrations=crates/xrm-jobs/src/postgres/migrations
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

{
    echo 'CREATE SCHEMA notify_bench; CREATE TABLE notify_bench.business (number bigserial PRIMARY KEY);'
    cat "$migrations/1.sql"
    echo 'ALTER TABLE {schema}.payload ADD COLUMN checksum bytea;'
    cat "$migrations/expiry.sql" "$migrations/enqueue.sql"
} | sed 's/{schema}/notify_bench/g' | psql "$server" -Xq -v ON_ERROR_STOP=1

transactions() { # transactions NOTIFY: prints how many were made in a second
    cat > "$folder/script" << END
BEGIN;
INSERT INTO notify_bench.business DEFAULT VALUES;
SELECT notify_bench.enqueue_v1(id => gen_random_uuid(), endpoint => 'accounts', name => 'accounts: Update',
    content_type => 'application/json', body => convert_to(repeat('x', 2000), 'UTF8'), notify => $1);
COMMIT;
END
    pgbench "$server" --no-vacuum --client 16 --jobs 2 --time "$seconds" --file "$folder/script" 2> /dev/null |
        sed -n 's/^tps = \([0-9]*\).*/\1/p'
}

echo '| round | without a notification | with one |'
echo '|--:|--:|--:|'
for round in 1 2 3 4 5; do
    echo "| $round | $(transactions false) | $(transactions true) |"
done
psql "$server" -Xqc 'SET client_min_messages = warning; DROP SCHEMA notify_bench CASCADE'
