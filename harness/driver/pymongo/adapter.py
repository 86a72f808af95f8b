"""The adapter of PyMongo, from 3.11 on, and of its asynchronous client if the argument is "async". docs/adapters.md says
what an adapter must do.

One request is served at a time, in a thread of its own, so that everything of this process belongs to it: what is logged,
what is warned of, every socket. The drivers of the other requests of a run are in other processes.
"""
import asyncio
import gc
import importlib.util
import inspect
import ipaddress
import json
import logging
import os
import platform
import queue
import socket
import ssl
import sys
import threading
import time
import warnings

warnings.simplefilter("always")  # PyMongo warns while it is imported, too
warnings.simplefilter("ignore", ResourceWarning)  # when the garbage collector finds an open socket is chance

try:
    import pymongo
    from bson import json_util
    from pymongo import errors, monitoring, ssl_support
    from pymongo.server_selectors import writable_server_selector
except Exception as e:
    sys.exit("the driver does not load on Python %s: %s: %s" % (platform.python_version(), type(e).__name__, e))

from reason import reason, replied

ASYNC = sys.argv[1:] == ["async"]
if ASYNC:
    try:
        from asynchronous import Client, Loop
    except ImportError:
        sys.exit("PyMongo %s has no AsyncMongoClient, which came with 4.9" % pymongo.version)
else:
    from pymongo import MongoClient as Client

LONGEST = 16 << 20  # bytes of a request
PATIENCE = 3  # seconds that the driver has to come back once nobody waits for it


OCSP = "pymongo.ocsp_support"  # the logger


def chain(error):
    """The error and what it came from, as a traceback shows it.

    An operation whose second try finds no server raises the error of the first: the second's is not where that came from."""
    found = []
    while error is not None and not any(error is e for e in found):
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if isinstance(error, errors.ServerSelectionTimeoutError):
            break
    return found


def class_name(e):
    c = type(e)
    return c.__qualname__ if c.__module__ == "builtins" else c.__module__ + "." + c.__qualname__


def describe(stage, decisive, surface, log):
    found = chain(decisive)
    text = str(decisive) or repr(decisive)
    if "invalid status response" in text and log:  # for any status of a certificate that PyMongo refuses
        text += "; its log: " + "; ".join(log)
    numbers = [getattr(e, "verify_code", None) for e in found]
    timeout = getattr(decisive, "timeout", None)  # since PyMongo 4.2
    if timeout is None:
        timeout = isinstance(decisive, (errors.NetworkTimeout, errors.ExecutionTimeout))
    e = {"Text": text, "Surface": str(surface) or repr(surface), "Chain": [class_name(e) for e in found],
         "Labels": sorted(getattr(surface, "_error_labels", ())),
         "Network": isinstance(decisive, errors.ConnectionFailure), "Timeout": timeout}
    code, name = replied(found, errors.PyMongoError)
    if code:
        e["Code"], e["CodeName"] = code, name
    e["Reason"] = reason(stage, e.get("Code"), numbers, e["Chain"], "; ".join([text] + [str(c) for c in found[1:]]))
    return e


class Hopeless(Exception):
    """Ends the selection of a server that nothing will come of."""


class Direct:
    """What Loop is to an asynchronous client: what it is asked for has happened."""

    def run(self, result):
        return result

    def cancel(self):
        pass

    end = cancel


