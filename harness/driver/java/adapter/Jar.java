import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.jar.JarFile;

/** What the manifest of a jar says. */
final class Jar {
    private Jar() {
    }

    /** An attribute of the manifest of the jar that has a class. */
    static String of(Class<?> c, String attribute) {
        try (JarFile jar = new JarFile(new File(c.getProtectionDomain().getCodeSource().getLocation().toURI()))) {
            return jar.getManifest().getMainAttributes().getValue(attribute);
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("the jar of the driver cannot be read", e);
        }
    }
}
