import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** What a client is made of, which each version keeps at another place. */
final class Inside {
    private static final String DRIVER = "com.mongodb.";

    private Inside() {
    }

    /** Makes a client give up the search for a server at once, with the error that it has for that. */
    static void giveUp(Object client) throws ReflectiveOperationException {
        for (Object part : parts(client)) {
            for (Field field : part.getClass().getDeclaredFields()) {
                if (field.getName().equals("serverSelectionTimeoutMS") && field.getType() == long.class) {
                    field.setAccessible(true);
                    field.setLong(part, 1);
                }
            }
        }
    }

    /** Ends the connections of a client that has not been able to close. */
    static void hangUp(Object client) throws ReflectiveOperationException {
        for (Object part : parts(client)) {
            for (Class<?> c = part.getClass(); c != Object.class; c = c.getSuperclass()) {
                for (Class<?> is : c.getInterfaces()) {
                    if (is.getSimpleName().equals("Cluster")) {
                        is.getMethod("close").invoke(part);
                    }
                }
            }
        }
    }

    /** The objects of the driver that can be reached from a client. */
    private static List<Object> parts(Object client) throws IllegalAccessException {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Object> found = new ArrayList<>();
        reach(client, seen, found);
        return found;
    }

    private static void reach(Object of, Set<Object> seen, List<Object> found) throws IllegalAccessException {
        if (of == null || !of.getClass().getName().startsWith(DRIVER) || !seen.add(of)) {
            return;
        }
        found.add(of);
        for (Class<?> c = of.getClass(); c.getName().startsWith(DRIVER); c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    reach(field.get(of), seen, found);
                }
            }
        }
    }
}
