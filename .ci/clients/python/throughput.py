"""Receives events by Microsoft's Python client, and prints how many seconds passed from the first to the last.

Usage: throughput.py AMQP_CONNECTION_STRING EVENTS
"""

import sys
import threading
import time

from azure.eventhub import EventHubConsumerClient

connection, count = sys.argv[1], int(sys.argv[2])
client = EventHubConsumerClient.from_connection_string(connection, "$Default", retry_total=0)
received, first, last = 0, None, None


def on_events(partition, events):
    global received, first, last
    if not events or last:
        return
    first = first or time.perf_counter()
    received += len(events)
    if received >= count:
        last = time.perf_counter()
        threading.Thread(target=client.close).start()


client.receive_batch(on_events, max_batch_size=300, max_wait_time=5, starting_position="-1")
print(last - first)
