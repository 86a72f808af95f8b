<?php
/* What the adapter drives, and what that does not have: found by asking it. */

use MongoDB\Driver\Manager;

const OPTIONS = ['tls', 'ssl', 'tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames', 'tlsCAFile',
    'tlsCertificateKeyFile', 'tlsCertificateKeyFilePassword', 'tlsDisableOCSPEndpointCheck',
    'tlsDisableCertificateRevocationCheck', 'tlsCRLFile'];

/** What the driver does with an option that it does not have, null if it has it. */
function instead(Log $log, string $option): ?string
{
    $value = str_contains($option, 'File') ? 'x' : 'true';
    $log->fresh();
    try {
        new Manager("mongodb://localhost/?$option=$value", [], ['disableClientPersistence' => true]);
    } catch (MongoDB\Driver\Exception\Exception) {
        return 'refused';
    }
    foreach ($log->fresh() as [, $text]) {
        if (str_contains($text, 'Unsupported URI option')) {
            return 'ignored, without a word but in its log';
        }
    }
    return null;
}

function lacks(): array
{
    $directory = Log::directory();
    $log = new Log($directory);
    $found = [];
    foreach (OPTIONS as $option) {
        if ($what = instead($log, $option)) {
            $found[($option === 'tlsCRLFile' ? '?' : '') . $option] = $what; // in code there is crl_file
        }
    }
    ini_set('mongodb.debug', '');
    Log::remove($directory);
    return $found + ['tlsMinVersion' => 'ignored', 'tlsMaxVersion' => 'ignored'];
}

/** A line of what phpinfo() says of an extension. */
function about(string $extension, string $line): string
{
    if (!extension_loaded($extension)) {
        return '';
    }
    ob_start();
    (new ReflectionExtension($extension))->info();
    return preg_match('/^' . preg_quote($line) . '(?: version)? => (.*)$/m', ob_get_clean(), $match) ? $match[1] : '';
}

function info(): array
{
    $machine = strtolower(PHP_OS_FAMILY) . '/' . (['x86_64' => 'amd64', 'aarch64' => 'arm64'][php_uname('m')] ?? php_uname('m'));
    $tls = about('openssl', 'OpenSSL Library Version') ?: about('mongodb', 'libmongoc SSL library'); // PHP's own is the same library
    $libmongoc = about('mongodb', 'libmongoc bundled') ?: about('mongodb', 'libmongoc library');
    $components = [['Name' => 'php', 'Version' => PHP_VERSION, 'Role' => 'runtime', 'Detail' => PHP_SAPI . " $machine"],
        ['Name' => 'libmongoc', 'Version' => $libmongoc]];
    if (preg_match('/^(\w+) (\d\S*)/', $tls, $match)) {
        $components[] = ['Name' => strtolower($match[1]), 'Version' => $match[2], 'Role' => 'TLS library'];
    }
    $cannot = ['poolEvents' => 'it has no pools', 'monitors' => 'it has one connection to a server'];
    if (getenv('MONGOTLS_RESOLVER') === false) {
        $cannot['dns'] = 'no resolver was given';
    }
    if (getenv('SSL_CERT_FILE') === false) {
        $cannot['systemRoots'] = 'no roots were given';
    }
    return ['Driver' => 'php', 'Version' => phpversion('mongodb'), 'Build' => 'PHP ' . PHP_VERSION . " $machine, libmongoc $libmongoc",
        'TLS' => $tls, 'Components' => $components, 'Lacks' => (object) lacks(), 'Cannot' => (object) $cannot];
}
