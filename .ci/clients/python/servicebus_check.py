"""Checks that Microsoft's legacy client of Service Bus, unmodified, sends events to a local hub over REST.

Usage: servicebus_check.py REST_CONNECTION_STRING CERTIFICATE, where CERTIFICATE is a file with a certificate
for *.servicebus.windows.net and its key. The client speaks HTTPS to port 443 of that domain only, so its
session has an HTTP proxy, which takes the TLS off and connects to the local hub.
"""

import asyncio
import base64
import json
import ssl
import sys
import threading
import urllib.request

import requests
from azure.common import AzureHttpError
from azure.servicebus.control_client import ServiceBusService

parts = dict(part.split("=", 1) for part in sys.argv[1].split(";"))
certificate = sys.argv[2]
rest = parts["Endpoint"].removeprefix("sb://").strip("/")
hub = parts["EntityPath"]


async def pipe(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def joined(host, port):
    """Returns what joins a connection with another, to this port."""
    async def join(client_reader, client_writer):
        reader, writer = await asyncio.open_connection(host, port)
        await asyncio.gather(pipe(client_reader, writer), pipe(reader, client_writer), return_exceptions=True)
    return join


async def start():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    host, port = rest.rsplit(":", 1)
    secure = await asyncio.start_server(joined(host, int(port)), "127.0.0.1", 0, ssl=context)
    join = joined(*secure.sockets[0].getsockname())

    async def connect(reader, writer):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"CONNECT contoso.servicebus.windows.net:443 ")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await join(reader, writer)

    return await asyncio.start_server(connect, "127.0.0.1", 0)


def proxy():
    """Serves the proxy for as long as the process runs, and returns its port."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(start(), loop).result().sockets[0].getsockname()[1]


def service(key):
    session = requests.Session()
    session.verify = certificate
    session.proxies = {"https": f"http://127.0.0.1:{port}"}
    # A CA bundle or a proxy of the environment would go first.
    session.trust_env = False
    return ServiceBusService(
        "contoso", shared_access_key_name=parts["SharedAccessKeyName"], shared_access_key_value=key,
        request_session=session)


def events():
    with urllib.request.urlopen(f"http://{rest}/$local/hubs/{hub}/events") as lines:
        return [json.loads(line) for line in lines]


port = proxy()
before = len(events())
client = service(parts["SharedAccessKey"])
client.send_event(hub, "text with \u00e4".encode())
client.send_event(hub, "{}", broker_properties=json.dumps({"PartitionKey": "legacy"}))
client.send_event(hub, b"of a device", device_id="device-1")

sent = [(base64.b64decode(it["body_base64"]).decode(), it["partition_key"]) for it in events()[before:]]
assert sent == [("text with \u00e4", None), ("{}", "legacy"), ("of a device", "device-1")], sent
assert events()[-1]["content_type"] == "application/atom+xml;type=entry;charset=utf-8", events()[-1]

try:
    service("d3Jvbmc=").send_event(hub, b"never")
    raise AssertionError("a wrong key was accepted")
except AzureHttpError as error:
    assert error.status_code == 401, error
print("azure-servicebus 0.50.3: 3 sent over REST")
