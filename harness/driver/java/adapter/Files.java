import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** The files of a client, which the driver does not read: an application does, and makes an SSLContext of them. */
final class Files {
    /** A file that cannot be used. */
    static final class Unusable extends Exception {
        Unusable(String what, Exception why) {
            super(what + ": " + why, why);
        }
    }

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final char[] NONE = {};

    private static KeyStore system; // which stays as it is

    private Files() {
    }

    /** The context that trusts what a file holds, or the system's authorities, and shows the certificate of another. */
    static SSLContext context(Map<String, String> of) throws Unusable {
        String ca = of.get("tlsCAFile");
        String pair = of.get("tlsCertificateKeyFile");
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(ca == null ? system() : store(certificates(Paths.get(ca))));
            SSLContext context = SSLContext.getInstance("TLS");
            boolean forced = "true".equals(of.get("tlsForceClientCertificate"));
            context.init(pair == null ? null : keys(Paths.get(pair), forced), trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new Unusable("a context of TLS cannot be made", e);
        }
    }

    /** The trust store of the system. */
    private static synchronized KeyStore system() throws IOException, GeneralSecurityException {
        if (system == null) {
            system = store(authorities());
        }
        return system;
    }

    /** What SSL_CERT_FILE names, or the authorities of the packages that Java is of. */
    private static List<Certificate> authorities() throws IOException, GeneralSecurityException {
        String file = System.getenv("SSL_CERT_FILE");
        if (file != null) {
            return certificates(Paths.get(file));
        }
        List<Certificate> all = new ArrayList<>();
        try (DirectoryStream<Path> files = java.nio.file.Files.newDirectoryStream(Paths.get(System.getProperty("mongotls.roots")))) {
            for (Path one : files) {
                all.addAll(certificates(one));
            }
        }
        return all;
    }

    private static List<Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> all = new ArrayList<>();
        for (String[] block : blocks(file)) {
            if (block[0].endsWith("CERTIFICATE")) {
                all.add(factory.generateCertificate(new ByteArrayInputStream(decoded(block[1]))));
            }
        }
        if (all.isEmpty()) {
            throw new IOException("no certificate in it");
        }
        return all;
    }

    private static KeyStore store(List<Certificate> all) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (int i = 0; i < all.size(); i++) {
            store.setCertificateEntry("" + i, all.get(i));
        }
        return store;
    }

    private static KeyManager[] keys(Path file, boolean forced) throws IOException, GeneralSecurityException {
        byte[] key = null;
        for (String[] block : blocks(file)) {
            key = block[0].equals("PRIVATE KEY") ? decoded(block[1]) : key;
        }
        if (key == null) {
            throw new IOException("no private key in PKCS#8 in it, that is not encrypted");
        }
        List<Certificate> chain = certificates(file);
        KeyStore store = KeyStore.getInstance("JKS"); // which takes a chain as it is
        store.load(null, null);
        String algorithm = chain.get(0).getPublicKey().getAlgorithm();
        PrivateKey made = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
        store.setKeyEntry("client", made, NONE, chain.toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NONE);
        if (!forced) {
            return factory.getKeyManagers();
        }
        return new KeyManager[] {new Forced(made, chain.toArray(new X509Certificate[0]))};
    }

    private static List<String[]> blocks(Path file) throws IOException {
        Matcher block = BLOCK.matcher(new String(java.nio.file.Files.readAllBytes(file), US_ASCII));
        List<String[]> all = new ArrayList<>();
        while (block.find()) {
            all.add(new String[] {block.group(1), block.group(2)});
        }
        return all;
    }

    private static byte[] decoded(String text) {
        return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    }

    /** Shows its certificate whatever authorities the server names. */
    private static final class Forced extends X509ExtendedKeyManager {
        private final PrivateKey key;
        private final X509Certificate[] chain;

        Forced(PrivateKey key, X509Certificate[] chain) {
            this.key = key;
            this.chain = chain;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return "client";
        }

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            return "client";
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {"client"};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain;
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return key;
        }
    }
}
