// Package manifest knows the manifests and lock files that name packages, and reads what they say of drivers.
package manifest

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/foreign"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/pins"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A Format is a kind of file that names packages or what they run on.
type Format struct {
	Ecosystem ecosystem.Name
	read      reader
	files     []string // names, or patterns of whole paths in lower case if they have a * in them
	// Locks says that the versions are those that are installed, so that other files of the ecosystem may leave them
	// open.
	Locks bool
	// Includes finds the files of the same format that one names, nil if the format has none.
	Includes func(content []byte) []string
	// Guess says that nothing but the name of a file is known of it, so it may be no manifest, and no text.
	Guess  bool
	binary bool
}

// locked makes a format whose versions are those that are installed.
func locked(e ecosystem.Name, read reader, files ...string) Format {
	return Format{Ecosystem: e, read: read, files: files, Locks: true}
}

// open makes a format that may leave versions open.
func open(e ecosystem.Name, read reader, files ...string) Format {
	return Format{Ecosystem: e, read: read, files: files}
}

// runtime makes a format of what drivers run on, which may install some too.
func runtime(read func(document.Source) ([]packages.Entry, error), files ...string) Format {
	return open(ecosystem.Runtime, scripted(set(other(read))), files...)
}

// including says which files of its format one names.
func (f Format) including(others func(content []byte) []string) Format {
	f.Includes = others
	return f
}

// raw leaves the content as it is: it is no text.
func (f Format) raw() Format {
	f.binary = true
	return f
}

