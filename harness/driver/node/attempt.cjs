'use strict';

const { requests } = require('./process.cjs');
const { options } = require('./options.cjs');
const { describe } = require('./describe.cjs');
const { Watch } = require('./watch.cjs');

class Cancelled extends Error {}
class Limit extends Error {}

const PING = [{ DB: 'admin', JSON: '{"ping": 1}' }];
const CLOSE_MS = 2000; // how long closing a client may take

// attempt connects one client, uses it and closes it.
async function attempt(driver, request, cancelled) {
  const watch = new Watch();
  const here = { dial: request.Dial, dialled: false, warnings: [], watch, client: undefined };
  return requests.run(here, async () => {
    const answer = { OK: false, Stopped: 'returned', Replies: [] };
    const at = { stage: 'connect', command: 0 };
    const stop = stopper(request.LimitMS, cancelled);
    let held;
    try {
      held = await Promise.race([driver.connect(request.URI, options(request)), stop.promise]);
      for (const [i, command] of (request.Do?.length ? request.Do : PING).entries()) {
        Object.assign(at, { stage: 'command', command: i, before: watch.events.length });
        answer.Replies.push(await Promise.race([run(driver, held.db(command.DB), driver.EJSON.parse(command.JSON)), stop.promise]));
      }
      answer.OK = true;
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      if (error instanceof Limit) answer.Stopped = 'limit';
      else if (watch.hopeless) answer.Stopped = 'all-servers-failed';
      answer.Stage = stage(here, at, watch.events);
      if (answer.Stage === 'command') answer.Command = at.command;
      answer.Error = describe(driver, error, answer.Stage);
    } finally {
      answer.ElapsedMS = Date.now() - watch.start;
      stop.clear();
      await settled();
      watch.over = true;
      answer.CloseMS = await close(held ?? here.client);
    }
    return { ...answer, Warnings: here.warnings, Events: watch.events };
  });
}

// stage says where an attempt failed: a command whose connection could not be had has not been sent.
function stage(here, at, events) {
  if (!here.dialled) return 'configure';
  if (at.stage === 'command' && events.slice(at.before).some((e) => e.Kind === 'checkout-failed')) return 'connect';
  return at.stage;
}

// run runs a command. A find is the driver's own read, which it tries again where the specification says so.
async function run(driver, db, command) {
  const [[name, value], ...rest] = Object.entries(command);
  const reply = name === 'find' && rest.length === 0 ? { found: await db.collection(value).find({}).toArray() } : await db.command(command);
  return driver.EJSON.stringify(reply);
}

// stopper is a promise that is rejected when the limit runs out or the request is cancelled.
function stopper(limitMS, cancelled) {
  let timer;
  const promise = new Promise((_, reject) => {
    if (limitMS > 0) timer = setTimeout(() => reject(new Limit(`the limit of ${limitMS} ms ran out`)), limitMS);
    cancelled.addEventListener('abort', () => reject(new Cancelled('cancelled')));
  });
  promise.catch(() => {}); // it may be rejected when nobody waits any more
  return { promise, clear: () => clearTimeout(timer) };
}

// settled waits until what has been set off, such as the clearing of a pool, has been done.
async function settled() {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

async function close(client) {
  if (!client) return 0;
  const start = Date.now();
  let timer;
  await Promise.race([
    Promise.resolve(client.close()).catch(() => {}),
    new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS))),
  ]);
  clearTimeout(timer);
  return Date.now() - start;
}

module.exports = { attempt, Cancelled };