class Watch(logging.Handler):
    """What is seen of one client, from all its threads."""

    def __init__(self):
        super().__init__()
        self.mutex = threading.RLock()
        self.began = time.monotonic()
        self.events, self.warnings, self.replies, self.failures = [], [], [], []
        self.failed, self.succeeded = {}, set()  # by address: the first failure and the log of it; who has ever answered
        self.latest = {}  # by address, of those whose last check failed: that failure and the log of it
        self.status = {}  # by thread: what the log says of the last status of a server
        self.client = None
        self.loop = None  # of the client, once it is made
        self.command, self.sent = 0, False  # the one that is under way, and whether it has left
        self.failure = None
        self.ended = threading.Event()  # the driver came back, or the request was cancelled
        self.back = self.stop = self.hopeless = self.over = False

    def elapsed(self):
        return int(1000 * (time.monotonic() - self.began))

    def note(self, kind, server, text=""):
        with self.mutex:
            if not self.over:
                self.events.append({"Kind": kind, "Server": "[%s]:%s" % server if ":" in server[0] else "%s:%s" % server,
                                    "Text": text, "AtMS": self.elapsed()})

    def warn(self, text):
        with self.mutex:
            if not self.over:
                self.warnings.append(text)

    def emit(self, record):
        text = record.getMessage()
        if record.name == OCSP:
            if text.startswith("Peer "):
                self.status[where()] = []
            self.status.setdefault(where(), []).append(text)
        if record.levelno >= logging.WARNING:
            self.warn(text)

    def heard(self):
        """What the log of this thread says of the status of the server."""
        return self.status.get(where(), [])

    def servers(self):
        return self.client._topology.description.server_descriptions() if self.client is not None else {}

    def first(self):
        """The failure of a server that is still known and does not answer: the first by name, not by time. Of one that has
        answered before it is the latest."""
        known = self.servers()
        of = [a for a in sorted(self.latest) if a in known]
        never = [a for a in of if a not in self.succeeded]
        return self.failed[never[0]] if never else self.latest[of[0]] if of else None

    def condition(self, lock):
        """The condition on which the driver waits for a server, which tests of PyMongo replace, too. It does not wait for what
        will not come: every server has failed, and none has ever answered. The lock is held."""
        watch = self

        class Condition(threading.Condition):
            def wait(self, timeout=None):
                watch.stop_if_all_failed()
                woken = super().wait(timeout)
                watch.stop_if_all_failed()
                return woken

        return Condition(lock)

    def stop_if_all_failed(self):
        servers = self.servers()
        hopeless = all(s.error is not None and a in self.failed and a not in self.succeeded for a, s in servers.items())
        if self.stop or servers and hopeless:
            self.hopeless = not self.stop
            raise Hopeless()

    def listeners(self):
        watch = self

        class Heartbeats(monitoring.ServerHeartbeatListener):
            def started(self, event):
                pass

            def succeeded(self, event):
                watch.succeeded.add(event.connection_id)
                watch.latest.pop(event.connection_id, None)
                watch.note("heartbeat-succeeded", event.connection_id)

            def failed(self, event):
                watch.latest[event.connection_id] = (event.reply, watch.heard())
                watch.failed.setdefault(event.connection_id, watch.latest[event.connection_id])
                watch.note("heartbeat-failed", event.connection_id, str(event.reply))

        class Pools(monitoring.ConnectionPoolListener):
            def pool_cleared(self, event):
                watch.note("pool-cleared", event.address)

            def connection_created(self, event):
                watch.note("connection-created", event.address)

            def connection_closed(self, event):
                watch.note("connection-closed", event.address, event.reason)

            def connection_check_out_failed(self, event):
                watch.note("checkout-failed", event.address, event.reason)

            def ignored(self, event):
                pass

            pool_created = pool_ready = pool_closed = connection_ready = ignored
            connection_check_out_started = connection_checked_out = connection_checked_in = ignored

        class Commands(monitoring.CommandListener):
            def started(self, event):
                watch.sent = watch.sent or event.command_name.lower() not in HANDSHAKE

            def succeeded(self, event):
                pass

            failed = succeeded

        return [Heartbeats(), Pools(), Commands()]


def where():
    """The thread to which a line of a log belongs. An asynchronous client has one, and helpers that shake hands."""
    return 0 if ASYNC else threading.get_ident()


HANDSHAKE = ("hello", "ismaster", "authenticate", "saslstart", "saslcontinue")


def options(code):
    """The keyword arguments of MongoClient. OpenSSL presents a certificate whatever the server's list of authorities says."""
    words = {"true": True, "false": False}
    return {name: words.get(value, value) for name, value in (code or {}).items() if name != "tlsForceClientCertificate"}


