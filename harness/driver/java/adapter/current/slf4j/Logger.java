package org.slf4j;

/** What the driver calls of SLF4J, without which it says nothing since 4.0. */
public interface Logger {
    String getName();

    boolean isTraceEnabled();

    boolean isDebugEnabled();

    boolean isInfoEnabled();

    boolean isWarnEnabled();

    boolean isErrorEnabled();

    void trace(String text);

    void trace(String text, Throwable why);

    void debug(String text);

    void debug(String text, Throwable why);

    void info(String text);

    void info(String text, Throwable why);

    void warn(String text);

    void warn(String text, Throwable why);

    void error(String text);

    void error(String text, Throwable why);
}
