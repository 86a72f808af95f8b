package org.slf4j;

import java.util.logging.Level;

/** Writes to the logger of that name in Java's own logging, as version 3.6 does. */
final class Forwarding implements Logger {
    private final java.util.logging.Logger to;

    Forwarding(String name) {
        to = java.util.logging.Logger.getLogger(name);
    }

    @Override
    public String getName() {
        return to.getName();
    }

    @Override
    public boolean isTraceEnabled() {
        return to.isLoggable(Level.FINER);
    }

    @Override
    public boolean isDebugEnabled() {
        return to.isLoggable(Level.FINE);
    }

    @Override
    public boolean isInfoEnabled() {
        return to.isLoggable(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return to.isLoggable(Level.WARNING);
    }

    @Override
    public boolean isErrorEnabled() {
        return to.isLoggable(Level.SEVERE);
    }

    @Override
    public void trace(String text) {
        to.log(Level.FINER, text);
    }

    @Override
    public void trace(String text, Throwable why) {
        to.log(Level.FINER, text, why);
    }

    @Override
    public void debug(String text) {
        to.log(Level.FINE, text);
    }

    @Override
    public void debug(String text, Throwable why) {
        to.log(Level.FINE, text, why);
    }

    @Override
    public void info(String text) {
        to.log(Level.INFO, text);
    }

    @Override
    public void info(String text, Throwable why) {
        to.log(Level.INFO, text, why);
    }

    @Override
    public void warn(String text) {
        to.log(Level.WARNING, text);
    }

    @Override
    public void warn(String text, Throwable why) {
        to.log(Level.WARNING, text, why);
    }

    @Override
    public void error(String text) {
        to.log(Level.SEVERE, text);
    }

    @Override
    public void error(String text, Throwable why) {
        to.log(Level.SEVERE, text, why);
    }
}
