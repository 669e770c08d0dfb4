CREATE TABLE xrm_listener_version (version INTEGER PRIMARY KEY);
INSERT INTO xrm_listener_version (version) VALUES (1);

-- Times are microseconds since the Unix epoch.
CREATE TABLE xrm_listener_instance (
    namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL,
    name TEXT NOT NULL,
    announced_on INTEGER NOT NULL,
    PRIMARY KEY (namespace, hub, consumer_group, name)
) WITHOUT ROWID;

CREATE TABLE xrm_listener_ownership (
    namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL,
    partition TEXT NOT NULL,
    owner TEXT,
    version INTEGER NOT NULL,
    claimed_on INTEGER NOT NULL,
    PRIMARY KEY (namespace, hub, consumer_group, partition)
) WITHOUT ROWID;

CREATE TABLE xrm_listener_checkpoint (
    namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL,
    partition TEXT NOT NULL,
    sequence_number INTEGER NOT NULL,
    event_offset TEXT NOT NULL,
    PRIMARY KEY (namespace, hub, consumer_group, partition)
) WITHOUT ROWID;

-- AUTOINCREMENT: the number of a deleted dead letter is not given to another one.
CREATE TABLE xrm_listener_dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL,
    partition TEXT NOT NULL,
    sequence_number INTEGER NOT NULL,
    enqueued_time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    event TEXT NOT NULL,
    UNIQUE (namespace, hub, consumer_group, partition, sequence_number, enqueued_time)
);

-- The messages that were handled in transactions of the application.
CREATE TABLE xrm_listener_message (
    namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL,
    message_id TEXT NOT NULL,
    enqueued_time INTEGER NOT NULL,
    PRIMARY KEY (namespace, hub, consumer_group, message_id)
) WITHOUT ROWID;
CREATE INDEX xrm_listener_message_time
    ON xrm_listener_message (namespace, hub, consumer_group, enqueued_time);
