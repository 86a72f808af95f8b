'use strict';

// URI_OPTIONS are the TLS options of the URI options specification, tlsCRLFile, which some drivers have, and
// two options that came late.
const URI_OPTIONS = ['tls', 'ssl', 'tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames', 'tlsCAFile',
  'tlsCertificateKeyFile', 'tlsCertificateKeyFilePassword', 'tlsDisableOCSPEndpointCheck', 'tlsDisableCertificateRevocationCheck',
  'tlsCRLFile', 'loadBalanced', 'maxAdaptiveRetries'];

// info says what is driven, what it runs on, and what it lacks.
async function info(driver) {
  const lacks = { ...driver.lacks };
  const cannot = { ocsp: 'ignored' }; // Node.js can ask for a staple, but judges none; nor does any driver
  for (const option of URI_OPTIONS) {
    const instead = await probe(driver, option);
    if (instead) lacks[option] = instead;
  }
  if (!process.env.MONGOTLS_RESOLVER) cannot.dns = 'no resolver was given';
  if (!process.env.SSL_CERT_FILE) cannot.systemRoots = 'no roots were given';
  else if (!process.execArgv.includes('--use-openssl-ca')) cannot.systemRoots = 'Node.js heeds SSL_CERT_FILE only with --use-openssl-ca';
  return {
    Driver: driver.name,
    Version: driver.version,
    Build: [driver.inner && `mongodb ${driver.inner}`, `Node.js ${process.version} ${process.platform}/${process.arch}`].filter(Boolean).join(', '),
    TLS: `OpenSSL ${process.versions.openssl}`,
    Components: [
      { Name: 'node', Version: process.versions.node, Role: 'runtime', Detail: `${process.platform}/${process.arch}` },
      { Name: 'openssl', Version: process.versions.openssl, Role: 'TLS library' },
      ...(driver.inner ? [{ Name: 'mongodb', Version: driver.inner }] : []),
    ],
    Lacks: lacks,
    Cannot: cannot,
    Concurrency: driver.concurrency,
  };
}

// probe says what the driver does with a URI option that it does not have, "" if it has it.
async function probe(driver, option) {
  const value = /^max/.test(option) ? '1' : /File|Password/.test(option) ? 'x' : 'true';
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

module.exports = { info };
