'use strict';

const { reason } = require('./reason.cjs');

// describe turns an error into data. The application gets surface; what the driver keeps inside it is why.
function describe(driver, surface, stage) {
  const all = chain(surface);
  const decisive = all.find((e) => !isSelection(e)) ?? surface;
  const { MongoNetworkError, MongoNetworkTimeoutError, MongoOperationTimeoutError } = driver.mongodb;
  const is = (...classes) => all.some((e) => classes.some((c) => c && e instanceof c));
  const replied = all.find((e) => Number.isInteger(e.code) && e.code > 0);
  return {
    Reason: reason(all, stage),
    Text: message(decisive),
    Surface: message(surface),
    Chain: all.map(named),
    Code: replied?.code,
    CodeName: replied?.codeName,
    Labels: labels(surface).length > 0 ? labels(surface) : labels(decisive),
    Network: is(MongoNetworkError),
    Timeout: is(MongoNetworkTimeoutError, MongoOperationTimeoutError),
  };
}

// chain is an error and what caused it. Server selection fails because of its servers: the first that failed is its cause.
function chain(error) {
  const all = [];
  for (let e = error; e && !all.includes(e); e = inside(e)) all.push(e);
  return all;
}

function inside(e) {
  if (!isSelection(e)) return e.cause instanceof Error ? e.cause : undefined;
  const failed = [...(e.reason?.servers?.values() ?? [])].find((s) => s.error);
  return failed?.error ?? (e.cause instanceof Error ? e.cause : undefined);
}

const isSelection = (e) => /ServerSelectionError$/.test(e.constructor.name);

// named is the class of an error, with Node's own code where it has one.
function named(e) {
  return typeof e.code === 'string' ? `${e.constructor.name} [${e.code}]` : e.constructor.name;
}

const message = (e) => String(e?.message ?? e);

const labels = (e) => [...(e.errorLabels ?? [])].sort();

module.exports = { describe };
