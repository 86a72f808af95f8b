package bisect

import "math/bits"

// A history is what is known of n versions, the oldest first.
type history struct {
	n      int
	states map[int]string // of those that were tried
	failed map[int]bool   // those that could not be
}

// next is the version to try now. First the newest and the oldest, then the middle between two neighbours that differ,
// until these stand side by side. Where the ends are equal, up to log2 n of those between them are looked at too, the
// middle of the widest gap first, for a change that was undone. Where a version cannot be tried, others near it are,
// unless that happens again and again.
func (h history) next() (at int, more bool) {
	if len(h.failed) > 2*bits.Len(uint(h.n)) {
		return 0, false
	}
	newest, at := h.end(func(step int) int { return h.n - 1 - step })
	if at >= 0 {
		return at, true
	}
	oldest, at := h.end(func(step int) int { return step })
	if at >= 0 {
		return at, true
	}
	differ := false
	for a := oldest; a < newest; {
		b := h.tried(a + 1)
		if h.states[a] != h.states[b] {
			differ = true
			if at := h.middle(a, b); at >= 0 {
				return at, true
			}
		}
		a = b
	}
	if !differ && len(h.states) < 2+bits.Len(uint(h.n-1)) {
		at = h.middle(oldest, newest)
		return at, at >= 0
	}
	return 0, false
}

// end is the version that was tried at an end or near it, or else the one to try. Where those at the end cannot be
// tried, the steps to the next become wider. Both are -1 if there is none.
func (h history) end(at func(step int) int) (tried, try int) {
	for step := 0; step < h.n; step = 2*step + 1 {
		i := at(step)
		if _, ok := h.states[i]; ok {
			return i, -1
		}
		if !h.failed[i] {
			return -1, i
		}
	}
	return -1, -1
}

// tried is the first version from one on that was tried.
func (h history) tried(from int) int {
	for i := from; ; i++ {
		if _, ok := h.states[i]; ok {
			return i
		}
	}
}

// middle is that of the longest row of versions between two that nobody has looked at, -1 if there is none.
func (h history) middle(from, to int) int {
	middle, longest, length := -1, 0, 0
	for i := from + 1; i < to; i++ {
		_, ok := h.states[i]
		if ok || h.failed[i] {
			length = 0
			continue
		}
		if length++; length > longest {
			middle, longest = i-length/2, length
		}
	}
	return middle
}
