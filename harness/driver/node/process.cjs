'use strict';

// What belongs to the process, and has to differ from request to request: where connections go, how names are resolved,
// and who hears a warning or a crash. Requests share the process; the asynchronous context tells them apart.

const { AsyncLocalStorage } = require('node:async_hooks');
const dns = require('node:dns');
const net = require('node:net');
const tls = require('node:tls');

// requests holds, for the code that runs for a request, what is known of it: see attempt.cjs.
const requests = new AsyncLocalStorage();

const resolver = process.env.MONGOTLS_RESOLVER;

// Every socket of a request with Dial goes to that address, whatever host it was told; the port stays. TLS has noted the
// name by then, and verifies it.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const request = requests.getStore();
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (request && typeof options === 'object' && options.port !== undefined) {
    request.sockets.push(this);
    if (request.dial || resolver) {
      const elsewhere = { ...options };
      if (request.dial) elsewhere.host = request.dial;
      // Bun verifies a certificate for the address that was dialled, unless it is told a name; Deno looks names up by itself.
      if (request.dial && process.versions.bun && !options.servername) {
        const verify = options.checkServerIdentity ?? tls.checkServerIdentity;
        elsewhere.checkServerIdentity = (_, certificate) => verify(options.host, certificate);
      }
      if (process.versions.deno && !elsewhere.lookup) elsewhere.lookup = dns.lookup;
      if (Array.isArray(args[0])) args[0][0] = elsewhere;
      else args[0] = elsewhere;
    }
  }
  return connect.apply(this, args);
};

// The resolver of the process serves SRV and TXT as it is; addresses, which Node asks the system for, need a patch.
if (resolver) {
  dns.setServers([resolver]);
  const lookup = dns.lookup;
  dns.lookup = function (name, options, callback) {
    if (name === 'localhost' || net.isIP(name)) return lookup.call(dns, name, options, callback);
    if (typeof options === 'function') [options, callback] = [{}, options];
    if (typeof options === 'number') options = { family: options };
    const family = options.family === 6 || options.family === 'IPv6' ? 6 : 4;
    dns[family === 6 ? 'resolve6' : 'resolve4'](name, (error, found) => {
      if (error) callback(error);
      else if (options.all) callback(null, found.map((address) => ({ address, family })));
      else callback(null, found[0], family);
    });
  };
}

process.on('warning', (w) => requests.getStore()?.warnings.push(w.message));

// What nobody caught ends a program. Here it ends the request for which it was thrown, and no other.
process.on('uncaughtException', (error) => {
  const request = requests.getStore();
  if (!request) {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exit(1);
  }
  request.crash(new Uncaught(error));
});

class Uncaught extends Error {
  constructor(error) {
    super(`the driver ended the program: ${error?.message ?? error}`, { cause: error });
  }
}

module.exports = { requests };
