'use strict';

// The drivers, told apart: what an application writes with each of them to connect, and what it then holds.

const { createRequire } = require('node:module');
const path = require('node:path');
const { options, readOf } = require('./options.cjs');
const { requests } = require('./process.cjs');
const { shell } = require('./mongosh.cjs');

// open loads the driver whose package is in a directory.
function open(name, directory) {
  const load = createRequire(path.join(path.resolve(directory), 'package.json'));
  const driver = { name, version: load('./package.json').version, ...drivers[name](load) };
  // The driver says some things once in a process. Each client is to hear them. Version 3 looks for this while it is loaded.
  const utils = driver.load('mongodb/lib/utils');
  utils.emitWarningOnce = utils.emitWarning;
  driver.mongodb = driver.load('mongodb');
  driver.EJSON = driver.load('bson').EJSON ?? JSON; // version 3 has none
  watch(driver.mongodb.MongoClient);
  return driver;
}

// Each of drivers returns load, which loads mongodb and what that depends on, and run, which connects, runs commands in order,
// and hands each reply, or failure, over as it comes. A find is the driver's own read, which it tries again where the specification says so.
const drivers = {
  node(load) {
    const [major, minor] = load('./package.json').version.split('.').map(Number);
    const old = major < 4;
    const connects = old || (major === 4 && minor < 7); // later, the first command does, and is tried again where connect is not
    return {
      load: (name) => load(name.replace(/^mongodb(?=$|\/)/, '.')),
      concurrency: old ? 1 : undefined, // a failure to read keys keeps version 3 busy for seconds
      async run(request, reply, fail) {
        // Version 3 has two parsers and two topologies, and warns of the older ones.
        const made = { ...(old && { useNewUrlParser: true, useUnifiedTopology: true }), ...options(request, old) };
        const client = new this.mongodb.MongoClient(request.URI, made);
        if (connects) await client.connect();
        await run(this, client, request.Do, reply, fail);
      },
    };
  },

  mongoose(load) {
    const inner = createRequire(load.resolve('mongodb'));
    return {
      load: (name) => (name === 'bson' ? inner(name) : load(name)),
      inner: load('mongodb/package.json').version,
      async run(request, reply, fail) {
        const connection = new (load('.').Mongoose)().createConnection();
        connection.on('error', () => {}); // the promise says it, too
        await connection.openUri(request.URI, options(request));
        requests.getStore().close = () => connection.close();
        await run(this, connection.getClient(), request.Do, reply, fail);
      },
    };
  },

  mongosh: shell,
};

async function run(driver, client, commands, reply, fail) {
  for (const { DB, JSON: text } of commands) {
    const command = driver.EJSON.parse(text);
    const db = client.db(DB);
    const found = readOf(command);
    try {
      reply(driver.EJSON.stringify(found ? { found: await db.collection(found).find({}).toArray() } : await db.command(command)));
    } catch (error) {
      fail(error);
    }
  }
}

// watch makes each client of a request known to its watch before it dials, and lets connect end as soon as the watch says that
// nothing but the time limit of server selection is left. Mongoose and the shell make their clients out of reach.
function watch(MongoClient) {
  const connect = MongoClient.prototype.connect;
  MongoClient.prototype.connect = function (...args) {
    const request = requests.getStore();
    if (!request) return connect.apply(this, args);
    request.close = () => this.close();
    const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined; // Mongoose 6 gives one
    const connected = Promise.race([connect.apply(this, args), request.watch.listen(this)]);
    connected.then(() => (request.connected = true), () => {});
    return callback ? connected.then((client) => callback(undefined, client), callback) : connected;
  };
}

module.exports = { open };
