'use strict';

const fs = require('node:fs');
const tls = require('node:tls');

// options are those of a request's Code, as an application writes them into the options object of a client; old is that of a
// version 3.
function options(request, old) {
  const made = {};
  const versions = {};
  for (const [name, value] of Object.entries(request.Code ?? {})) {
    switch (name) {
      case 'tlsMinVersion':
      case 'tlsMaxVersion':
        versions[name === 'tlsMinVersion' ? 'minVersion' : 'maxVersion'] = `TLSv${value}`.replace('v1.0', 'v1');
        break;
      case 'username':
        made.auth = { [old ? 'user' : 'username']: value };
        break;
      case 'tlsForceClientCertificate':
        break; // OpenSSL presents what it has, whatever authorities the server names
      default:
        made[name] = value === 'true' ? true : value === 'false' ? false : value;
    }
  }
  // The drivers hand no versions on to Node. An application that wants some gives a context of its own, which stands for all
  // files at once.
  if (Object.keys(versions).length > 0) {
    const uri = new URLSearchParams(request.URI.split('?')[1] ?? '');
    const file = (name) => made[name] ?? uri.get(name);
    const ca = file('tlsCAFile');
    const pair = file('tlsCertificateKeyFile');
    made.secureContext = tls.createSecureContext({
      ...versions,
      ...(ca && { ca: fs.readFileSync(ca) }),
      ...(pair && { cert: fs.readFileSync(pair), key: fs.readFileSync(pair) }),
    });
  }
  return made;
}

// readOf is the collection of a command that is a driver's own read, {"find": "collection"} without any option.
function readOf(command) {
  return Object.keys(command).length === 1 && typeof command.find === 'string' ? command.find : undefined;
}

module.exports = { options, readOf };