def make(uri, code, watch):
    """The client, which has looked up its servers. An asynchronous one does so when it is told to connect."""
    if ASYNC:
        return watch.loop.run(Client.connected(uri, event_listeners=watch.listeners(), **options(code)))
    return Client(uri, event_listeners=watch.listeners(), _condition_class=watch.condition, **options(code))


def run(watch, do):
    """One command. A find is the driver's own read, which it tries again where the specification says so."""
    command, database = json_util.loads(do["JSON"]), watch.client[do["DB"]]
    if list(command) == ["find"]:
        found = database[command["find"]].find()
        return {"found": watch.loop.run(found.to_list() if ASYNC else list(found))}
    return watch.loop.run(database.command(command))


def use(request, watch):
    """Makes a client and uses it. What comes of it is in watch."""
    try:
        watch.client = make(request["URI"], request.get("Code"), watch)
        for watch.command, do in enumerate(request.get("Do") or [{"DB": "admin", "JSON": '{"ping": 1}'}]):
            watch.sent = False
            try:
                reply = run(watch, do)
            except Exception as e:
                if not request.get("GoOn") or watch.stop or watch.hopeless:
                    raise
                watch.failure = (e, watch.heard())
                why = failed(watch, "returned")["Error"]["Reason"]
                watch.failures.append({"Command": watch.command, "Reason": why})
                continue
            watch.failure = None
            watch.replies.append(json_util.dumps(reply, json_options=json_util.RELAXED_JSON_OPTIONS))
    except Exception as e:
        watch.failure = (e, watch.heard())
    watch.back = True
    watch.ended.set()


def selection(watch):
    """The error that an application gets when there is no server."""
    select = watch.client._topology.select_servers
    operation = {"operation": "ping"} if "operation" in inspect.signature(select).parameters else {}
    try:
        watch.loop.run(select(writable_server_selector, server_selection_timeout=0, **operation))
    except Exception as e:
        return e


def attempt(request, watch):
    """The answer to one request."""
    global dial, current
    dial, current = request.get("Dial"), watch
    watch.loop = Loop(lambda: current.stop_if_all_failed()) if ASYNC else Direct()
    logging.getLogger("pymongo").addHandler(watch)
    user = threading.Thread(target=use, args=(request, watch), daemon=True)
    user.start()
    limit = request.get("LimitMS")
    watch.ended.wait(limit / 1000 if limit else None)
    stopped = "returned"
    if not watch.back:
        stopped, watch.stop = "limit", True
        for _ in range(10 * PATIENCE):  # for it may try again
            watch.loop.cancel()
            hang_up()
            user.join(0.1)
            if not user.is_alive():
                break
        else:
            sys.stderr.write("PyMongo does not come back, %d s after its connections were closed\n" % PATIENCE)
            os._exit(1)  # for the process is no use to anybody else
    a = {"ID": request["ID"], "OK": watch.failure is None and stopped == "returned", "ElapsedMS": watch.elapsed(),
         "Replies": watch.replies, "Failures": watch.failures, "Warnings": watch.warnings, "Events": watch.events}
    if not a["OK"]:
        a.update(failed(watch, stopped))
    watch.over = True
    began = time.monotonic()
    if watch.client is not None:
        watch.loop.run(watch.client.close())
    a["CloseMS"] = int(1000 * (time.monotonic() - began))
    hang_up()  # what monitors still hold
    watch.loop.end()
    logging.getLogger("pymongo").removeHandler(watch)
    return a


def failed(watch, stopped):
    """What an answer says of a failure."""
    error, log = watch.failure or (None, [])
    if isinstance(error, Hopeless) and watch.hopeless:
        error = selection(watch)
    elif stopped == "limit":  # what the driver says of its connections, which we closed, tells nothing
        error = TimeoutError("the driver had not come back when the harness's limit ran out")
    stage = "configure" if watch.client is None else "command" if watch.sent else "connect"
    decisive = error  # or why there was no server to select
    if isinstance(error, errors.ServerSelectionTimeoutError) and watch.first():
        decisive, log = watch.first()
    return {"Stage": stage, "Command": watch.command, "Stopped": "all-servers-failed" if watch.hopeless else stopped,
            "Error": describe(stage, decisive, error, log)}


