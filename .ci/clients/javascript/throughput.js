// Receives events by Microsoft's JavaScript client, and prints how many seconds passed from the first to the
// last.
//
// Usage: throughput.js AMQP_CONNECTION_STRING EVENTS

const { EventHubConsumerClient, earliestEventPosition } = require("@azure/event-hubs");

const [connection, count] = process.argv.slice(2);
const client = new EventHubConsumerClient("$Default", connection);
let received = 0;
let first;

client.subscribe(
  {
    processEvents: async (events) => {
      if (events.length === 0) return;
      first ??= performance.now();
      received += events.length;
      if (received < Number(count)) return;
      console.log((performance.now() - first) / 1000);
      process.exit();
    },
    processError: async (error) => {
      console.error(error);
      process.exit(1);
    },
  },
  { startPosition: earliestEventPosition, maxBatchSize: 300, skipParsingBodyAsJson: true },
);
