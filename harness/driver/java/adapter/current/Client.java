import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import javax.net.ssl.SSLContext;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.ServerAddress;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import com.mongodb.event.ClusterDescriptionChangedEvent;
import com.mongodb.event.ClusterListener;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import com.mongodb.event.ConnectionCheckOutFailedEvent;
import com.mongodb.event.ConnectionClosedEvent;
import com.mongodb.event.ConnectionCreatedEvent;
import com.mongodb.event.ConnectionPoolClearedEvent;
import com.mongodb.event.ConnectionPoolListener;
import com.mongodb.event.ServerHeartbeatSucceededEvent;
import com.mongodb.event.ServerMonitorListener;
import com.mongodb.internal.build.MongoDriverVersion;

/** The client of the driver 4.0 and later, as an application makes and uses it. */
final class Client implements AutoCloseable {
    /** Whether the driver tells what becomes of its pools. */
    static final boolean POOL_EVENTS = true;

    private final MongoClient client;
    private final Watch watch;

    /** Makes a client of a connection string and of options in code. */
    Client(String uri, Map<String, String> code, SSLContext context, Watch watch) {
        this.watch = watch;
        ConnectionString parsed = new ConnectionString(uri);
        watch.seeds(parsed.getHosts().stream().map(host -> new ServerAddress(host).toString()).collect(Collectors.toList()));
        MongoClientSettings.Builder builder = MongoClientSettings.builder().applyConnectionString(parsed)
                .applyToClusterSettings(b -> b.addClusterListener(new Topology()))
                .applyToServerSettings(b -> b.addServerMonitorListener(new Checks()))
                .applyToConnectionPoolSettings(b -> b.addConnectionPoolListener(new Pools()))
                .addCommandListener(new Commands());
        builder.applyToSslSettings(b -> {
            if (code.containsKey("tls")) {
                b.enabled(code.get("tls").equals("true"));
            }
            if (code.containsKey("tlsAllowInvalidHostnames")) {
                b.invalidHostNameAllowed(code.get("tlsAllowInvalidHostnames").equals("true"));
            }
            if (context != null) {
                b.context(context);
            }
        });
        if (code.containsKey("authMechanism")) {
            builder.credential(Options.credential(code));
        }
        client = MongoClients.create(builder.build());
    }

    /** The version of the driver. */
    static String version() {
        return MongoDriverVersion.VERSION;
    }

    MongoDatabase database(String name) {
        return client.getDatabase(name);
    }

    /** What this is in the driver. */
    Object inner() {
        return client;
    }

    /** The labels of an error. */
    static Set<String> labels(Throwable error) {
        return error instanceof MongoException ? ((MongoException) error).getErrorLabels() : Set.of();
    }

    @Override
    public void close() {
        client.close();
    }

    private final class Topology implements ClusterListener {
        @Override
        public void clusterDescriptionChanged(ClusterDescriptionChangedEvent event) {
            watch.topology(event.getNewDescription(), event.getNewDescription().getSrvResolutionException());
        }
    }

    private final class Checks implements ServerMonitorListener {
        @Override
        public void serverHeartbeatSucceeded(ServerHeartbeatSucceededEvent event) {
            watch.note("heartbeat-succeeded", event.getConnectionId().getServerId().getAddress(), "");
        }
    }

    private final class Pools implements ConnectionPoolListener {
        @Override
        public void connectionCreated(ConnectionCreatedEvent event) {
            watch.note("connection-created", event.getConnectionId().getServerId().getAddress(), "");
        }

        @Override
        public void connectionClosed(ConnectionClosedEvent event) {
            watch.note("connection-closed", event.getConnectionId().getServerId().getAddress(),
                    event.getReason().toString());
        }

        @Override
        public void connectionPoolCleared(ConnectionPoolClearedEvent event) {
            watch.note("pool-cleared", event.getServerId().getAddress(), "");
        }

        @Override
        public void connectionCheckOutFailed(ConnectionCheckOutFailedEvent event) {
            watch.note("checkout-failed", event.getServerId().getAddress(), event.getReason().toString());
        }
    }

    private final class Commands implements CommandListener {
        @Override
        public void commandStarted(CommandStartedEvent event) {
            watch.started(event.getCommandName());
        }
    }
}
