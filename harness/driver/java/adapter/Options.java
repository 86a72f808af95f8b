import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;

import com.mongodb.ConnectionString;
import com.mongodb.MongoCredential;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The options of a client. What the connection strings of a version do not take, and its types do, an application leaves
 * out of the string and gives in code: so does the adapter. No version takes the names of files: an application makes an
 * SSLContext of them.
 */
final class Options {
    /** The options that can be given in code. */
    static final List<String> IN_CODE = List.of("tls", "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile");

    private static final Set<String> BOOLEAN = Set.of("true", "false"); // what else there is stays in the string, and with the driver

    private static final String REPEATED = "\0"; // with another value: of the two an application knows none

    private static final Map<String, Boolean> taken = new HashMap<>();

    private Options() {
    }

    /** Whether a connection string with an option is taken without a warning that there is none of that name. */
    static synchronized boolean takes(String option) {
        return taken.computeIfAbsent(option, name -> {
            List<String> said = new ArrayList<>();
            Handler ear = new Handler() {
                @Override
                public void publish(LogRecord record) {
                    said.add(record.getMessage());
                }

                @Override
                public void flush() {
                    // nothing is held back
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
            Logger log = Logger.getLogger("org.mongodb.driver.uri");
            log.addHandler(ear);
            try {
                new ConnectionString("mongodb://localhost/?" + name + "=" + (name.contains("File") ? "x" : "true"));
            } catch (RuntimeException e) {
                // it is there, and its value is not
            } finally {
                log.removeHandler(ear);
            }
            return said.stream().noneMatch(text -> text.toLowerCase(Locale.ROOT).contains("unsupported option '"
                    + name.toLowerCase(Locale.ROOT) + "'"));
        });
    }

    /** The options of a connection string that it does not take, and that can be given in code. */
    static Map<String, String> untaken(String uri) {
        Map<String, String> all = new HashMap<>();
        for (String pair : options(uri)) {
            String name = untakenName(pair);
            if (name != null) {
                all.merge(name, decoded(pair.substring(pair.indexOf('=') + 1)), (one, other) -> one.equals(other) ? one : REPEATED);
            }
        }
        all.values().removeIf(REPEATED::equals);
        return all;
    }

    /** A connection string without the options that it does not take, and that can be given in code. */
    static String without(String uri) {
        int query = uri.indexOf('?');
        Map<String, String> moved = untaken(uri);
        if (moved.isEmpty()) {
            return uri;
        }
        return uri.substring(0, query + 1) + options(uri).stream().filter(pair -> !moved.containsKey(untakenName(pair)))
                .collect(Collectors.joining("&"));
    }

    /** The user whom the options in code name. */
    static MongoCredential credential(Map<String, String> code) {
        if (!code.get("authMechanism").equals(MongoCredential.MONGODB_X509_MECHANISM)) {
            throw new IllegalArgumentException("in code there is no mechanism " + code.get("authMechanism"));
        }
        String user = code.get("username");
        return user == null ? MongoCredential.createMongoX509Credential() : MongoCredential.createMongoX509Credential(user);
    }

    private static List<String> options(String uri) {
        int query = uri.indexOf('?');
        return query < 0 ? List.of() : List.of(uri.substring(query + 1).split("[&;]"));
    }

    /** The name of an option, if it is one of these; otherwise null. */
    private static String untakenName(String pair) {
        int equals = pair.indexOf('=');
        return IN_CODE.stream().filter(name -> equals > 0 && name.equalsIgnoreCase(pair.substring(0, equals)) && !takes(name))
                .filter(name -> name.endsWith("File") || BOOLEAN.contains(pair.substring(equals + 1)))
                .findFirst().orElse(null);
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            return value;
        }
    }
}
