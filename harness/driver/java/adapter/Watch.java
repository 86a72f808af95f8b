import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;

import com.mongodb.connection.ClusterDescription;
import com.mongodb.connection.ServerDescription;
import org.bson.Document;

/** What is seen of one client, from all its threads. */
final class Watch extends Handler {
    private static final Set<String> HANDSHAKE = Set.of("hello", "ismaster", "authenticate", "saslstart", "saslcontinue");

    final List<Document> events = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    final List<String> replies = new ArrayList<>();
    final List<Document> failures = new ArrayList<>();

    private final long began = System.nanoTime();
    private final Runnable changed;
    private final Map<String, Server> servers = new HashMap<>();
    private List<String> seeds = new ArrayList<>(); // as the connection string names them
    private boolean sent; // the command that is under way
    private boolean over; // what follows is the noise of closing
    private boolean hopeless;

    /** A server as the client has come to know it. */
    private static final class Server {
        boolean known = true; // a member of the topology now
        boolean succeeded; // in a check, ever
        Throwable why; // it has failed: the first failure
        Throwable latest; // the failure of its last check, null if that succeeded
    }

    Watch(Runnable changed) {
        this.changed = changed;
        setLevel(Level.WARNING);
    }

    int elapsed() {
        return (int) ((System.nanoTime() - began) / 1_000_000);
    }

    synchronized void seeds(List<String> hosts) {
        seeds = hosts;
    }

    synchronized void begins() {
        sent = false;
    }

    synchronized boolean sent() {
        return sent;
    }

    synchronized void end() {
        over = true;
    }

    synchronized void note(String kind, Object server, String text) {
        if (!over) {
            events.add(new Document("Kind", kind).append("Server", server.toString()).append("Text", text)
                    .append("AtMS", elapsed()));
        }
    }

    synchronized void started(String command) {
        sent |= !HANDSHAKE.contains(command.toLowerCase(Locale.ROOT));
    }

    /** The topology has changed; unresolved is why there are no records of a seed list, or null. */
    void topology(ClusterDescription topology, Throwable unresolved) {
        Map<String, Throwable> now = new HashMap<>(); // the failure of the last check of each server, or null
        Set<String> answering = new HashSet<>();
        for (ServerDescription s : topology.getServerDescriptions()) {
            now.put(s.getAddress().toString(), s.getException());
            if (s.isOk()) {
                answering.add(s.getAddress().toString());
            }
        }
        if (unresolved != null) {
            now.put("SRV", unresolved); // it is asked again and again, and there are no servers
        }
        learn(now, answering);
        changed.run();
    }

    private synchronized void learn(Map<String, Throwable> now, Set<String> answering) {
        servers.values().forEach(s -> s.known = false);
        now.forEach((address, failure) -> {
            Server s = servers.computeIfAbsent(address, a -> new Server());
            s.known = true;
            s.succeeded |= answering.contains(address);
            if (failure != null && failure != s.latest) {
                note("heartbeat-failed", address, Attempt.texts(failure));
            }
            s.latest = failure;
            s.why = s.why == null ? failure : s.why;
        });
        hopeless = !now.isEmpty() && servers.values().stream().allMatch(s -> !s.known || s.latest != null && !s.succeeded);
    }

    /** Whether nothing but the time limit of server selection is left: each known server failed, and none ever succeeded. */
    synchronized boolean hopeless() {
        return hopeless;
    }

    /** Why there is no server: the failure of the first one that does not answer. Of one that has answered before it is the latest. */
    synchronized Throwable cause() {
        List<String> order = new ArrayList<>(seeds);
        servers.keySet().stream().sorted().filter(a -> !order.contains(a)).forEach(order::add);
        Throwable latest = null;
        for (String address : order) {
            Server s = servers.get(address);
            if (s != null && s.known && s.latest != null) {
                if (!s.succeeded) {
                    return s.why;
                }
                latest = latest == null ? s.latest : latest;
            }
        }
        return latest;
    }

    @Override
    public synchronized void publish(LogRecord record) {
        if (!over && isLoggable(record)) {
            warnings.add(record.getMessage());
        }
    }

    @Override
    public void flush() {
        // nothing is held back
    }

    @Override
    public void close() {
        // nothing is open
    }
}
