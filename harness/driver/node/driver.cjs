'use strict';

// The drivers, told apart: what an application writes with each of them to connect, and what it then holds.

const { createRequire } = require('node:module');
const path = require('node:path');
const { requests } = require('./process.cjs');

// open loads the driver whose package is in a directory.
function open(name, directory) {
  const load = createRequire(path.join(path.resolve(directory), 'package.json'));
  const driver = { name, version: load('./package.json').version, ...drivers[name](load) };
  // The driver says some things once in a process. Each client is to hear them.
  const utils = driver.load('mongodb/lib/utils');
  utils.emitWarningOnce = utils.emitWarning;
  driver.mongodb = driver.load('mongodb');
  driver.EJSON = driver.load('bson').EJSON ?? JSON; // version 3 has none
  watch(driver.mongodb.MongoClient);
  return driver;
}

// Each of drivers returns load, which loads mongodb and what that depends on, and connect, whose result has db(name) and close().
const drivers = {
  node(load) {
    const mongodb = load('.');
    const old = load('./package.json').version.startsWith('3.');
    return {
      load: (name) => load(name.replace(/^mongodb(?=$|\/)/, '.')),
      async connect(uri, options) {
        // Version 3 has two parsers and two topologies, and warns of the older ones.
        const client = new mongodb.MongoClient(uri, old ? { useNewUrlParser: true, useUnifiedTopology: true, ...options } : options);
        requests.getStore().client = client;
        await client.connect();
        return client;
      },
    };
  },

  mongoose(load) {
    const mongoose = load('.');
    const inner = createRequire(load.resolve('mongodb'));
    return {
      load: (name) => (name === 'bson' ? inner(name) : load(name)),
      build: `mongodb ${load('mongodb/package.json').version}`,
      async connect(uri, options) {
        const connection = new mongoose.Mongoose().createConnection();
        connection.on('error', () => {}); // the promise says it, too
        await connection.openUri(uri, options);
        return { db: (name) => connection.getClient().db(name), close: () => connection.close() };
      },
    };
  },
};

// watch makes each client of a request known to its watch before it dials, and lets connect end as soon as the watch says that
// nothing but the time limit of server selection is left. Mongoose and the shell make their clients out of reach.
function watch(MongoClient) {
  const connect = MongoClient.prototype.connect;
  MongoClient.prototype.connect = function (...args) {
    const request = requests.getStore();
    if (!request) return connect.apply(this, args);
    request.client = this;
    const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined; // Mongoose 6 gives one
    const connected = Promise.race([connect.apply(this, args), request.watch.listen(this)]);
    return callback ? connected.then((client) => callback(undefined, client), callback) : connected;
  };
}

module.exports = { open };
