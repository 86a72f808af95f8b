import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import javax.net.ssl.SSLContext;

import com.mongodb.MongoClient;
import com.mongodb.MongoClientOptions;
import com.mongodb.MongoClientURI;
import com.mongodb.MongoCredential;
import com.mongodb.ServerAddress;
import com.mongodb.client.MongoDatabase;
import com.mongodb.event.ClusterClosedEvent;
import com.mongodb.event.ClusterDescriptionChangedEvent;
import com.mongodb.event.ClusterListener;
import com.mongodb.event.ClusterOpeningEvent;
import com.mongodb.event.CommandFailedEvent;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import com.mongodb.event.CommandSucceededEvent;
import com.mongodb.event.ConnectionAddedEvent;
import com.mongodb.event.ConnectionPoolListenerAdapter;
import com.mongodb.event.ConnectionRemovedEvent;
import com.mongodb.event.ServerHeartbeatSucceededEvent;
import com.mongodb.event.ServerMonitorListenerAdapter;

/** The client of the driver 3.6, as an application makes and uses it. */
final class Client implements AutoCloseable {
    /** Whether the driver tells what becomes of its pools. */
    static final boolean POOL_EVENTS = false;

    private final MongoClient client;
    private final Watch watch;

    /** Makes a client of a connection string and of options in code. */
    Client(String uri, Map<String, String> code, SSLContext context, Watch watch) {
        this.watch = watch;
        MongoClientOptions.Builder builder = MongoClientOptions.builder()
                .addClusterListener(new Topology())
                .addServerMonitorListener(new Checks())
                .addConnectionPoolListener(new Pools())
                .addCommandListener(new Commands());
        if (code.containsKey("tls")) {
            builder.sslEnabled(code.get("tls").equals("true"));
        }
        if (code.containsKey("tlsAllowInvalidHostnames")) {
            builder.sslInvalidHostNameAllowed(code.get("tlsAllowInvalidHostnames").equals("true"));
        }
        if (context != null) {
            builder.sslContext(context);
        }
        MongoClientURI parsed = new MongoClientURI(uri, builder);
        List<ServerAddress> hosts = parsed.getHosts().stream().map(ServerAddress::new).collect(Collectors.toList());
        watch.seeds(hosts.stream().map(ServerAddress::toString).collect(Collectors.toList()));
        if (!code.containsKey("authMechanism")) {
            client = new MongoClient(parsed);
            return;
        }
        MongoCredential credential = Options.credential(code);
        client = hosts.size() == 1 ? new MongoClient(hosts.get(0), credential, parsed.getOptions())
                : new MongoClient(hosts, credential, parsed.getOptions());
    }

    /** The version of the driver. */
    static String version() {
        return Jar.of(MongoClient.class, "Bundle-Version");
    }

    MongoDatabase database(String name) {
        return client.getDatabase(name);
    }

    /** What this is in the driver. */
    Object inner() {
        return client;
    }

    /** The labels of an error, of which this version has none. */
    static Set<String> labels(Throwable error) {
        return Set.of();
    }

    @Override
    public void close() {
        client.close();
    }

    private final class Topology implements ClusterListener {
        @Override
        public void clusterDescriptionChanged(ClusterDescriptionChangedEvent event) {
            watch.topology(event.getNewDescription(), null);
        }

        @Override
        public void clusterOpening(ClusterOpeningEvent event) {
            // it has no servers yet
        }

        @Override
        public void clusterClosed(ClusterClosedEvent event) {
            // we did
        }
    }

    private final class Checks extends ServerMonitorListenerAdapter {
        @Override
        public void serverHeartbeatSucceeded(ServerHeartbeatSucceededEvent event) {
            watch.note("heartbeat-succeeded", event.getConnectionId().getServerId().getAddress(), "");
        }
    }

    private final class Pools extends ConnectionPoolListenerAdapter {
        @Override
        public void connectionAdded(ConnectionAddedEvent event) {
            watch.note("connection-created", event.getConnectionId().getServerId().getAddress(), "");
        }

        @Override
        public void connectionRemoved(ConnectionRemovedEvent event) {
            watch.note("connection-closed", event.getConnectionId().getServerId().getAddress(), "");
        }
    }

    private final class Commands implements CommandListener {
        @Override
        public void commandStarted(CommandStartedEvent event) {
            watch.started(event.getCommandName());
        }

        @Override
        public void commandSucceeded(CommandSucceededEvent event) {
            // its reply says so
        }

        @Override
        public void commandFailed(CommandFailedEvent event) {
            // its exception says so
        }
    }
}
