// Package form holds the shapes in which reports are written: Markdown for GitHub, JUnit XML, a page of HTML,
// indented JSON and text for a terminal, and files that are complete or not there. It knows no model. Text that comes
// from outside stays text in each.
package form
