import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.logging.Logger;
import java.util.stream.Collectors;

import javax.net.ssl.SSLContext;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoExecutionTimeoutException;
import com.mongodb.MongoInterruptedException;
import com.mongodb.MongoQueryException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoSocketReadTimeoutException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.client.MongoDatabase;
import org.bson.BsonString;
import org.bson.Document;

/** One attempt: a client, its commands, and the end of both. */
final class Attempt {
    private static final int CLOSING = 1200; // ms that a client has to close
    private static final List<Document> PING = List.of(new Document("DB", "admin").append("JSON", "{\"ping\": 1}"));
    private static final Logger LOG = Logger.getLogger("org.mongodb.driver"); // held, or its handlers are lost

    final String id;
    private final Document request;
    private final Watch watch = new Watch(this::look);
    private final Thread user = new Thread(this::use, "application");

    private volatile Client client;
    private volatile int command;
    private volatile Throwable error; // of the last command, if that failed
    private volatile Throwable fault; // of ours
    private boolean cancelled;
    private boolean back; // the driver came back

    Attempt(Document request) {
        this.request = request;
        id = request.getString("ID");
        user.setDaemon(true);
    }

    synchronized void cancel() {
        cancelled = true;
        notifyAll();
    }

    private synchronized void look() {
        notifyAll();
    }

    Document answer() throws Exception {
        String dial = request.getString("Dial");
        Names.dial = dial == null || dial.isEmpty() ? null : dial;
        LOG.addHandler(watch);
        try (Relay relay = new Relay(String.valueOf(request.get("URI")), Names.dial)) {
            return attempted();
        }
    }

    private Document attempted() throws Exception {
        user.start();
        int limit = request.getInteger("LimitMS", 0);
        String stopped = await(limit);
        Document a = new Document("ID", id);
        Throwable why = stopped.equals("limit") ? new TimeoutException("the limit of the attempt ran out") : error;
        boolean ok = why == null;
        a.append("OK", ok).append("ElapsedMS", watch.elapsed()).append("Stopped", stopped);
        if (!ok && !cancelled && fault == null) {
            a.append("Stage", stage()).append("Command", command).append("Error", describe(why));
        }
        watch.end();
        LOG.removeHandler(watch);
        int ended = watch.elapsed();
        close();
        a.append("CloseMS", watch.elapsed() - ended);
        if (cancelled || fault != null) {
            throw new IllegalStateException(cancelled ? "cancelled" : "" + fault, fault);
        }
        synchronized (watch) {
            return a.append("Replies", new ArrayList<>(watch.replies)).append("Failures", new ArrayList<>(watch.failures))
                    .append("Warnings", new ArrayList<>(watch.warnings)).append("Events", new ArrayList<>(watch.events));
        }
    }

    /** Waits for what ends the attempt, and says what did. */
    private synchronized String await(int limit) throws InterruptedException {
        boolean hurried = false;
        while (!back && !cancelled) {
            int left = limit == 0 ? 1000 : limit - watch.elapsed();
            if (left <= 0) {
                return "limit";
            }
            if (watch.hopeless() && client != null && !hurried) {
                hurried = true;
                user.interrupt(); // which waits for a server that will not come
            }
            wait(left);
        }
        return watch.hopeless() && error != null ? "all-servers-failed" : "returned";
    }

    /** Closes the client. Of one that does not close, or cannot, the connections are ended. */
    private void close() throws Exception {
        if (client == null) {
            user.join(CLOSING); // it may be making one
        }
        Client made = client;
        if (made == null) {
            return;
        }
        Thread closing = new Thread(() -> {
            try {
                made.close();
            } catch (RuntimeException e) {
                // version 3.6 looks for a server to say good-bye to, and stays open if there is none
            }
        }, "closing");
        closing.setDaemon(true);
        closing.start();
        closing.join(CLOSING);
        Inside.hangUp(made.inner());
        user.join(CLOSING);
    }

    private void use() {
        try {
            make();
            List<?> commands = request.get("Do", List.class) == null ? PING : request.get("Do", List.class);
            for (Object one : commands) {
                watch.begins();
                run((Document) one);
                if (error != null) {
                    if (!Boolean.TRUE.equals(request.getBoolean("GoOn")) || watch.hopeless()) {
                        break;
                    }
                    String reason = describe(error).getString("Reason");
                    synchronized (watch) {
                        watch.failures.add(new Document("Command", command).append("Reason", reason));
                    }
                }
                command = Math.min(command + 1, commands.size() - 1);
            }
        } catch (Files.Unusable | RuntimeException | Error e) {
            error = e;
        } catch (Throwable e) {
            fault = e;
        }
        synchronized (this) {
            back = true;
            notifyAll();
        }
    }