// Formats is the table of all that is read. Of several patterns that match, the first counts.
var Formats = []Format{
	locked(ecosystem.Go, source.goMod, "go.mod"),
	locked(ecosystem.Go, source.goWork, "go.work"),
	open(ecosystem.Go, source.goSum, "go.sum"),

	locked(ecosystem.NPM, source.packageLock, "package-lock.json", "npm-shrinkwrap.json"),
	locked(ecosystem.NPM, generated(source.yarnLock), "yarn.lock"),
	locked(ecosystem.NPM, generated(source.pnpmLock), "pnpm-lock.yaml", "**/pnpm-lock.*.yaml", "shrinkwrap.yaml"),
	locked(ecosystem.NPM, source.bunLock, "bun.lock"),
	locked(ecosystem.NPM, source.bunLockb, "bun.lockb").raw(),
	open(ecosystem.NPM, source.packageJSON, "package.json"),
	open(ecosystem.NPM, source.pnpmWorkspace, "pnpm-workspace.yaml", ".yarnrc.yml"),
	open(ecosystem.NPM, foreignJSON("preferredVersions", "allowedAlternativeVersions"), "common-versions.json"),
	locked(ecosystem.NPM, source.denoLock, "deno.lock"),
	open(ecosystem.NPM, foreignLines(nil), "deno.json", "deno.jsonc", "package.yaml", "package.json5",
		"**/.meteor/{versions,packages}"),

	locked(ecosystem.PyPI, generated(source.poetryLock), "poetry.lock"),
	locked(ecosystem.PyPI, generated(source.uvLock), "uv.lock", "**/*.py.lock"),
	locked(ecosystem.PyPI, generated(source.pdmLock), "pdm.lock"),
	locked(ecosystem.PyPI, source.pipfileLock, "Pipfile.lock"),
	locked(ecosystem.PyPI, generated(source.pylock), "pylock.toml", "**/pylock.*.toml"),
	open(ecosystem.PyPI, source.pyproject, "pyproject.toml"),
	open(ecosystem.PyPI, source.pipfile, "Pipfile"),
	locked(ecosystem.PyPI, source.requirements, "**/*{requirement,constraint}*{.txt,.in,.pip,.lock}", "**/*requirements",
		"**/{requirements,requirement,reqs,constraints}/**/*{.txt,.in,.pip}").including(includes),
	open(ecosystem.PyPI, source.setupPy, "setup.py"),
	open(ecosystem.PyPI, source.setupCfg, "setup.cfg", "tox.ini"),
	open(ecosystem.PyPI, source.conda, "environment.yml", "environment.yaml", "conda.yml", "conda.yaml"),
	open(ecosystem.PyPI, source.pipfile, "pixi.toml"),

	locked(ecosystem.RubyGems, generated(foreignLines(gemfileLock)), "Gemfile.lock", "gems.locked"),
	open(ecosystem.RubyGems, foreignLines(nil), "Gemfile", "gems.rb", "**/*.gemspec"),
	locked(ecosystem.CPAN, foreignLines(cpanSnapshot), "cpanfile.snapshot"),
	open(ecosystem.CPAN, foreignLines(nil), "cpanfile", "Makefile.PL", "Build.PL", "dist.ini"),
	locked(ecosystem.Packagist, foreignJSON("packages", "packages-dev", "platform", "platform-dev"), "composer.lock"),
	open(ecosystem.Packagist, foreignJSON("require", "require-dev"), "composer.json"),
	locked(ecosystem.Crates, generated(foreignTOML("package")), "Cargo.lock"),
	open(ecosystem.Crates, foreignTOML("dependencies", "dev-dependencies", "build-dependencies", "target",
		"workspace.dependencies", "patch"), "Cargo.toml"),
	open(ecosystem.Maven, source.foreignXML, "pom.xml", "**/*.pom", "ivy.xml"),
	locked(ecosystem.Maven, generated(foreignLines(gradleLock)), "gradle.lockfile", "buildscript-gradle.lockfile",
		"**/dependency-locks/*.lockfile"),
	open(ecosystem.Maven, foreignTOML("versions", "libraries", "plugins"), "**/*.versions.toml"),
	open(
		ecosystem.Maven,
		foreignLines(nil),
		"**/*.gradle",
		"**/*.gradle.kts",
		"gradle.properties",
		"build.sbt",
		"**/project/*.{sbt,scala}",
		"**/build.{sc,mill}",
		"**/buildsrc/**/*.{kt,java,groovy}",
		"deps.edn",
		"project.clj",
	),
	locked(ecosystem.NuGet, foreignJSON("dependencies"), "packages.lock.json"),
	open(ecosystem.NuGet, source.foreignXML, "**/*.{csproj,fsproj,vbproj,nuspec,props,targets}", "packages.config"),
	locked(ecosystem.NuGet, foreignLines(nil), "paket.lock"),
	open(ecosystem.NuGet, foreignLines(nil), "paket.dependencies"),
	locked(ecosystem.Conan, foreignJSON("requires", "build_requires", "python_requires", "graph_lock"), "conan.lock"),
	open(ecosystem.Conan, foreignLines(nil), "conanfile.txt", "conanfile.py"),
	open(ecosystem.Vcpkg, foreignJSON("dependencies", "overrides", "features"), "vcpkg.json"),
	locked(ecosystem.Hex, generated(foreignLines(mixLock)), "mix.lock"),
	locked(ecosystem.Hex, generated(foreignLines(rebarLock)), "rebar.lock"),
	open(ecosystem.Hex, foreignLines(nil), "mix.exs", "rebar.config"),
	locked(ecosystem.Pub, generated(foreignYAML("packages")), "pubspec.lock"),
	open(ecosystem.Pub, foreignYAML("dependencies", "dev_dependencies", "dependency_overrides"), "pubspec.yaml"),
	locked(ecosystem.Swift, foreignJSON("pins", "object.pins"), "Package.resolved"),
	open(ecosystem.Swift, foreignLines(nil), "Package.swift"),
	open(ecosystem.Distribution, foreignLines(nil), "**/debian/control", "**/*.spec", "**/apkbuild", "DESCRIPTION",
		"Project.toml", "**/*.cabal", "stack.yaml", "dub.json", "dub.sdl",
		"dub.selections.json", "**/*.rockspec", "**/*.nimble"),
	open(ecosystem.Go, foreignTOML("constraint", "override"), "Gopkg.toml"),
	open(ecosystem.Go, foreignYAML("import", "testImport"), "glide.yaml"),

	runtime(pins.VersionFile("node"), ".nvmrc", ".node-version"),
	runtime(pins.VersionFile("python"), ".python-version"),
	runtime(pins.VersionFile("go"), ".go-version"),
	runtime(pins.VersionFile("ruby"), ".ruby-version"),
	runtime(pins.VersionFile("java"), ".java-version"),
	runtime(pins.VersionFile("bun"), ".bun-version"),
	runtime(pins.VersionFile("deno"), ".deno-version", ".dvmrc"),
	runtime(pins.ToolVersions, ".tool-versions"),
	runtime(pins.Mise, "**/{.mise,mise}{.toml,.lock,.*.toml}", "**/{.mise,mise}/{config,mise}{,.*}.toml",
		"**/.config/mise{,/config,/mise}{,.*}.toml"),
	runtime(pins.Dockerfile, "**/{docker,container}file{,.*}", "**/*.{docker,container}file"),
	runtime(pins.Compose, "**/{docker-,}compose{,.*,-*}.{yml,yaml}"),
	runtime(pins.Workflow, ".github/workflows/*.{yml,yaml}", "**/action.{yml,yaml}"),

	// What none of the above matches.
	open(
		ecosystem.Unknown,
		other(foreign.Unknown),
		"**/*.lock",
		"**/*{-,.}lock.{json,yaml,yml,toml}",
		"**/{workspace,module,build}{,.*}.bazel",
		"WORKSPACE",
		"**/*.bzl",
		"**/*_install.json",
		"CMakeLists.txt",
		"**/*.cmake",
		"**/subprojects/*.wrap",
		"meson.build",
		"shard.yml",
		"Manifest.toml",
	),
}

