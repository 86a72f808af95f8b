import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IPv6 address of this machine behind which another one stands. The name service is not asked about addresses, so that what
 * comes to this one is passed on.
 */
final class Relay implements AutoCloseable {
    private static final Pattern LITERAL = Pattern.compile("[/@,]\\[([0-9a-fA-F:]+)\\]:(\\d+)");

    private final List<ServerSocket> listening = new ArrayList<>();

    /** Listens on the loopback addresses that a connection string holds, as far as that is possible. */
    Relay(String uri, String to) {
        Matcher host = LITERAL.matcher(uri);
        while (to != null && host.find()) {
            try {
                InetAddress address = InetAddress.getByName(host.group(1));
                if (address.isLoopbackAddress()) {
                    listen(new ServerSocket(Integer.parseInt(host.group(2)), 0, address), to);
                }
            } catch (IOException | IllegalArgumentException e) {
                // then nothing listens there, and the driver says so
            }
        }
    }

    private void listen(ServerSocket at, String to) {
        listening.add(at);
        start(() -> {
            while (true) {
                Socket in = at.accept();
                Socket out = new Socket(to, at.getLocalPort());
                start(() -> copy(in, out));
                start(() -> copy(out, in));
            }
        });
    }

    /** Passes on what one side says, and that it has ended. */
    private static void copy(Socket from, Socket to) throws IOException {
        try (from; to) {
            InputStream in = from.getInputStream();
            byte[] some = new byte[1 << 14];
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                to.getOutputStream().write(some, 0, n);
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // it has been closed
            }
        }, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket one : listening) {
            one.close();
        }
    }
}
