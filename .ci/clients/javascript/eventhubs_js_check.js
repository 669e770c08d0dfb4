// Checks that eventhubs-js, unmodified, sends events to a local hub over REST.
//
// Usage: eventhubs_js_check.js REST_CONNECTION_STRING CERTIFICATE, where CERTIFICATE is a file with a
// certificate for *.servicebus.windows.net and its key. The client speaks HTTPS to that domain only, so
// Node's own agent connects it to a proxy, which takes the TLS off.

const assert = require("node:assert");
const fs = require("node:fs");
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");

const [connection, certificate] = process.argv.slice(2);
const parts = Object.fromEntries(connection.split(";").map((part) => part.split(/=(.*)/s)));
const rest = new URL(parts.Endpoint.replace("sb://", "http://"));
const pem = fs.readFileSync(certificate);

/** Serves TLS on a port of its own, and returns the server. */
function proxy() {
  const server = tls.createServer({ key: pem, cert: pem }, (client) => {
    const hub = net.connect(rest.port, rest.hostname);
    client.pipe(hub).pipe(client);
    for (const socket of [client, hub]) socket.on("error", () => socket.destroy());
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function events() {
  const answer = await fetch(new URL(`/$local/hubs/${parts.EntityPath}/events`, rest));
  return (await answer.text()).trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

async function main() {
  const server = await proxy();
  const agent = new https.Agent({ ca: pem });
  agent.createConnection = (options) =>
    tls.connect({ ...options, host: "127.0.0.1", port: server.address().port });
  https.globalAgent = agent;
  const client = require("eventhubs-js");
  const settings = { hubNamespace: "contoso", hubName: parts.EntityPath, keyName: parts.SharedAccessKeyName };
  // It prints each token.
  const print = console.log;
  console.log = () => {};

  const before = (await events()).length;
  client.init({ ...settings, key: parts.SharedAccessKey });
  for (const message of ["text", { Temperature: 45.2 }]) {
    assert.equal((await client.sendMessage({ message })).statusCode, 201);
  }
  await client.sendMessage({ message: "of a device", deviceId: "device-1" });
  await client.sendMessages({ messages: [1, 2], deviceId: "device-2" });
  const sent = (await events()).slice(before);
  assert.deepEqual(
    sent.map((event) => [Buffer.from(event.body_base64, "base64").toString(), event.partition_key]),
    // Its array is one event: its content type is not that of a batch.
    [["text", null], ['{"Temperature":45.2}', null], ["of a device", "device-1"], ["[1,2]", "device-2"]],
  );

  // Its tokens are kept by address, so that a wrong key shows with another.
  client.init({ ...settings, key: "d3Jvbmc=" });
  await assert.rejects(client.sendMessage({ message: "never", deviceId: "device-3" }), /Invalid server status: 401/);
  print("eventhubs-js 1.1.3: 4 sent over REST");
  agent.destroy();
  server.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
