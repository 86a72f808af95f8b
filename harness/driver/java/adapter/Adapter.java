import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

import org.bson.Document;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The adapter of the Java driver. docs/adapters.md says what an adapter must do.
 *
 * One request is served at a time, so that everything of this process belongs to it: what is logged, what names stand
 * for, the trust store. The other requests of a run are in other processes.
 */
final class Adapter {
    private static final int LONGEST = 16 << 20; // bytes of a request

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private final Map<String, Attempt> waiting = new ConcurrentHashMap<>();
    private final BlockingQueue<Attempt> queue = new LinkedBlockingQueue<>();

    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("reasons")) { // of the recorded failures on standard input
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Document f = Document.parse(line);
                List<String> chain = ((List<?>) f.get("Chain")).stream().map(String::valueOf).collect(Collectors.toList());
                System.out.println(Reason.of(f.getString("Stage"), f.getInteger("Code", 0), chain, f.getString("Text")));
            }
            return;
        }
        new Adapter().serve();
    }

    private void serve() throws Exception {
        System.setOut(System.err); // where everybody else prints
        Logger driver = Logger.getLogger("org.mongodb.driver");
        driver.setUseParentHandlers(false);
        driver.setLevel(Level.WARNING);
        Names.install();
        Document info = Info.all();
        Thread worker = new Thread(this::work, "worker");
        worker.setDaemon(true);
        worker.start();
        try (InputStream in = new BufferedInputStream(new FileInputStream("/dev/fd/3"), 1 << 16)) {
            for (byte[] line = line(in); line != null; line = line(in)) {
                one(line, info);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    /** The next line, of which one that is too long is only the beginning; null at the end. */
    private static byte[] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            if (line.size() <= LONGEST) {
                line.write(b);
            }
        }
        return line.toByteArray();
    }

    private void one(byte[] line, Document info) {
        Document q;
        try {
            if (line.length > LONGEST) {
                throw new IllegalArgumentException("the line is too long");
            }
            q = Document.parse(new String(line, UTF_8));
        } catch (RuntimeException e) {
            reply(new Document("Error", "no request: " + e.getMessage()));
            return;
        }
        Object id = q.get("ID");
        if ("info".equals(q.get("Op"))) {
            reply(new Document("Info", info));
        } else if ("do".equals(q.get("Op")) && q.get("Request") instanceof Document
                && q.get("Request", Document.class).get("ID") instanceof String) {
            Attempt attempt = new Attempt(q.get("Request", Document.class));
            waiting.put(attempt.id, attempt);
            queue.add(attempt);
        } else if ("cancel".equals(q.get("Op"))) {
            Attempt attempt = id instanceof String ? waiting.get(id) : null;
            if (attempt != null) {
                attempt.cancel();
            }
        } else {
            reply(new Document("ID", id instanceof String ? id : "").append("Error", "unsupported"));
        }
    }

    private void work() {
        while (true) {
            Attempt attempt;
            try {
                attempt = queue.take();
            } catch (InterruptedException e) {
                return;
            }
            Document answer;
            try {
                answer = new Document("Answer", attempt.answer());
            } catch (Throwable e) { // a fault of ours
                answer = new Document("ID", attempt.id).append("Error", "" + e);
            }
            waiting.remove(attempt.id);
            reply(answer);
        }
    }

    private synchronized void reply(Document reply) {
        try {
            out.write((reply.toJson() + "\n").getBytes(UTF_8));
            out.flush();
        } catch (IOException e) {
            Runtime.getRuntime().halt(1); // nobody listens
        }
    }
}
