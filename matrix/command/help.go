package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mongotls/mongotls/internal/usage"
)

// inGroup is the annotation of a flag that says under which heading help shows it.
const inGroup = "mongotls/group"

// Headings of the flags in help, in their order.
const (
	whatRuns      = "What runs"
	servers       = "Servers"
	knownFailures = "Known failures"
	output        = "Output"
)

var headings = []string{whatRuns, servers, knownFailures, output}

// group puts flags under a heading.
func group(f *pflag.FlagSet, heading string, names ...string) {
	for _, name := range names {
		if err := f.SetAnnotation(name, inGroup, []string{heading}); err != nil {
			panic(err) // no such flag
		}
	}
}

// help prints what a command does, and how it is used.
func help(cmd *cobra.Command, _ []string) {
	t := newTerminal(cmd.OutOrStdout(), cmd.ErrOrStderr())
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if t.width > 0 { // the source is wrapped for a wide one
			paragraph = strings.ReplaceAll(paragraph, "\n", " ")
		}
		t.para(0, paragraph)
		t.linef(t.out, "")
	}
	printUsage(t.out, t.width, cmd)
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
				say("%s\n", hanging(fmt.Sprintf("%-*s %s", c.NamePadding(), c.Name(), c.Short), 2, c.NamePadding()+3, width))
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

// flagError is what is wrong with a flag, with the one that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	meant := ""
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name, _, _ = strings.Cut(name, "=")
		meant = strings.Replace(usage.Meant(name, names), "mean ", "mean --", 1)
	}
	return usage.Errorf("%v%s; see `%s --help`", err, meant, cmd.CommandPath())
}

// verbs is for commands that do nothing but have verbs: whatever stands in the place of one is misspelt.
func verbs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usage.Errorf("unknown command %q%s; `%s --help` lists them", args[0], usage.Meant(args[0], names), cmd.CommandPath())
}
