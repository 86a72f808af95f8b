package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports/internal/schema"
)

const valid = `<?xml version="1.0"?>
<testsuites><testsuite id="0" name="a" package="p" timestamp="2026-01-02T03:04:05"
 hostname="h" tests="2" failures="1" errors="0" time="1.5">
<properties><property name="n" value=""/></properties>
<testcase name="x" classname="p.a" time="1"><failure type="t">text</failure></testcase>
<testcase name="y" classname="p.a" time="0.5"/>
<system-out></system-out><system-err/></testsuite></testsuites>`

// A check that takes everything would show nothing.
func TestCheckJUnit(t *testing.T) {
	require.NoError(t, schema.CheckJUnit([]byte(valid)))
	for wrong, spoil := range map[string][2]string{
		"Ant, line 2: testsuites has no attribute name": {`<testsuites>`, `<testsuites name="x">`},
		`timestamp="2026-01-02T03:04:05Z"`:              {`:05"`, `:05Z"`},
		`timestamp="2026-13-02T03:04:05"`:               {`2026-01`, `2026-13`},
		"testsuite lacks hostname":                      {` hostname="h"`, ``},
		`hostname=""`:                                   {`hostname="h"`, `hostname=""`},
		"testsuite holds testcase testcase": {
			`<properties><property name="n" value=""/></properties>`, ``,
		},
		"testsuite holds properties testcase testcase system-o": {`<system-err/>`, ``},
		"testcase has no attribute colour":                      {`name="y"`, `name="y" colour="red"`},
		"element colour is unknown":                             {`<system-err/>`, `<system-err/><colour/>`},
		"Ant, line 5: failure lacks type":                       {` type="t"`, ``},
		"Jenkins, line 5: testcase holds properties":            {`<failure`, `<properties/><failure`},
		"testsuite holds text":                                  {`<system-out>`, `text<system-out>`},
		"p.a x occurs twice":                                    {`name="y"`, `name="x"`},
		"and has [0 2 1 0 0]":                                   {`failures="1"`, `failures="0"`},
		`tests="two"`:                                           {`tests="2"`, `tests="two"`},
		"the file holds testsuite":                              {`testsuites>`, `testsuite>`},
	} {
		require.Contains(t, valid, spoil[0])
		err := schema.CheckJUnit([]byte(strings.ReplaceAll(valid, spoil[0], spoil[1])))
		require.Error(t, err, wrong)
		if wrong != "the file holds testsuite" { // which lacks attributes too
			require.ErrorContains(t, err, wrong)
		}
	}
}
