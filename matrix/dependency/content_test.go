package dependency

import (
	"testing"
)

// Drivers within the repository, and patches of them, are no release: a change is named, unless a manifest says it.
func TestContents(t *testing.T) {
	lock6, lock7 := yarn1("mongodb@^6.0.0 6.3.0"), yarn1("mongodb@^6.0.0 6.4.0")
	const unsaid = "and its content changed, which no manifest says"
	compared(t, map[string]bump{
		"a patch": {files{"yarn.lock": lock6}, files{"yarn.lock": lock6, "patches/mongodb+6.3.0.patch": "x"}, nil,
			[]string{"no release: patches/mongodb+6.3.0.patch: is called like a patch of a driver, and changed: releases are " +
				"compared without it"}},
		"a patch with a name of its own": {files{"package.json": `{"dependencies": {"mongodb": "6.3.0"}}`},
			files{"package.json": `{"dependencies": {"mongodb": "6.3.0"}, "pnpm": {"patchedDependencies": ` +
				`{"mongodb@6.3.0": "patches/x.patch"}}}`}, nil, []string{"no release: package.json: mongodb comes from " +
				"patches/x.patch, and no release can be compared with that"}},
		"a patch of something else": {files{"patches/left-pad.patch": "x"}, files{"patches/left-pad.patch": "y"}, nil, nil},
		"a vendored driver": {files{"vendor/go.mongodb.org/mongo-driver/v2/mongo/x.go": "x", "vendor/a/x.go": "x"},
			files{"vendor/go.mongodb.org/mongo-driver/v2/mongo/x.go": "y", "vendor/a/x.go": "y"}, nil,
			[]string{"unread: vendor/go.mongodb.org/mongo-driver/v2: is a driver within the repository, " + unsaid}},
		"a vendored driver, upgraded": {files{"go.mod": goMod("v2.8.2"), "vendor/go.mongodb.org/mongo-driver/v2/x.go": "x"},
			files{"go.mod": goMod("v2.9.3"), "vendor/go.mongodb.org/mongo-driver/v2/x.go": "y"},
			[]string{"go v2.8.2 → v2.9.3 (go.mod)"}, nil},
		"an installed driver": {files{"web/node_modules/mongodb/package.json": "{}"},
			files{"web/node_modules/mongodb/package.json": "{ }"}, nil,
			[]string{"unread: web/node_modules/mongodb: is a driver within the repository, " + unsaid}},
		"an archive": {files{"lib/mongodb-driver-sync-5.0.0.jar": "x"}, files{"lib/mongodb-driver-sync-5.0.0.jar": "y"}, nil,
			[]string{"no release: lib/mongodb-driver-sync-5.0.0.jar: is called like a driver, " + unsaid}},
		"an archive in a cache, upgraded": {files{"yarn.lock": lock6, ".yarn/cache/mongodb-npm-6.3.0.zip": "x"},
			files{"yarn.lock": lock7, ".yarn/cache/mongodb-npm-6.4.0.zip": "y"},
			[]string{"node 6.3.0 → 6.4.0 (yarn.lock)"}, nil},
		"a directory in the place of a module": {
			files{"go.mod": goMod("v2.8.2") + "replace go.mongodb.org/mongo-driver/v2 => ../fork\n", "fork/x.go": "x"},
			files{"go.mod": goMod("v2.8.2") + "replace go.mongodb.org/mongo-driver/v2 => ./fork\n", "fork/x.go": "y"}, nil,
			[]string{"no release: go.mod: go.mongodb.org/mongo-driver/v2 is replaced by the directory ./fork, and what is " +
				"there changed", "no release: go.mod: go.mongodb.org/mongo-driver/v2 is replaced by the directory ./fork, and " +
				"no release can be compared with that"}},
		"a directory in the place of a package": {
			files{"app/package.json": `{"dependencies": {"mongodb": "link:../fork"}}`, "fork/lib/x.js": "x"},
			files{"app/package.json": `{"dependencies": {"mongodb": "link:../fork"}}`, "fork/lib/x.js": "y"}, nil,
			[]string{"no release: app/package.json: mongodb comes from link:../fork, and what is there changed"}},
	})
}
