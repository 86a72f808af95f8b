'use strict';

// The MongoDB Shell, run as its own main function runs a command line, but many times in one process: to start a process costs
// ten times as much as to connect.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createRequire } = require('node:module');
const { Readable, Writable } = require('node:stream');
const { readOf } = require('./options.cjs');

// FLAGS are the options of Code that the command line has, and what it calls them.
const FLAGS = {
  tls: 'tls',
  tlsCAFile: 'tlsCAFile',
  tlsCertificateKeyFile: 'tlsCertificateKeyFile',
  tlsCertificateKeyFilePassword: 'tlsCertificateKeyFilePassword',
  tlsCRLFile: 'tlsCRLFile',
  tlsAllowInvalidCertificates: 'tlsAllowInvalidCertificates',
  tlsAllowInvalidHostnames: 'tlsAllowInvalidHostnames',
  authMechanism: 'authenticationMechanism',
  authSource: 'authenticationDatabase',
  username: 'username',
};

function shell(load) {
  const cli = createRequire(load.resolve('@mongosh/cli-repl/package.json'));
  const { CliRepl } = cli('./lib/cli-repl.js');
  const { parseMongoshArgs } = cli('./lib/arg-parser.js');
  const { generateConnectionInfoFromCliArgs } = cli('@mongosh/arg-parser');
  const { version } = cli('./package.json');
  const provider = createRequire(cli.resolve('@mongosh/service-provider-node-driver'));
  const inner = createRequire(provider.resolve('mongodb'));
  const home = settings();

  // start runs a command line, and returns when the shell would end. print gets each line that it prints.
  async function start(args, print) {
    const { parsed } = parseMongoshArgs([process.execPath, 'mongosh', ...args]);
    const { connectionString, driverOptions } = generateConnectionInfoFromCliArgs(parsed);
    const output = lines(print);
    let exited;
    const exit = new Promise((resolve) => (exited = resolve));
    const repl = new CliRepl({
      shellCliOptions: parsed,
      getCryptLibraryPaths: async () => ({}),
      input: Readable.from([]), // nobody is there to answer a question
      output,
      promptOutput: lines(() => {}),
      onExit: (code) => (exited(code), new Promise(() => {})),
      shellHomePaths: home,
      globalConfigPaths: [],
    });
    const options = { productName: 'MongoDB Shell', productDocsLink: '', ...driverOptions, driverInfo: { name: 'mongosh', version } };
    await Promise.race([repl.start(connectionString, options), exit]);
  }

  return {
    load: (name) => (name === 'bson' ? inner(name) : provider(name)),
    inner: provider('mongodb/package.json').version,
    concurrency: 1,
    lacks: Object.fromEntries(['tlsMinVersion', 'tlsMaxVersion'].map((name) => [name, 'the command line has no such flag'])),
    async run(request, reply) {
      await start(['--quiet', '--norc', ...flags(request.Code), request.URI, ...request.Do.flatMap((c) => ['--eval', script(c)])], reply);
    },
  };
}

function flags(code = {}) {
  return Object.entries(code).flatMap(([name, value]) => {
    if (name === 'tlsForceClientCertificate') return []; // OpenSSL presents what it has, whatever authorities the server names
    if (!FLAGS[name]) throw new Error(`the command line has no flag for ${name}`);
    return value === 'true' ? [`--${FLAGS[name]}`] : value === 'false' ? [`--no-${FLAGS[name]}`] : [`--${FLAGS[name]}`, value];
  });
}

// script is a command as somebody writes it in the shell. It prints its reply as a line.
function script({ DB, JSON: text }) {
  const db = `db.getSiblingDB(${JSON.stringify(DB)})`;
  const found = readOf(JSON.parse(text));
  const reply = found ? `{ found: ${db}.getCollection(${JSON.stringify(found)}).find().toArray() }` : `${db}.runCommand(EJSON.parse(${JSON.stringify(text)}))`;
  return `print(EJSON.stringify(${reply}))`;
}

// lines is a stream that hands over each line that is written to it.
function lines(print) {
  let partial = '';
  return new Writable({
    write(chunk, _, done) {
      const parts = (partial + chunk).split('\n');
      partial = parts.pop();
      parts.forEach(print);
      done();
    },
  });
}

// settings is a home for shells that tell nobody anything, and ask nobody for news.
function settings() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'mongotls-mongosh-'));
  process.on('exit', () => fs.rmSync(home, { recursive: true, force: true }));
  fs.writeFileSync(path.join(home, 'config'), JSON.stringify({ enableTelemetry: false, disableLogging: true, updateURL: '', snippetIndexSourceURLs: '' }));
  return { shellLocalDataPath: home, shellRoamingDataPath: home, shellRcPath: home };
}

module.exports = { shell };
