package dependency

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A format is a kind of file that names packages.
type format struct {
	ecosystem Ecosystem
	// files are names, or patterns of whole paths in lower case if they have a * in them.
	files []string
	read  reader
	// locks says that the versions are those that are installed, so that other files of the ecosystem may leave them open.
	locks bool
	// includes finds the files of the same format that one names, if the format has that.
	includes func(content []byte) []string
	binary   bool
}

func names(files ...string) []string { return files }

// formats is the table of all that is read.
var formats = []format{
	{Go, names("go.mod"), source.goMod, true, nil, false},
	{Go, names("go.work"), source.goWork, false, nil, false},
	{Go, names("go.sum"), source.goSum, false, nil, false},

	{NPM, names("package-lock.json", "npm-shrinkwrap.json"), source.packageLock, true, nil, false},
	{NPM, names("yarn.lock"), generated(source.yarnLock), true, nil, false},
	{NPM, names("pnpm-lock.yaml", "**/pnpm-lock.*.yaml"), generated(source.pnpmLock), true, nil, false},
	{NPM, names("bun.lock"), source.bunLock, true, nil, false},
	{NPM, names("bun.lockb"), source.bunLockb, true, nil, true},
	{NPM, names("package.json"), source.packageJSON, false, nil, false},
	{NPM, names("pnpm-workspace.yaml"), source.pnpmWorkspace, false, nil, false},
	{NPM, names("deno.json", "deno.jsonc", "deno.lock"), foreignLines(nil), false, nil, false},

	{PyPI, names("poetry.lock"), generated(source.poetryLock), true, nil, false},
	{PyPI, names("uv.lock", "**/*.py.lock"), generated(source.uvLock), true, nil, false},
	{PyPI, names("pdm.lock"), generated(source.pdmLock), true, nil, false},
	{PyPI, names("Pipfile.lock"), source.pipfileLock, true, nil, false},
	{PyPI, names("pylock.toml", "**/pylock.*.toml"), generated(source.pylock), true, nil, false},
	{PyPI, names("pyproject.toml"), source.pyproject, false, nil, false},
	{PyPI, names("Pipfile"), source.pipfile, false, nil, false},
	{PyPI, names("**/*requirement*{.txt,.in,.pip,.lock}", "**/*constraint*{.txt,.in,.pip,.lock}", "**/*requirements",
		"**/{requirements,requirement,reqs,constraints}/**/*{.txt,.in,.pip}"), source.requirements, true, includes, false},
	{PyPI, names("setup.py"), source.setupPy, false, nil, false},
	{PyPI, names("setup.cfg", "tox.ini"), source.setupCfg, false, nil, false},
	{PyPI, names("environment.yml", "environment.yaml", "conda.yml", "conda.yaml"), source.conda, false, nil, false},
	{PyPI, names("pixi.toml"), source.pipfile, false, nil, false},

	{RubyGems, names("Gemfile.lock", "gems.locked"), generated(foreignLines(gemfileLock)), false, nil, false},
	{RubyGems, names("Gemfile", "gems.rb", "**/*.gemspec"), foreignLines(nil), false, nil, false},
	{Packagist, names("composer.lock"), foreignJSON("packages", "packages-dev"), false, nil, false},
	{Packagist, names("composer.json"), foreignJSON("require", "require-dev"), false, nil, false},
	{Crates, names("Cargo.lock"), generated(foreignTOML("package")), false, nil, false},
	{Crates, names("Cargo.toml"), foreignTOML("dependencies", "dev-dependencies", "build-dependencies", "target", "workspace.dependencies", "patch"), false, nil, false},
	{Maven, names("pom.xml", "**/*.pom", "ivy.xml"), source.foreignXML, false, nil, false},
	{Maven, names("gradle.lockfile", "buildscript-gradle.lockfile", "**/dependency-locks/*.lockfile"), generated(foreignLines(gradleLock)), false, nil, false},
	{Maven, names("**/*.versions.toml"), foreignTOML("versions", "libraries", "plugins"), false, nil, false},
	{Maven, names("**/*.gradle", "**/*.gradle.kts", "gradle.properties", "build.sbt", "**/project/*.{sbt,scala}", "deps.edn", "project.clj"),
		foreignLines(nil), false, nil, false},
	{NuGet, names("packages.lock.json"), foreignJSON("dependencies"), false, nil, false},
	{NuGet, names("**/*.{csproj,fsproj,vbproj}", "**/directory.*.{props,targets}", "packages.config"), source.foreignXML, false, nil, false},
	{NuGet, names("paket.lock", "paket.dependencies"), foreignLines(nil), false, nil, false},
	{Conan, names("conan.lock"), foreignJSON("requires", "build_requires", "python_requires", "graph_lock"), false, nil, false},
	{Conan, names("conanfile.txt", "conanfile.py"), foreignLines(nil), false, nil, false},
	{Vcpkg, names("vcpkg.json"), foreignJSON("dependencies", "overrides", "features"), false, nil, false},
	{Hex, names("mix.lock"), generated(foreignLines(mixLock)), false, nil, false},
	{Hex, names("rebar.lock"), generated(foreignLines(rebarLock)), false, nil, false},
	{Hex, names("mix.exs", "rebar.config"), foreignLines(nil), false, nil, false},
	{Pub, names("pubspec.lock"), generated(foreignYAML("packages")), false, nil, false},
	{Pub, names("pubspec.yaml"), foreignYAML("dependencies", "dev_dependencies", "dependency_overrides"), false, nil, false},
	{Swift, names("Package.resolved", "Package.swift"), foreignLines(nil), false, nil, false},
}

// installedDirs hold packages that somebody else has chosen, and examples that nobody installs.
var installedDirs = []string{"node_modules", "vendor", "testdata", "site-packages", ".yarn"}

// byName are the formats by the names of their files; patterned are those with patterns.
var byName, patterned = func() (map[string]*format, []*format) {
	exact := map[string]*format{}
	var rest []*format
	for i := range formats {
		f := &formats[i]
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

// formatOf is the format of a file, nil if it names no packages.
func formatOf(file string) *format {
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
