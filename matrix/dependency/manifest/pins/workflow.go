package pins

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

var (
	setupAction = regexp.MustCompile(`^[\w.-]+/setup-(go|node|python|bun|deno|java|ruby|php|dotnet)@`)
	expression  = regexp.MustCompile(`\$\{\{\s*(matrix|env)\.([\w-]+)\s*\}\}`)
	reference   = regexp.MustCompile(`\$\{\{.*?\b(matrix|env|inputs)\.([\w-]+)`)
)

// Workflow reads the setup actions and containers of a workflow of GitHub, or of a composite action:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax.
func Workflow(s document.Source) ([]packages.Entry, error) {
	var all []packages.Entry
	err := s.YAML(func(content any) error {
		top := table(content)
		jobs := table(top["jobs"])
		for _, id := range slices.Sorted(maps.Keys(jobs)) {
			all = append(all, job(id, table(jobs[id]), table(top["env"]), top["on"])...)
		}
		all = append(all, job("", table(top["runs"]), nil, top["inputs"])...)
		return nil
	})
	return all, err
}

// job reads the container of a job, its services, and the versions that its steps set up. What nobody can evaluate
// changes with what it is made of.
func job(id string, content, env map[string]any, inputs any) []packages.Entry {
	env = document.Merged(env, table(content["env"]))
	matrix := table(table(content["strategy"])["matrix"])
	var all []packages.Entry
	images := []string{document.Texts(content["container"], table(content["container"])["image"])}
	services := table(content["services"])
	for _, name := range slices.Sorted(maps.Keys(services)) {
		images = append(images, document.Texts(table(services[name])["image"]))
	}
	for _, text := range images {
		for _, reference := range evaluated(text, env, matrix) {
			all = append(all, image(id, reference)...)
		}
	}
	steps, _ := content["steps"].([]any)
	for _, step := range steps {
		uses := setupAction.FindStringSubmatch(document.Texts(table(step)["uses"]))
		if uses == nil {
			continue
		}
		version := document.Texts(table(table(step)["with"])[uses[1]+"-version"])
		for _, one := range evaluated(version, env, matrix) {
			all = append(all, Pin(uses[1], id, one)...)
		}
	}
	for i := range all {
		if m := reference.FindStringSubmatch(all[i].Rest); m != nil {
			of := map[string]any{"matrix": []any{matrix[m[2]], matrix["include"]}, "env": env[m[2]], "inputs": inputs}
			all[i].Rest += fmt.Sprint(of[m[1]])
		}
	}
	return all
}

// evaluated is what a text may become through the first expression in it: one text for each value, or the text as it is
// if nobody knows one.
func evaluated(text string, env, matrix map[string]any) []string {
	m := expression.FindStringSubmatch(text)
	if m == nil {
		return []string{text}
	}
	values := []any{env[m[2]]}
	if m[1] == "matrix" {
		values, _ = matrix[m[2]].([]any)
		included, _ := matrix["include"].([]any)
		for _, row := range included {
			values = append(values, table(row)[m[2]])
		}
	}
	var all []string
	for _, value := range values {
		if s := document.Texts(value); s != "" {
			all = append(all, strings.Replace(text, m[0], s, 1))
		}
	}
	if len(all) == 0 {
		return []string{text}
	}
	return all
}

func table(value any) map[string]any {
	t, _ := value.(map[string]any)
	return t
}
