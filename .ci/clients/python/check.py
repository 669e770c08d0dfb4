"""Checks that Microsoft's Python client, unmodified, receives from a local hub and sends to it.

Usage: check.py AMQP_CONNECTION_STRING EVENTS, where EVENTS are the lines of `local events`.
"""

import base64
import datetime
import json
import logging
import re
import sys
import threading
import time

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

# Refusals are expected, and the client logs them with their tracebacks.
logging.disable(logging.CRITICAL)

connection, events = sys.argv[1], sys.argv[2]
with open(events, encoding="utf-8") as lines:
    expected = [json.loads(line) for line in lines]


def consumer(**options):
    connect = EventHubConsumerClient.from_connection_string
    return connect(options.pop("connection", connection), "$Default", retry_total=0, **options)


def receive(count, **options):
    """Receives until there are so many events, or an error, or a minute has passed."""
    client, found, errors = consumer(), [], []

    def stop():
        threading.Thread(target=client.close).start()

    # In batches: one thread serves all partitions in turn, and waits at each that has nothing.
    def on_events(partition, events):
        found.extend((partition.partition_id, event) for event in events)
        if len(found) >= count or time.monotonic() > deadline:
            stop()

    def on_error(partition, error):
        errors.append(error)
        stop()

    deadline = time.monotonic() + 60
    client.receive_batch(on_events, on_error=on_error, max_batch_size=300, max_wait_time=1, **options)
    return found, errors


def place(partition, event):
    return partition, event.sequence_number


def text(value):
    return value.decode() if isinstance(value, bytes) else value


# All events from the start, with all that came with them.
found, errors = receive(len(expected), starting_position="-1")
assert not errors, errors
found = {place(*it): it[1] for it in found}
assert len(found) == len(expected), (len(found), len(expected))
for line in expected:
    event = found[line["partition"], line["sequence"]]
    assert event.offset == line["offset"]
    enqueued = event.enqueued_time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{event.enqueued_time.microsecond // 1000:03}Z"
    assert enqueued == line["enqueued_time"], (enqueued, line)
    assert event.content_type == line["content_type"]
    assert text(event.partition_key) == line["partition_key"]
    properties = {text(name): text(value) for name, value in (event.properties or {}).items()}
    assert properties == line["properties"], (properties, line["properties"])
    assert b"".join(event.body) == base64.b64decode(line["body_base64"])

# From an offset, a sequence number and a time on, and from the end.
last = [it for it in expected if it["partition"] == "0"][-2:]
for start in [
    {"starting_position": last[0]["offset"]},
    {"starting_position": last[0]["sequence"]},
    {"starting_position": last[1]["sequence"], "starting_position_inclusive": True},
]:
    found, errors = receive(1, partition_id="0", **start)
    assert not errors and [place(*it) for it in found] == [("0", last[1]["sequence"])], (start, found, errors)
hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
found, errors = receive(len(expected), starting_position=hour_ago)
assert not errors and len(found) == len(expected)

# A checkpoint that is newer than the log.
found, errors = receive(1, partition_id="0", starting_position="99999999999")
assert not found and "The supplied offset '99999999999' is invalid." in str(errors), errors

# Properties of the hub and of a partition.
with consumer() as client:
    assert client.get_eventhub_properties()["partition_ids"] == ["0", "1", "2", "3"]
    partition = client.get_partition_properties("0")
    assert partition["last_enqueued_sequence_number"] == last[1]["sequence"], partition
    assert partition["last_enqueued_offset"] == last[1]["offset"], partition

# A single event, one to a partition, a batch by key; and a large one.
with EventHubProducerClient.from_connection_string(connection) as producer:
    event = EventData(b"single")
    event.properties = {"Mixed-Case": "x", "number": 7}
    producer.send_event(event)
    producer.send_event(EventData(b"x" * 900_000), partition_id="1")
    batch = producer.create_batch(partition_key="python")
    for number in range(10):
        batch.add(EventData(b"%d" % number))
    producer.send_batch(batch)

# A wrong key.
wrong = re.sub("SharedAccessKey=[^;]*", "SharedAccessKey=d3Jvbmc=", connection)
try:
    with consumer(connection=wrong) as client:
        client.get_eventhub_properties()
    raise AssertionError("a wrong key was accepted")
except Exception as error:  # the type is the client's own, and says why
    assert type(error).__name__ == "AuthenticationError" and "401" in str(error), repr(error)

# A receiver with a higher owner level takes the partition over.
loser = {}


def own(client, level, on_error):
    client.receive(lambda *_: None, partition_id="0", owner_level=level, on_error=on_error,
                   starting_position="@latest", max_wait_time=1)


ready, lost = threading.Event(), threading.Event()
first, second = consumer(), consumer()
thread = threading.Thread(target=lambda: first.receive(
    lambda *_: ready.set(), partition_id="0", owner_level=1, starting_position="@latest", max_wait_time=0.2,
    on_error=lambda _, error: (loser.update(error=error), lost.set())))
thread.start()
assert ready.wait(10)
other = threading.Thread(target=lambda: own(second, 2, lambda *_: None))
other.start()
assert lost.wait(10) and "New receiver" in str(loser["error"]), loser
first.close()
second.close()
thread.join()
other.join()
print(f"azure-eventhub 5.15.1: {len(expected)} events received, 12 sent")
