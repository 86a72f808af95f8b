'use strict';

// The adapter of the Node drivers: JSON lines in on file descriptor 3, JSON lines out on standard output.
//
//     node --use-openssl-ca adapter.cjs node DIRECTORY     where DIRECTORY is that of the package

const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { StringDecoder } = require('node:string_decoder');
const { open } = require('./driver.cjs');
const { attempt, Cancelled } = require('./attempt.cjs');
const { info } = require('./info.cjs');

// Standard output is for replies. Whatever else wants to print goes to standard error.
const out = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const reply = (r) => out(JSON.stringify(r) + '\n');

const LONGEST = 16 << 20; // of a line, in bytes
const running = new Map(); // id -> what cancels it
let driver;
try {
  driver = open(process.argv[2], process.argv[3]);
} catch (e) {
  process.stderr.write(`the driver does not load: ${e.message.split('\n')[0]}\n`);
  process.exit(1);
}
let told; // what info says, once it has been asked for

async function serve(line) {
  let q;
  try {
    q = JSON.parse(line);
  } catch (e) {
    return reply({ Error: `no request: ${e.message}` });
  }
  const id = typeof q?.ID === 'string' ? q.ID : undefined;
  switch (q?.Op) {
    case 'info':
      told = told ?? info(driver);
      return reply({ Info: await told });
    case 'cancel':
      return running.get(id)?.emit('cancel');
    case 'do':
      if (q.Request && typeof q.Request === 'object') return run(q.Request);
  }
  return reply({ ID: id, Error: 'unsupported' });
}

async function run(request) {
  const cancel = new EventEmitter();
  running.set(request.ID, cancel);
  try {
    const answer = await attempt(driver, request, cancel);
    reply({ Answer: { ID: request.ID, ...answer } });
  } catch (e) {
    reply({ ID: request.ID, Error: e instanceof Cancelled ? 'cancelled' : String(e?.stack ?? e) });
  } finally {
    running.delete(request.ID);
  }
}

const decoder = new StringDecoder('utf8');
let line = '';
let tooLong = false;
// Bun makes no socket of a pipe. To read it as a file takes a thread, of which Node.js has few.
const requests = process.versions.bun ? fs.createReadStream(null, { fd: 3 }) : new net.Socket({ fd: 3, readable: true, writable: false });
requests.on('data', (chunk) => {
  const parts = decoder.write(chunk).split('\n');
  for (const [i, part] of parts.entries()) {
    if (!tooLong) line += part;
    if (line.length > LONGEST) [line, tooLong] = ['', true];
    if (i === parts.length - 1) continue; // its end is still to come
    if (tooLong) reply({ Error: 'no request: the line is longer than 16 MiB' });
    else if (line.trim() !== '') void serve(line);
    [line, tooLong] = ['', false];
  }
});
requests.on('close', () => process.exit(0));
