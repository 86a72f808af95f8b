// Package manifest knows the manifests and lock files that name packages, and reads what they say of drivers.
package manifest

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A Format is a kind of file that names packages.
type Format struct {
	Ecosystem packages.Ecosystem
	// files are names, or patterns of whole paths in lower case if they have a * in them.
	files []string
	read  reader
	// Locks says that the versions are those that are installed, so that other files of the ecosystem may leave them open.
	Locks bool
	// Includes finds the files of the same format that one names, nil if the format has none.
	Includes func(content []byte) []string
	binary   bool
}

func names(files ...string) []string { return files }

// Formats is the table of all that is read.
var Formats = []Format{
	{packages.Go, names("go.mod"), source.goMod, true, nil, false},
	{packages.Go, names("go.work"), source.goWork, false, nil, false},
	{packages.Go, names("go.sum"), source.goSum, false, nil, false},

	{packages.NPM, names("package-lock.json", "npm-shrinkwrap.json"), source.packageLock, true, nil, false},
	{packages.NPM, names("yarn.lock"), generated(source.yarnLock), true, nil, false},
	{packages.NPM, names("pnpm-lock.yaml", "**/pnpm-lock.*.yaml"), generated(source.pnpmLock), true, nil, false},
	{packages.NPM, names("bun.lock"), source.bunLock, true, nil, false},
	{packages.NPM, names("bun.lockb"), source.bunLockb, true, nil, true},
	{packages.NPM, names("package.json"), source.packageJSON, false, nil, false},
	{packages.NPM, names("pnpm-workspace.yaml"), source.pnpmWorkspace, false, nil, false},
	{packages.NPM, names("deno.json", "deno.jsonc", "deno.lock"), foreignLines(nil), false, nil, false},

	{packages.PyPI, names("poetry.lock"), generated(source.poetryLock), true, nil, false},
	{packages.PyPI, names("uv.lock", "**/*.py.lock"), generated(source.uvLock), true, nil, false},
	{packages.PyPI, names("pdm.lock"), generated(source.pdmLock), true, nil, false},
	{packages.PyPI, names("Pipfile.lock"), source.pipfileLock, true, nil, false},
	{packages.PyPI, names("pylock.toml", "**/pylock.*.toml"), generated(source.pylock), true, nil, false},
	{packages.PyPI, names("pyproject.toml"), source.pyproject, false, nil, false},
	{packages.PyPI, names("Pipfile"), source.pipfile, false, nil, false},
	{packages.PyPI, names("**/*requirement*{.txt,.in,.pip,.lock}", "**/*constraint*{.txt,.in,.pip,.lock}", "**/*requirements",
		"**/{requirements,requirement,reqs,constraints}/**/*{.txt,.in,.pip}"), source.requirements, true, includes, false},
	{packages.PyPI, names("setup.py"), source.setupPy, false, nil, false},
	{packages.PyPI, names("setup.cfg", "tox.ini"), source.setupCfg, false, nil, false},
	{packages.PyPI, names("environment.yml", "environment.yaml", "conda.yml", "conda.yaml"), source.conda, false, nil, false},
	{packages.PyPI, names("pixi.toml"), source.pipfile, false, nil, false},

	{packages.RubyGems, names("Gemfile.lock", "gems.locked"), generated(foreignLines(gemfileLock)), false, nil, false},
	{packages.RubyGems, names("Gemfile", "gems.rb", "**/*.gemspec"), foreignLines(nil), false, nil, false},
	{packages.Packagist, names("composer.lock"), foreignJSON("packages", "packages-dev"), false, nil, false},
	{packages.Packagist, names("composer.json"), foreignJSON("require", "require-dev"), false, nil, false},
	{packages.Crates, names("Cargo.lock"), generated(foreignTOML("package")), false, nil, false},
	{packages.Crates, names("Cargo.toml"), foreignTOML("dependencies", "dev-dependencies", "build-dependencies", "target", "workspace.dependencies", "patch"), false, nil, false},
	{packages.Maven, names("pom.xml", "**/*.pom", "ivy.xml"), source.foreignXML, false, nil, false},
	{packages.Maven, names("gradle.lockfile", "buildscript-gradle.lockfile", "**/dependency-locks/*.lockfile"), generated(foreignLines(gradleLock)), false, nil, false},
	{packages.Maven, names("**/*.versions.toml"), foreignTOML("versions", "libraries", "plugins"), false, nil, false},
	{packages.Maven, names("**/*.gradle", "**/*.gradle.kts", "gradle.properties", "build.sbt", "**/project/*.{sbt,scala}", "deps.edn", "project.clj"),
		foreignLines(nil), false, nil, false},
	{packages.NuGet, names("packages.lock.json"), foreignJSON("dependencies"), false, nil, false},
	{packages.NuGet, names("**/*.{csproj,fsproj,vbproj}", "**/directory.*.{props,targets}", "packages.config"), source.foreignXML, false, nil, false},
	{packages.NuGet, names("paket.lock", "paket.dependencies"), foreignLines(nil), false, nil, false},
	{packages.Conan, names("conan.lock"), foreignJSON("requires", "build_requires", "python_requires", "graph_lock"), false, nil, false},
	{packages.Conan, names("conanfile.txt", "conanfile.py"), foreignLines(nil), false, nil, false},
	{packages.Vcpkg, names("vcpkg.json"), foreignJSON("dependencies", "overrides", "features"), false, nil, false},
	{packages.Hex, names("mix.lock"), generated(foreignLines(mixLock)), false, nil, false},
	{packages.Hex, names("rebar.lock"), generated(foreignLines(rebarLock)), false, nil, false},
	{packages.Hex, names("mix.exs", "rebar.config"), foreignLines(nil), false, nil, false},
	{packages.Pub, names("pubspec.lock"), generated(foreignYAML("packages")), false, nil, false},
	{packages.Pub, names("pubspec.yaml"), foreignYAML("dependencies", "dev_dependencies", "dependency_overrides"), false, nil, false},
	{packages.Swift, names("Package.resolved", "Package.swift"), foreignLines(nil), false, nil, false},
}

// installedDirs hold packages that somebody else has chosen, and examples that nobody installs.
var installedDirs = []string{"node_modules", "vendor", "testdata", "site-packages", ".yarn"}

// byName are the formats by the names of their files; patterned are those with patterns.
var byName, patterned = func() (map[string]*Format, []*Format) {
	exact := map[string]*Format{}
	var rest []*Format
	for i := range Formats {
		f := &Formats[i]
		for _, file := range f.files {
			if !strings.Contains(file, "*") {
				exact[file] = f
			}
		}
		if slices.ContainsFunc(f.files, func(file string) bool { return strings.Contains(file, "*") }) {
			rest = append(rest, f)
		}
	}
	return exact, rest
}()

// FormatOf is the format of a file, nil if it names no packages.
func FormatOf(file string) *Format {
	dir := path.Dir(file)
	for part := range strings.SplitSeq(dir, "/") {
		if slices.Contains(installedDirs, part) {
			return nil
		}
	}
	if f := byName[path.Base(file)]; f != nil {
		return f
	}
	lower := strings.ToLower(file)
	for _, f := range patterned {
		for _, pattern := range f.files {
			if ok, _ := doublestar.Match(pattern, lower); ok && strings.Contains(pattern, "*") {
				return f
			}
		}
	}
	return nil
}
