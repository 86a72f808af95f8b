package evidence

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that came after another one counts its connections anew; in the record of both they come after the first
// one's.
func TestThen(t *testing.T) {
	first := Seen{Connections: []Connection{{ID: 90}, {ID: 89}}, Log: []string{"a"}, Open: 1}
	both := first.Then(Seen{Connections: []Connection{{ID: 3}, {ID: 4}}, Log: []string{"b"}}.At("x", 1))
	require.Equal(t, []Connection{{ID: 90}, {ID: 89}, {ID: 93, Member: "x", Run: 1}, {ID: 94, Member: "x", Run: 1}},
		both.Connections)
	require.Equal(t, 2, both.CameBack)
	require.Equal(t, []string{"a", "b"}, both.Log)
	require.Equal(t, 1, both.Open)
}

// What the steps took is neither a gap of the client's nor its own time.
func TestHeld(t *testing.T) {
	s := Seen{Steps: []StepSeen{{AtMS: 20, TookMS: 3000}, {AtMS: 3020, TookMS: 500}},
		Connections: []Connection{{Commands: []CommandSeen{{Name: "find", AtMS: 10}, {Name: "find", AtMS: 3560}}}}}
	require.Equal(t, 3500, s.HeldMS())
	require.Equal(t, 50, s.GapMS())
}
