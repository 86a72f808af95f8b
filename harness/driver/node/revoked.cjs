'use strict';

// Whether the runtime heeds a list of revoked certificates is seen only in a handshake. This one is with a server whose
// certificate is on the list.

const crypto = require('node:crypto');
const tls = require('node:tls');

// Authority and server have one key, which is no secret: the number 1.
const KEY = {
  kty: 'EC',
  crv: 'P-256',
  d: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE',
  x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
  y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
};
const CA = pem('CERTIFICATE', 'MIIBOTCB4KADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMTAmNhMCAXDTIwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjANMQsw' +
  'CQYDVQQDEwJjYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tK' +
  'fA+eFivOM1drMV7Oy7ZAaDe/UfWjLzAtMA4GA1UdDwEB/wQEAwIBBjAPBgNVHRMBAf8EBTADAQH/MAoGA1UdDgQDBAEBMAoGCCqGSM49BAMC' +
  'A0gAMEUCIGBnYHvEs5BOhcBobjZRO7ZLV5HpJN+x+/GSG+jPdOq4AiEA3zwrK8KBiSs9Tn4qyLvhQKH1aFlPtim66g9I9OUeWB0=');
const CERTIFICATE = pem('CERTIFICATE', 'MIIBXTCCAQOgAwIBAgIBAjAKBggqhkjOPQQDAjANMQswCQYDVQQDEwJjYTAgFw0yMDAxMDEwMDAwMDBaGA85OTk5MTIzMTIzNTk1OVowFDES' +
  'MBAGA1UEAxMJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li' +
  '/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9aNLMEkwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAwGA1UdIwQFMAOA' +
  'AQEwFAYDVR0RBA0wC4IJbG9jYWxob3N0MAoGCCqGSM49BAMCA0gAMEUCIGgIpcJC55FFLEmJiFo25yWb27bDGQdlTKnYgqRvJXL+AiEAyiZq' +
  'l7YkLtRyJZfIplsC44v6Qe4+qE0/pRm9Tf9Yo24=');
const LIST = pem('X509 CRL', 'MIHKMHICAQEwCgYIKoZIzj0EAwIwDTELMAkGA1UEAxMCY2EXDTIwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjAUMBICAQIXDTIwMDEw' +
  'MTAwMDAwMFqgHDAaMAwGA1UdIwQFMAOAAQEwCgYDVR0UBAMCAQEwCgYIKoZIzj0EAwIDSAAwRQIhAN9ujckgm7Qg3mTdkN3HxnF+XB2vSmuW' +
  'uCk58Pn3/Tw7AiABUsmoz0xjTudRNQwuAAQeL7I7YxhME+jt4tKVWuac7Q==');

function pem(kind, base64) {
  return `-----BEGIN ${kind}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${kind}-----\n`;
}

// heedsLists is whether a client with the list refuses the server.
function heedsLists() {
  const key = crypto.createPrivateKey({ key: KEY, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' });
  const server = tls.createServer({ key, cert: CERTIFICATE }, (socket) => socket.on('error', () => {}).end());
  server.on('tlsClientError', () => {});
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const to = { host: '127.0.0.1', port: server.address().port, servername: 'localhost', ca: CA, crl: LIST };
      const client = tls.connect(to);
      const seen = (heeds) => () => {
        client.destroy();
        server.close();
        resolve(heeds);
      };
      client.on('secureConnect', seen(false));
      client.on('error', seen(true));
    });
  });
}

module.exports = { heedsLists };