def hang_up():
    """Ends every connection of this process: they are all of one client."""
    for s in gc.get_objects():
        if issubclass(type(s), socket.socket):  # a dead weak reference has no class
            try:
                socket.socket.shutdown(s, socket.SHUT_RDWR)
            except OSError:
                pass


# What is put in the driver's way: the addresses behind names, and where warnings go.

current = Watch()  # of the request that is under way
dial = None  # its Dial
lookup = socket.getaddrinfo


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if dial:
        return lookup(dial, port, 0, type, proto, flags)
    if RESOLVER and isinstance(host, str) and host != "localhost" and not literal(host):
        import dns.resolver
        try:
            host = str(dns.resolver.resolve(host, "A")[0])
        except Exception:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return lookup(host, port, family, type, proto, flags)


def literal(host):
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def resolve_at(address):
    """Makes dnspython, which PyMongo asks for SRV and TXT, ask only this server."""
    import dns.resolver
    ip, _, port = address.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [ip.strip("[]")], int(port)
    dns.resolver.default_resolver = resolver
    if ASYNC:
        import dns.asyncresolver
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [ip.strip("[]")], int(port)
        dns.asyncresolver.default_resolver = resolver


# What is driven

URI_OPTIONS = {"tls": "true", "ssl": "true", "tlsInsecure": "true", "tlsAllowInvalidCertificates": "true",
               "tlsAllowInvalidHostnames": "true", "tlsCAFile": __file__, "tlsCertificateKeyFile": __file__,
               "tlsCertificateKeyFilePassword": "x", "tlsDisableOCSPEndpointCheck": "true",
               "tlsDisableCertificateRevocationCheck": "true", "tlsCRLFile": __file__, "loadBalanced": "true",
               "srvServiceName": "x", "srvMaxHosts": "1", "maxAdaptiveRetries": "1"}
CODE = {"tlsMinVersion": "1.2", "tlsMaxVersion": "1.2"}
READING = (OSError, ssl_support.SSLError, getattr(ssl_support, "PYSSLError", OSError))  # of a file, which is none of keys


def close(client):
    """Closes a client that has not connected."""
    if ASYNC:
        asyncio.run(client.close())
    else:
        client.close()


def lacks():
    """The options that this driver does not have, by trying. One that is refused where it has no place is there."""
    found = {}
    for name, value in URI_OPTIONS.items():
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                tls = "" if name in ("tls", "ssl") else "tls=true&"
                close(Client("mongodb://localhost/?%s%s=%s" % (tls, name, value), connect=False))
            except Exception as e:
                if name.startswith("tls") and not isinstance(e, READING) and not isinstance(e.__context__, READING):
                    found[name] = "refused"
        if any("Unknown option" in str(w.message) for w in heard):
            found[name] = "it is ignored, with a warning"
    for name, value in CODE.items():
        try:
            close(Client(connect=False, **{name: value}))
        except Exception:
            found[name] = "refused"
    return found


def cannot():
    """The abilities that this driver does not have."""
    found = {}
    if not pyopenssl():
        found["ocsp"] = "PyMongo looks at it only with pyOpenSSL"
    if not RESOLVER:
        found["dns"] = "no resolver was given"
    elif not importlib.util.find_spec("dns"):
        found["dns"] = "PyMongo looks up SRV records only with dnspython"
    if not os.environ.get("SSL_CERT_FILE"):
        found["systemRoots"] = "no roots were given"
    return found


def pyopenssl():
    """Whether PyMongo uses it. Since 4.12, which has the first name, the asynchronous client does not."""
    if hasattr(ssl_support, "HAVE_PYSSL"):
        return ssl_support.HAVE_PYSSL and not ASYNC
    return ssl_support._ssl.IS_PYOPENSSL


def version(module):
    try:
        found = importlib.import_module(module)
        return getattr(found, "__version__", None) or getattr(found, "version")
    except Exception as e:
        return "not importable: %s" % e


