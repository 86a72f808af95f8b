'use strict';

// Replays recorded errors through the adapter's table, and prints those that get another reason.

const fs = require('node:fs');
const { reason } = require('../reason.cjs');

for (const r of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  const chain = r.Chain.map((link) => {
    const [, name, code] = /^(\w+)(?: \[(\w+)\])?$/.exec(link);
    const error = new (class extends Error {})(/Selection/.test(name) ? r.Surface : r.Text);
    Object.defineProperty(error.constructor, 'name', { value: name });
    return Object.assign(error, { code: code ?? (/Server(Error)?$|^MongoError$/.test(name) && r.Code ? r.Code : undefined) });
  });
  const got = reason(chain, r.Stage);
  if (got !== r.Reason) console.log(`${got}, not ${r.Reason}: ${JSON.stringify(r)}`);
}