// anything is the format of all other files.
var anything = Format{Ecosystem: ecosystem.Unknown, read: whatever, Guess: true}

// configuration is the format of files in which people set up other tools, which may be told what to run on.
var configuration = Format{Ecosystem: ecosystem.Runtime, read: set(whatever), Guess: true}

// settings are the names of such files.
var settings = []string{
	"**/*.{yml,yaml,json,jsonc,json5,toml,hcl,tf,tfvars,nix,env,cfg,ini,conf,properties,groovy,tmpl,tpl,txt}",
	"**/*.{sh,bash,zsh,fish,ps1,bat,cmd,mk}",
	"**/{jenkinsfile,makefile,gnumakefile,justfile,procfile,vagrantfile,earthfile,tiltfile}{,.*}",
	"**/{.env,.envrc,.npmrc,.nodeenv,.sdkmanrc}{,.*}",
}

// notLocks have the names of lock files, and hold no packages.
var notLocks = []string{"Chart.lock"}

// installedDirs hold packages that somebody else has chosen, and examples that nobody installs.
var installedDirs = []string{"node_modules", "vendor", "testdata", "site-packages", ".yarn"}

// Installed reports whether a directory of this name holds packages that a manifest elsewhere is about.
func Installed(dir string) bool { return dir != "testdata" && slices.Contains(installedDirs, dir) }

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

// FormatOf is the format of a file, nil if nothing is installed from it.
func FormatOf(file string) *Format {
	dir := path.Dir(file)
	for part := range strings.SplitSeq(dir, "/") {
		if slices.Contains(installedDirs, part) {
			return nil
		}
	}
	if slices.Contains(notLocks, path.Base(file)) {
		return nil
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
	for _, pattern := range nothingElse {
		if ok, _ := doublestar.Match(pattern, lower); ok {
			return nil
		}
	}
	for _, pattern := range settings {
		if ok, _ := doublestar.Match(pattern, lower); ok {
			return &configuration
		}
	}
	return &anything
}
