// An event processor: it shares a hub's partitions with others by checkpoints and claims in a blob container.
// Each line that it prints is JSON: the partitions that it owns, or an event that it received and checkpointed.
//
// Usage: processor.js AMQP_CONNECTION_STRING STORAGE_CONNECTION_STRING CONTAINER

const { EventHubConsumerClient, earliestEventPosition } = require("@azure/event-hubs");
const { BlobCheckpointStore } = require("@azure/eventhubs-checkpointstore-blob");
const { ContainerClient } = require("@azure/storage-blob");

const [connection, storage, container] = process.argv.slice(2);
const store = new BlobCheckpointStore(new ContainerClient(storage, container));
// The client's own settings: by default it looks at its partitions every ten seconds, and takes those of
// a process that is gone after a minute.
const loadBalancingOptions = {
  strategy: "balanced",
  updateIntervalInMs: 500,
  partitionOwnershipExpirationIntervalInMs: 5000,
};
const client = new EventHubConsumerClient("$Default", connection, store, { loadBalancingOptions });

const owned = new Set();
const say = (line) => console.log(JSON.stringify(line));

client.subscribe(
  {
    processInitialize: async ({ partitionId }) => say({ owned: [...owned.add(partitionId)] }),
    processClose: async (_, { partitionId }) => {
      owned.delete(partitionId);
      say({ owned: [...owned] });
    },
    processEvents: async (events, context) => {
      if (events.length === 0) return;
      await context.updateCheckpoint(events.at(-1));
      for (const event of events) say({ event: `${context.partitionId}/${event.sequenceNumber}` });
    },
    // The loss of a partition to another process is reported here too.
    processError: async (error, { partitionId }) => say({ error: `${error.name}: ${error.message}`, partitionId }),
  },
  { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
);
