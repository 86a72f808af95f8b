package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// inGroup is the annotation of a flag that says under which heading help shows it.
const inGroup = "mongotls/group"

// Headings of the flags in help, in their order.
const (
	WhatRuns      = "What runs"
	Servers       = "Servers"
	WhatIf        = "What if"
	KnownFailures = "Known failures"
	Output        = "Output"
)

var headings = []string{WhatRuns, Servers, WhatIf, KnownFailures, Output}

// Group puts flags under a heading.
func Group(f *pflag.FlagSet, heading string, names ...string) {
	for _, name := range names {
		if err := f.SetAnnotation(name, inGroup, []string{heading}); err != nil {
			panic(err) // no such flag
		}
	}
}

// Help prints what a command does, and how it is used.
func Help(cmd *cobra.Command, _ []string) {
	t := New(cmd.OutOrStdout(), cmd.ErrOrStderr())
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if t.width > 0 { // the source is wrapped for a wide one
			paragraph = strings.ReplaceAll(paragraph, "\n", " ")
		}
		t.Para(0, paragraph)
		t.Linef(t.Out, "")
	}
	printUsage(t.Out, t.width, cmd)
}

// Usage prints how a command is called.
func Usage(cmd *cobra.Command) error {
	printUsage(cmd.OutOrStderr(), widthOf(cmd.OutOrStderr()), cmd)
	return nil
}

// printUsage prints how a command is called: examples, verbs, and flags by their headings.
func printUsage(w io.Writer, width int, cmd *cobra.Command) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
	say("Usage:\n")
	if cmd.Runnable() {
		say("  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		say("  %s [command]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		say("\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		say("\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				say("%s\n", hanging(fmt.Sprintf("%-*s %s", c.NamePadding(), c.Name(), c.Short), 2, c.NamePadding()+3,
					width))
			}
		}
	}
	if cmd.DisableFlagParsing {
		return
	}
	groups := map[string]*pflag.FlagSet{}
	cmd.Flags().SortFlags = false // as they were declared
	for _, all := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		all.VisitAll(func(f *pflag.Flag) {
			heading := "Flags"
			if in := f.Annotations[inGroup]; len(in) > 0 {
				heading = in[0]
			}
			if groups[heading] == nil {
				groups[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
				groups[heading].SortFlags = false
			}
			groups[heading].AddFlag(f)
		})
	}
	for _, heading := range append(headings, "Flags") {
		if g := groups[heading]; g != nil {
			say("\n%s:\n%s", heading, g.FlagUsagesWrapped(width))
		}
	}
	if cmd.HasAvailableSubCommands() {
		say("\n`%s [command] --help` says more about a command.\n", cmd.CommandPath())
	}
}
