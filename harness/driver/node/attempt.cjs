'use strict';

const { requests } = require('./process.cjs');
const { describe } = require('./describe.cjs');
const { Watch } = require('./watch.cjs');

class Cancelled extends Error {}
class Limit extends Error {}

const PING = [{ DB: 'admin', JSON: '{"ping": 1}' }];
const CLOSE_MS = 2000; // how long closing a client may take

// attempt connects one client, uses it and closes it.
async function attempt(driver, request, cancelled) {
  const watch = new Watch();
  const here = { dial: request.Dial, sockets: [], connected: false, warnings: [], watch, close: () => {}, crash: () => {} };
  return requests.run(here, async () => {
    const answer = { OK: false, Stopped: 'returned', Replies: [] };
    const stop = stopper(request.LimitMS, cancelled);
    let done = 0; // commands
    let before = 0; // events before the command that is under way
    const reply = (text) => {
      answer.Replies.push(text);
      done++;
      before = watch.events.length;
    };
    try {
      const commands = request.Do?.length ? request.Do : PING;
      let last; // the error of the last command, where the client goes on
      const fail = (error) => {
        if (!request.GoOn || watch.hopeless) throw error;
        answer.Failures = [...(answer.Failures ?? []), { Command: done, Reason: describe(driver, error, stage(here, watch.events.slice(before))).Reason }];
        [last, before, done] = [error, watch.events.length, done + 1];
      };
      await Promise.race([driver.run({ ...request, Do: commands }, reply, fail), stop.promise, crashed(here)]);
      const failed = answer.Failures ?? [];
      if (failed.length > 0 && failed[failed.length - 1].Command === commands.length - 1) throw last;
      answer.OK = true;
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      if (error instanceof Limit) answer.Stopped = 'limit';
      else if (watch.hopeless) answer.Stopped = 'all-servers-failed';
      answer.Stage = stage(here, watch.events.slice(before));
      if (answer.Stage === 'command') answer.Command = Math.min(done, (request.Do?.length || 1) - 1);
      answer.Error = describe(driver, error, answer.Stage);
    } finally {
      answer.ElapsedMS = Date.now() - watch.start;
      stop.clear();
      await settled();
      watch.over = true;
      answer.CloseMS = await closed(here);
    }
    return { ...answer, Warnings: here.warnings, Events: watch.events };
  });
}

// stage says where an attempt failed. A command whose connection could not be had has not been sent.
function stage(here, events) {
  if (here.sockets.length === 0) return 'configure';
  return here.connected && !events.some((e) => e.Kind === 'checkout-failed') ? 'command' : 'connect';
}

// crashed is rejected with what the driver throws for this request where no program could catch it.
function crashed(here) {
  return new Promise((_, reject) => (here.crash = reject));
}

// stopper is a promise that is rejected when the limit runs out or the request is cancelled.
function stopper(limitMS, cancelled) {
  let timer;
  const promise = new Promise((_, reject) => {
    if (limitMS > 0) timer = setTimeout(() => reject(new Limit(`the limit of ${limitMS} ms ran out`)), limitMS);
    cancelled.once('cancel', () => reject(new Cancelled('cancelled')));
  });
  promise.catch(() => {}); // it may be rejected when nobody waits any more
  return { promise, clear: () => clearTimeout(timer) };
}

// settled waits until what has been set off, such as the clearing of a pool, has been done.
async function settled() {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

// closed closes the client, and says how many milliseconds that took.
async function closed(here) {
  const start = Date.now();
  let timer;
  await Promise.race([
    Promise.resolve(here.close()).catch(() => {}),
    new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS))),
  ]);
  clearTimeout(timer);
  for (const socket of here.sockets) socket.destroy(); // what the driver has left open
  return Date.now() - start;
}

module.exports = { attempt, Cancelled };
