// Checks that Microsoft's JavaScript client, unmodified, receives from a local hub and sends to it.
//
// Usage: check.js AMQP_CONNECTION_STRING EVENTS, where EVENTS are the lines of `local events`.

const assert = require("node:assert");
const fs = require("node:fs");
const {
  EventHubConsumerClient,
  EventHubProducerClient,
  earliestEventPosition,
} = require("@azure/event-hubs");

const [connection, events] = process.argv.slice(2);
const expected = fs.readFileSync(events, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const options = { retryOptions: { maxRetries: 0, timeoutInMs: 10000 }, skipParsingBodyAsJson: true };

const consumer = (text = connection) => new EventHubConsumerClient("$Default", text, options);

/** Receives until there are so many events, or an error. Calls `onEvents` once there are some. */
function receive(count, startPosition, partition, more = {}, onEvents = () => {}) {
  const client = consumer();
  const found = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(new Error(`only ${found.length} of ${count} came`)), 20000);
    const end = async (error) => {
      clearTimeout(timer);
      await subscription.close();
      await client.close();
      error ? reject(error) : resolve(found);
    };
    const handlers = {
      processEvents: async (batch, context) => {
        for (const event of batch) found.push([context.partitionId, event]);
        if (found.length > 0) onEvents();
        if (found.length >= count) end();
      },
      processError: async (error) => end(error),
    };
    const all = { startPosition, maxWaitTimeInSeconds: 1, ...options, ...more };
    const subscription =
      partition === undefined ? client.subscribe(handlers, all) : client.subscribe(partition, handlers, all);
  });
}

async function refused(name, work) {
  const error = await work().then(() => undefined, (error) => error);
  assert.equal(error?.code ?? error?.name, name, String(error));
  return error;
}

async function main() {
  const found = new Map();
  for (const [partition, event] of await receive(expected.length, earliestEventPosition)) {
    found.set(`${partition}/${event.sequenceNumber}`, event);
  }
  assert.equal(found.size, expected.length);
  for (const line of expected) {
    const event = found.get(`${line.partition}/${line.sequence}`);
    assert.equal(event.offset, line.offset);
    assert.equal(event.enqueuedTimeUtc.toISOString(), line.enqueued_time);
    assert.equal(event.contentType ?? null, line.content_type);
    assert.equal(event.partitionKey ?? null, line.partition_key);
    assert.deepEqual(event.properties ?? {}, line.properties);
    assert.equal(Buffer.from(event.body).toString("base64"), line.body_base64);
  }

  const last = expected.filter((line) => line.partition === "0").slice(-2);
  for (const start of [
    { offset: last[0].offset },
    { sequenceNumber: last[0].sequence },
    { sequenceNumber: last[1].sequence, isInclusive: true },
  ]) {
    const [[, event]] = await receive(1, start, "0");
    assert.equal(event.sequenceNumber, last[1].sequence, JSON.stringify(start));
  }
  assert.equal((await receive(expected.length, { enqueuedOn: Date.now() - 3600e3 })).length, expected.length);
  const beyond = await receive(1, { offset: "99999999999" }, "0").catch((error) => error);
  assert.match(String(beyond), /The supplied offset '99999999999' is invalid/);

  const client = consumer();
  assert.deepEqual((await client.getEventHubProperties()).partitionIds, ["0", "1", "2", "3"]);
  const partition = await client.getPartitionProperties("0");
  assert.equal(partition.lastEnqueuedSequenceNumber, last[1].sequence);
  assert.equal(partition.lastEnqueuedOffset, last[1].offset);
  await client.close();

  const producer = new EventHubProducerClient(connection, options);
  await producer.sendBatch([{ body: "single", properties: { "Mixed-Case": "x", number: 7 } }]);
  await producer.sendBatch([{ body: Buffer.alloc(900000, "x") }], { partitionId: "1" });
  const batch = await producer.createBatch({ partitionKey: "javascript" });
  for (let number = 0; number < 10; number++) assert(batch.tryAdd({ body: `${number}` }));
  await producer.sendBatch(batch);
  await refused("ArgumentOutOfRangeError", () => producer.sendBatch([{ body: "x" }], { partitionId: "9" }));
  await producer.close();

  const wrong = consumer(connection.replace(/SharedAccessKey=[^;]*/, "SharedAccessKey=d3Jvbmc="));
  await refused("UnauthorizedError", () => wrong.getEventHubProperties());
  await wrong.close();
  const nowhere = consumer(connection.replace(/EntityPath=[^;]*/, "EntityPath=nowhere"));
  await refused("MessagingEntityNotFoundError", () => nowhere.getEventHubProperties());
  await nowhere.close();

  let first;
  await new Promise((resolve, reject) => {
    first = receive(1e9, earliestEventPosition, "0", { ownerLevel: 1 }, resolve);
    first.catch(reject);
  });
  const second = receive(1, earliestEventPosition, "0", { ownerLevel: 2 });
  await refused("ReceiverDisconnectedError", () => first);
  await second;
  console.log(`@azure/event-hubs 6.0.4: ${expected.length} events received, 12 sent`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
