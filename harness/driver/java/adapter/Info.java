import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Map;

import org.bson.Document;

/** What the adapter drives, and what that does not have: found by asking it. */
final class Info {
    private static final List<String> URI = List.of("tls", "ssl", "tlsInsecure", "tlsAllowInvalidCertificates",
            "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword",
            "tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck", "tlsCRLFile", "loadBalanced", "directConnection",
            "srvServiceName", "srvMaxHosts", "maxAdaptiveRetries", "timeoutMS");

    private Info() {
    }

    static Document all() {
        String arch = System.getProperty("os.arch");
        String machine = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT) + "/"
                + Map.of("x86_64", "amd64", "aarch64", "arm64").getOrDefault(arch, arch);
        String java = System.getProperty("java.version");
        Provider jsse = Security.getProvider("SunJSSE");
        return new Document("Driver", "java").append("Version", Client.version())
                .append("Build", System.getProperty("java.vm.name") + " " + java + " " + machine)
                .append("TLS", "JSSE of Java " + java)
                .append("Components", List.of(
                        new Document("Name", "java").append("Version", java).append("Role", "runtime")
                                .append("Detail", System.getProperty("java.vm.name") + " " + machine),
                        new Document("Name", "jsse").append("Version", java).append("Role", "TLS library")
                                .append("Detail", jsse.getName() + ", of Java")))
                .append("Lacks", lacks()).append("Cannot", cannot()).append("Concurrency", 1);
    }

    private static Document lacks() {
        Document found = new Document();
        for (String option : URI) {
            if (Options.takes(option)) {
                continue;
            }
            if (Options.IN_CODE.contains(option)) {
                found.append("?" + option, "ignored, with a warning: it is given in code");
            } else {
                found.append(option, "ignored, with a warning");
            }
        }
        for (String version : List.of("tlsMinVersion", "tlsMaxVersion")) {
            found.append(version, "the driver has no option for it, and the JVM a property, jdk.tls.client.protocols");
        }
        return found;
    }

    private static Document cannot() {
        Document found = new Document("ocsp", "ignored")
                .append("files", "the application reads them, and makes an SSLContext of them");
        if (!Client.POOL_EVENTS) {
            found.append("poolEvents", "it does not tell what becomes of its pools");
        }
        if (Names.RESOLVER == null) {
            found.append("dns", "no resolver was given");
        }
        if (System.getenv("SSL_CERT_FILE") == null) {
            found.append("systemRoots", "no roots were given");
        }
        return found;
    }
}
