// Checks that two event processors share the partitions of a local hub, and that one takes over all of them
// when the other is killed. Their checkpoints are in Azurite, Microsoft's emulator of Azure Storage.
//
// Usage: check.js AMQP_CONNECTION_STRING EVENTS, where EVENTS are the lines of `local events`.

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { EventHubProducerClient } = require("@azure/event-hubs");
const { BlobServiceClient } = require("@azure/storage-blob");

const [connection, events] = process.argv.slice(2);
const first = fs.readFileSync(events, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const partitions = ["0", "1", "2", "3"];
// The account that Azurite's documentation gives.
const account = "devstoreaccount1";
const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const children = [];

/** Waits until there is a value, looking whenever a child has printed something. */
const waiting = new Set();
function until(what, look) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within 60 s: ${what}, ${JSON.stringify(look(true))}`)), 60_000);
    const check = () => {
      const found = look();
      if (!found) return;
      clearTimeout(timer);
      waiting.delete(check);
      resolve(found);
    };
    waiting.add(check);
    check();
  });
}

function start(program, parameters, take) {
  const child = spawn(process.execPath, [program, ...parameters], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    take(line);
    for (const check of [...waiting]) check();
  });
  return child;
}

async function storage() {
  const main = path.join(path.dirname(require.resolve("azurite/package.json")), "dist/src/blob/main.js");
  let port;
  // Port 0 finds a free one. Its clients are newer than it is, and name versions that it does not know.
  // By default it sends telemetry to Microsoft; a test does not leave the machine.
  const settings = ["--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"];
  start(main, settings, (line) => {
    port ??= /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
  });
  await until("Azurite listens", () => port);
  const text = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};` +
    `BlobEndpoint=http://127.0.0.1:${port}/${account};`;
  await BlobServiceClient.fromConnectionString(text).createContainer("checkpoints");
  return text;
}

function processor(storage) {
  const state = { owned: [], received: [], errors: [] };
  const program = path.join(__dirname, "processor.js");
  state.child = start(program, [connection, storage, "checkpoints"], (line) => {
    const { owned, event, error } = JSON.parse(line);
    if (owned) state.owned = owned.sort();
    if (event) state.received.push(event);
    if (error) state.errors.push(error);
  });
  return state;
}

/** Sends an event to each partition, and returns them by partition and sequence number. */
async function send(producer) {
  return Promise.all(partitions.map(async (partition) => {
    await producer.sendBatch([{ body: "event" }], { partitionId: partition });
    const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties(partition);
    return `${partition}/${lastEnqueuedSequenceNumber}`;
  }));
}

const has = (received, expected) => expected.every((event) => received.includes(event));

async function main() {
  const store = await storage();
  const producer = new EventHubProducerClient(connection);

  const one = processor(store);
  const published = first.map((event) => `${event.partition}/${event.sequence}`);
  await until("one has all", (show) => (show ? one : one.owned.length === 4 && has(one.received, published)));

  const two = processor(store);
  const both = { one, two };
  await until("each has two", (show) => (show ? both : one.owned.length === 2 && two.owned.length === 2));
  assert.deepEqual([...one.owned, ...two.owned].sort(), partitions);
  const shared = await send(producer);
  await until("both receive", (show) => (show ? both : has([...one.received, ...two.received], shared)));
  assert(shared.some((event) => one.received.includes(event)) && shared.some((event) => two.received.includes(event)));

  one.child.kill("SIGKILL");
  await until("two has all", (show) => (show ? two : two.owned.length === 4));
  const last = await send(producer);
  await until("two receives", (show) => (show ? two : has(two.received, last)));
  await producer.close();
  // What one had checkpointed did not come again.
  const again = two.received.filter((event) => published.includes(event));
  assert.deepEqual(again, []);
  console.log(`@azure/eventhubs-checkpointstore-blob 2.0.0: two processors shared ${published.length + 8} events`);
}

main()
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    for (const child of children) child.kill("SIGKILL");
  });
