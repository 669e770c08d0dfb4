"""Checks that Apache Qpid Proton receives from a local hub and sends to it: AMQP without Microsoft's parts.

Usage: proton_check.py AMQP_CONNECTION_STRING COUNT
"""

import sys
from urllib.parse import quote

from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import Container, Selector

parts = dict(part.split("=", 1) for part in sys.argv[1].split(";"))
count = int(sys.argv[2])
host = parts["Endpoint"].removeprefix("sb://").strip("/")
url = f"amqp://{parts['SharedAccessKeyName']}:{quote(parts['SharedAccessKey'], safe='')}@{host}"
hub = parts["EntityPath"]


class Check(MessagingHandler):
    def __init__(self):
        super().__init__()
        self.received, self.accepted, self.failure = 0, False, None

    def on_start(self, event):
        connection = event.container.connect(url, allowed_mechs="PLAIN", allow_insecure_mechs=True)
        self.connection = connection
        for partition in range(4):
            address = f"{hub}/ConsumerGroups/$Default/Partitions/{partition}"
            start = Selector("amqp.annotation.x-opt-offset > '-1'")
            event.container.create_receiver(connection, address, options=start)
        self.sender = event.container.create_sender(connection, hub)
        self.sent = False
        self.timer = event.container.schedule(20, self)

    def on_sendable(self, event):
        if not self.sent:
            self.sent = True
            event.sender.send(Message(body="a value", properties={"Name": "value"}))

    def on_accepted(self, event):
        self.accepted = True
        self.end()

    def on_message(self, event):
        assert "x-opt-sequence-number" in event.message.annotations
        self.received += 1
        self.end()

    def end(self):
        # The event that was sent comes back.
        if self.accepted and self.received == count + 1:
            self.timer.cancel()
            self.connection.close()

    def on_timer_task(self, event):
        self.failure = f"{self.received} received, accepted: {self.accepted}"
        self.connection.close()

    def on_link_error(self, event):
        self.failure = str(event.link.remote_condition)
        self.connection.close()


check = Check()
Container(check).run()
assert check.failure is None, check.failure
print(f"python-qpid-proton 0.40.0: {check.received} events received, 1 sent")
