package org.slf4j;

/** Makes loggers. */
public final class LoggerFactory {
    private LoggerFactory() {
    }

    public static Logger getLogger(String name) {
        return new Forwarding(name);
    }
}
