'use strict';

// A watch listens to the client of a request. It records events, and ends the attempt early once every server that the client
// knows has failed a check and none of them has ever succeeded: nothing but the time limit of server selection is left then. It
// reads no expectation.

const KINDS = {
  serverHeartbeatFailed: 'heartbeat-failed',
  serverHeartbeatSucceeded: 'heartbeat-succeeded',
  connectionPoolCleared: 'pool-cleared',
  connectionCreated: 'connection-created',
  connectionClosed: 'connection-closed',
  connectionCheckOutFailed: 'checkout-failed',
};

class Watch {
  constructor() {
    this.start = Date.now();
    this.events = [];
    this.succeeded = new Set(); // addresses
    this.hopeless = false;
    this.over = false; // the attempt: what follows is the noise of closing the client
  }

  // listen returns a promise that is rejected, with the driver's own error, when there is no hope.
  listen(client) {
    for (const [name, kind] of Object.entries(KINDS)) {
      client.on(name, (e) => {
        if (this.over) return;
        if (kind === 'heartbeat-succeeded') this.succeeded.add(e.connectionId);
        const text = e.failure?.message ?? e.reason ?? '';
        const server = kind.startsWith('heartbeat') ? e.connectionId : e.address;
        this.events.push({ Kind: kind, ...(server && { Server: String(server) }), ...(text && { Text: String(text) }),
          AtMS: Date.now() - this.start });
      });
    }
    return new Promise((_, reject) => {
      const look = ({ newDescription }) => {
        const servers = [...newDescription.servers];
        if (servers.length === 0 || !servers.every(([address, s]) => s.error && !this.succeeded.has(address))) return;
        client.off('topologyDescriptionChanged', look);
        // What the driver does of its own accord about a failed check, such as giving up, it does now.
        setImmediate(() => {
          if (!client.topology) return;
          this.hopeless = true;
          noServer(client.topology).then(reject, reject);
        });
      };
      client.on('topologyDescriptionChanged', look);
    });
  }
}

// noServer is the error of server selection, made by the driver: the same question, with a time limit of a millisecond.
async function noServer(topology) {
  const none = () => [];
  const options = { serverSelectionTimeoutMS: 1, operationName: 'ping' };
  if (topology.selectServer.length < 3) return topology.selectServer(none, options);
  return new Promise((resolve, reject) => topology.selectServer(none, options, (error) => (error ? reject(error) : resolve())));
}

module.exports = { Watch };
