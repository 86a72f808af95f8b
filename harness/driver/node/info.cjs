'use strict';

const crypto = require('node:crypto');
const tls = require('node:tls');
const { heedsLists } = require('./revoked.cjs');

// URI_OPTIONS are the TLS options of the URI options specification, tlsCRLFile, which some drivers have, and
// options that came late.
const URI_OPTIONS = ['tls', 'ssl', 'tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames', 'tlsCAFile',
  'tlsCertificateKeyFile', 'tlsCertificateKeyFilePassword', 'tlsDisableOCSPEndpointCheck', 'tlsDisableCertificateRevocationCheck',
  'tlsCRLFile', 'loadBalanced', 'maxAdaptiveRetries', 'timeoutMS'];

const platform = `${process.platform}/${process.arch}`;
const runtime = running();

// running is the runtime of this process: its name and version, its TLS library with a version, and why it does not take
// its trust store from SSL_CERT_FILE, undefined if it does. Bun's OpenSSL is BoringSSL, whose version is a commit; Deno's is
// rustls, which says none but Deno's.
function running() {
  const v = process.versions;
  const roots = (arranged, how) => (arranged ? undefined : `SSL_CERT_FILE is heeded only with ${how}`);
  const flag = roots(process.execArgv.includes('--use-openssl-ca'), '--use-openssl-ca');
  if (v.bun) return { name: 'bun', title: `Bun v${v.bun}`, version: v.bun, tls: 'BoringSSL', of: v.boringssl.slice(0, 12), roots: flag };
  if (v.deno) {
    const store = roots(process.env.DENO_TLS_CA_STORE === 'system', 'DENO_TLS_CA_STORE=system');
    return { name: 'deno', title: `Deno v${v.deno}`, version: v.deno, tls: 'rustls', of: v.deno, detail: 'of Deno', text: `rustls of Deno ${v.deno}`, roots: store };
  }
  return { name: 'node', title: `Node.js v${v.node}`, version: v.node, tls: 'OpenSSL', of: v.openssl, roots: flag };
}

// info says what is driven, what it runs on, and what it lacks.
async function info(driver) {
  const lacks = { ...driver.lacks };
  const cannot = { ocsp: 'ignored' }; // Node.js can ask for a staple, but judges none; nor does any driver
  for (const option of URI_OPTIONS) {
    const instead = await probe(driver, option);
    if (instead) lacks[option] = instead;
  }
  // What the driver has, and the runtime below it takes and does not use.
  if (!lacks.tlsCRLFile && !(await heedsLists())) lacks.tlsCRLFile = 'ignored';
  if (!lacks.tlsCertificateKeyFilePassword && !needsPassphrase()) lacks.tlsCertificateKeyFilePassword = 'ignored';
  if (!process.env.MONGOTLS_RESOLVER) cannot.dns = 'no resolver was given';
  if (!process.env.SSL_CERT_FILE) cannot.systemRoots = 'no roots were given';
  else if (runtime.roots) cannot.systemRoots = runtime.roots;
  return {
    Driver: driver.name,
    Version: driver.version,
    Build: [driver.inner && `mongodb ${driver.inner}`, `${runtime.title} ${platform}`].filter(Boolean).join(', '),
    TLS: runtime.text ?? `${runtime.tls} ${runtime.of}`,
    Components: [
      { Name: runtime.name, Version: runtime.version, Role: 'runtime', Detail: platform },
      { Name: runtime.tls.toLowerCase(), Version: runtime.of, Role: 'TLS library', Detail: runtime.detail ?? level() },
      ...(driver.inner ? [{ Name: 'mongodb', Version: driver.inner }] : []),
    ],
    Lacks: lacks,
    Cannot: cannot,
    Concurrency: driver.concurrency,
    Fresh: runtime.name === 'deno', // its processes remember, for each name, the group that was agreed on there
  };
}

// probe says what the driver does with a URI option that it does not have, "" if it has it.
async function probe(driver, option) {
  const value = /^(max|timeout)/.test(option) ? '1' : /File|Password/.test(option) ? 'x' : 'true';
  const uri = `mongodb://localhost/?${option.toLowerCase()}=${value}`;
  const { parseConnectionString } = driver.version.startsWith("3.") && driver.name === "node" ? driver.load('mongodb/lib/core') : {};
  try {
    if (!parseConnectionString) {
      new driver.mongodb.MongoClient(uri);
      return '';
    }
    // Version 3 keeps what it does not know, in lower case, and gives what it knows the name by which it looks for it.
    const parsed = await new Promise((resolve, reject) => parseConnectionString(uri, (e, p) => (e ? reject(e) : resolve(p))));
    return option in parsed.options ? '' : 'ignored';
  } catch (e) {
    return /not supported|requires driver version/.test(e.message) ? 'refused' : '';
  }
}

// needsPassphrase is whether the runtime cannot load an encrypted key with a wrong passphrase.
function needsPassphrase() {
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' };
  const { privateKey: key } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding });
  try {
    tls.createSecureContext({ key, passphrase: 'wrong' });
    return false;
  } catch {
    return true;
  }
}

// SMALL is a certificate of an RSA key of 1024 bits, which OpenSSL loads at its security level 1 and refuses from 2 on.
const SMALL =
  'MIIBlTCB/6ADAgECAgEBMA0GCSqGSIb3DQEBCwUAMBAxDjAMBgNVBAMTBXNtYWxsMCAXDTIwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5' +
  'WjAQMQ4wDAYDVQQDEwVzbWFsbDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAyJr4yzkuacpgbKwXv9I2XCaEnbshM9nPVgB03hf/DG4g' +
  '9PL0yLCEWbjtZIiSjjnPUTk0Go8ZKVDRI53cYyjjxOyCcYIQAnizUs47x4qQqguoEAF196fyZrav7cDKCO0OP9dBUapH9G9icmlFbehIqCiO' +
  'BaJgLLhvV0Yv5p+Z7c8CAwEAATANBgkqhkiG9w0BAQsFAAOBgQBmhZbSKO/AvbHCx2AsCpyWSLCm+HIon5wTkZCEimfCoTVvruuT88SBBPCE' +
  'mN1n7ECmLLcYQ9HW8ryACjKiumUHALpbAi5FULQTyZBgOEfnkQknXBxaF2KGmKxiVdJgLyBjr9SuqVOF+4IZ8EiqumX4a1aWVnnVHR+FsTOV' +
  '9/ad5Q==';

// level is what can be known of OpenSSL's security level: Node.js does not tell it.
function level() {
  if (runtime.tls !== 'OpenSSL') return undefined;
  try {
    tls.createSecureContext({ cert: `-----BEGIN CERTIFICATE-----\n${SMALL.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n` });
    return 'security level 1 or less';
  } catch (e) {
    return e.code === 'ERR_SSL_EE_KEY_TOO_SMALL' ? 'security level 2 or more' : undefined;
  }
}

module.exports = { info };
