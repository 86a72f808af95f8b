import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.Hashtable;

import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;

/**
 * Names: the driver asks the resolver of the harness for SRV and TXT, by JNDI, and for addresses as everybody does: of
 * Java's own name service, in the place of which stands another one here.
 */
final class Names {
    static final String RESOLVER = System.getenv("MONGOTLS_RESOLVER");

    /** The IP address behind every name, or null. */
    static volatile String dial;

    private Names() {
    }

    static void install() throws ReflectiveOperationException {
        Security.setProperty("networkaddress.cache.ttl", "0"); // each client has names of its own
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        if (RESOLVER != null) {
            System.setProperty(Context.PROVIDER_URL, "dns://" + RESOLVER);
        }
        Field field = InetAddress.class.getDeclaredField("nameService");
        field.setAccessible(true);
        Object own = field.get(null);
        field.set(null, Proxy.newProxyInstance(null, new Class<?>[] {field.getType()}, (proxy, method, args) -> {
            if (method.getName().equals("lookupAllHostAddr")) {
                String host = (String) args[0];
                if (dial != null) {
                    return new InetAddress[] {at(host, dial)};
                }
                if (RESOLVER != null && !host.equals("localhost")) {
                    return new InetAddress[] {at(host, address(host))};
                }
            }
            method.setAccessible(true);
            try {
                return method.invoke(own, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    private static InetAddress at(String host, String ip) throws UnknownHostException {
        return InetAddress.getByAddress(host, InetAddress.getByName(ip).getAddress());
    }

    /** The address of a name, of the resolver. */
    private static String address(String host) throws UnknownHostException {
        Hashtable<String, String> dns = new Hashtable<>();
        dns.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        try {
            Attribute found = new InitialDirContext(dns).getAttributes(host, new String[] {"A"}).get("A");
            if (found != null) {
                return (String) found.get();
            }
        } catch (NamingException e) {
            // there is none
        }
        throw new UnknownHostException(host + ": Name or service not known");
    }
}