    private void make() throws Exception {
        String uri = String.valueOf(request.get("URI"));
        Map<String, String> code = Options.untaken(uri);
        request.get("Code", new Document()).forEach((name, value) -> code.put(name, String.valueOf(value)));
        SSLContext.setDefault(Files.context(Map.of())); // what the driver takes where it is given none
        boolean own = code.containsKey("tlsCAFile") || code.containsKey("tlsCertificateKeyFile");
        client = new Client(Options.without(uri), code, own ? Files.context(code) : null, watch);
    }

    private void run(Document one) throws Exception {
        error = null;
        try {
            String reply = reply(one);
            synchronized (watch) {
                watch.replies.add(reply);
            }
        } catch (RuntimeException | Error e) {
            error = e;
        }
    }

    /** The reply to a command. Where there is no hope for a server, the driver is asked again, and has no time to wait. */
    private String reply(Document one) throws Exception {
        try {
            return answer(one).toJson();
        } catch (MongoInterruptedException e) {
            if (!watch.hopeless()) {
                throw e;
            }
            Thread.interrupted(); // for some versions say it again
            Inside.giveUp(client.inner());
            return answer(one).toJson();
        }
    }

    /** One command, and its reply. A find is the driver's own read, which it tries again where the specification says so. */
    private Document answer(Document one) {
        MongoDatabase database = client.database(one.getString("DB"));
        Document command = Document.parse(one.getString("JSON"));
        if (command.keySet().equals(Set.of("find"))) {
            return new Document("found", database.getCollection(command.getString("find")).find().into(new ArrayList<>()));
        }
        return database.runCommand(command);
    }

    private String stage() {
        return client == null ? "configure" : watch.sent() ? "command" : "connect";
    }

    /** What the answer says of what went wrong. */
    private Document describe(Throwable surface) {
        Throwable decisive = surface;
        if (surface instanceof MongoTimeoutException || surface instanceof TimeoutException) {
            Throwable cause = watch.cause();
            decisive = cause == null ? surface : cause;
        }
        List<Throwable> chain = chain(decisive);
        Document e = new Document("Text", texts(decisive))
                .append("Surface", text(surface))
                .append("Chain", chain.stream().map(link -> link.getClass().getName()).collect(Collectors.toList()))
                .append("Labels", Client.labels(surface).stream().sorted().collect(Collectors.toList()))
                .append("Network", decisive instanceof MongoSocketException)
                .append("Timeout", decisive instanceof MongoSocketReadTimeoutException || decisive instanceof MongoTimeoutException
                        || decisive instanceof MongoExecutionTimeoutException);
        int code = 0;
        for (Throwable link : chain) {
            if (link instanceof MongoCommandException || link instanceof MongoQueryException) {
                code = ((MongoException) link).getCode();
                e.append("Code", code).append("CodeName", codeName(link));
            }
        }
        Set<String> classes = new LinkedHashSet<>();
        for (Throwable link : chain) {
            for (Class<?> c = link.getClass(); c != Object.class; c = c.getSuperclass()) {
                classes.add(c.getName());
            }
        }
        return e.append("Reason", Reason.of(stage(), code, new ArrayList<>(classes), e.getString("Text")));
    }

    /** The name of the code of a server's reply, which the error of a query of version 3.6 does not tell. */
    private static String codeName(Throwable e) {
        return e instanceof MongoCommandException ? ((MongoCommandException) e).getResponse()
                .getString("codeName", new BsonString("")).getValue() : "";
    }

    /** An error and what caused it. */
    static List<Throwable> chain(Throwable error) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable e = error; e != null && !chain.contains(e); e = e.getCause()) {
            chain.add(e);
        }
        return chain;
    }

    /** The texts of an error and of what caused it. */
    static String texts(Throwable error) {
        return chain(error).stream().map(Attempt::text).distinct().collect(Collectors.joining(": "));
    }

    private static String text(Throwable e) {
        return e.getMessage() == null ? e.getClass().getName() : e.getMessage();
    }
}