def component(name, module, place=None):
    """A library that is used if it is there, with its version, which stands in it or in a module below."""
    return [{"Name": name, "Version": version(place or module)}] if importlib.util.find_spec(module) else []


def info():
    machine = "%s/%s" % (sys.platform, {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()))
    build = "%s %s %s, " % (platform.python_implementation(), platform.python_version(), machine)
    tls = ssl.OPENSSL_VERSION
    if pyopenssl():
        from OpenSSL import SSL
        build += "pyOpenSSL %s, service-identity %s" % (version("OpenSSL"), version("service_identity"))
        tls = SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode()
        libraries = [{"Name": "pyopenssl", "Version": version("OpenSSL")}] + component("cryptography", "cryptography") + \
            component("service-identity", "service_identity") + component("requests", "requests")
    else:
        libraries = [{"Name": "ssl", "Version": platform.python_version(), "Detail": "of the standard library"}]
        build += "stdlib ssl"
        try:
            importlib.import_module("pymongo.pyopenssl_context")
        except Exception as e:
            if importlib.util.find_spec("OpenSSL"):
                # Known failures know the other build by its name, so this one must not have it.
                build += ", for the PyOpenSSL that is there does not serve: %s" % str(e).replace("pyOpenSSL", "PyOpenSSL")
    components = [{"Name": "python", "Version": platform.python_version(), "Role": "runtime",
                   "Detail": "%s %s" % (platform.python_implementation(), machine)},
                  {"Name": tls.split()[0].lower(), "Version": tls.split()[1], "Role": "TLS library"}]
    if ASYNC:
        build += ", asynchronous"
        components.append({"Name": "async", "Version": pymongo.version, "Detail": "AsyncMongoClient"})
    level = getattr(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "security_level", None)  # since Python 3.10
    if level is not None and not pyopenssl():
        components[1]["Detail"] = "security level %d" % level
    return {"Driver": "pymongo", "Version": pymongo.version, "Build": build, "TLS": tls,
            "Components": components + libraries + component("dnspython", "dns", "dns.version"),
            "Lacks": lacks(), "Cannot": cannot(), "Concurrency": 1}


# The protocol

def reply(r):
    with writing:
        out.write(json.dumps(r) + "\n")
        out.flush()


def lines():
    """The lines of file descriptor 3. Of one that is too long, only the beginning."""
    with os.fdopen(3, "rb") as f:
        while True:
            line = rest = f.readline(LONGEST + 1)
            if not line:
                return
            while rest and not rest.endswith(b"\n"):
                rest = f.readline(LONGEST)
            yield line


def serve():
    while True:
        request, watch = requests.get()
        try:
            reply({"Answer": attempt(request, watch)})
        except Exception as e:
            reply({"ID": request["ID"], "Error": "%s: %s" % (class_name(e), e)})
        under_way.pop(request["ID"], None)


def main():
    logging.getLogger(OCSP).setLevel(logging.DEBUG)
    warnings.showwarning = lambda message, *_: current.warn(str(message))
    if RESOLVER and importlib.util.find_spec("dns"):
        resolve_at(RESOLVER)
    socket.getaddrinfo = getaddrinfo
    told = info()
    threading.Thread(target=serve, daemon=True).start()
    for line in lines():
        try:
            q = json.loads(line)
            op, name, request = q.get("Op"), q.get("ID", ""), q.get("Request")
        except Exception as e:
            reply({"Error": "no request: %s" % e})
            continue
        if op == "info":
            reply({"Info": told})
        elif op == "do" and isinstance(request, dict) and "ID" in request:
            under_way[request["ID"]] = watch = Watch()
            requests.put((request, watch))
        elif op == "cancel":
            if name in under_way:
                under_way[name].ended.set()
        else:
            reply({"ID": name, "Error": "unsupported"})
    os._exit(0)


RESOLVER = os.environ.get("MONGOTLS_RESOLVER")
requests, under_way, writing = queue.Queue(), {}, threading.Lock()
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # where everybody else prints
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # where OpenSSL asks for a pass phrase

if __name__ == "__main__":
    main()
