'use strict';

// TLS by OpenSSL, for the connections of one server: see face.go. The arguments are a face.Config as JSON, and the path to
// listen at. Each connection comes as two: its ciphertext and its cleartext, which begin with a line, KIND and a number. The
// first line of cleartext that goes back says, as JSON, what was agreed on, or why nothing was.

const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');

const [, argument, path] = process.argv;
const told = JSON.parse(argument);
const pem = fs.readFileSync(told.KeyFile);
const secureContext = tls.createSecureContext({
  cert: pem,
  key: pem,
  ciphers: told.Ciphers || 'DEFAULT@SECLEVEL=0',
  ecdhCurve: told.Groups || 'auto',
  dhparam: 'auto',
  ...(told.SignatureAlgorithms && { sigalgs: told.SignatureAlgorithms }),
  minVersion: 'TLSv1.2',
  maxVersion: told.TLS12 ? 'TLSv1.2' : 'TLSv1.3',
});

const waiting = new Map(); // by number, what came first of two

const server = net.createServer({ allowHalfOpen: true }, (end) => {
  end.on('error', () => end.destroy());
  end.once('data', (chunk) => {
    end.pause();
    const line = chunk.indexOf('\n');
    const [kind, number] = String(chunk.subarray(0, line)).split(' ');
    if (line + 1 < chunk.length) end.unshift(chunk.subarray(line + 1));
    const both = { ...waiting.get(number), [kind]: end };
    waiting.set(number, both);
    if (both.cipher && both.clear) {
      waiting.delete(number);
      serve(both.cipher, both.clear);
    }
  });
});

function serve(cipher, clear) {
  const say = (what) => `${JSON.stringify(what)}\n`;
  const socket = new tls.TLSSocket(cipher, { isServer: true, secureContext });
  const over = (why) => clear.end(socket.agreed ? '' : say({ Error: why }));
  socket.on('error', (error) => over(error.reason ?? error.message.trim()));
  socket.on('end', () => over('stream truncated')).resume(); // in the middle of the handshake: later it is piped
  socket.on('secure', () => {
    if (socket.agreed) return; // once more, after a renegotiation
    socket.agreed = true;
    clear.write(say({ Version: socket.getProtocol(), Cipher: socket.getCipher().standardName }));
    if (told.Renegotiate) clear.once('data', () => socket.renegotiate({}, () => {}));
    clear.pipe(socket).pipe(clear);
  });
}

server.listen(path, () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit()).resume(); // with whoever started it
