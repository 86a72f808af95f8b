package attempt

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/mongotls/mongotls/scenarios"
)

// own is the path of a file of the client: a copy that no other attempt has, if a step replaces it, or the next client.
func (s *Scene) own(name, path string) (string, error) {
	replaces := func(step scenarios.Step) bool {
		_, file := step.Files[name]
		return file || name == "client" && step.Cert != nil
	}
	if len(s.c.Scenario.Before) == 0 && !slices.ContainsFunc(s.c.Scenario.Steps, replaces) {
		return path, nil
	}
	own := s.ownPath(name)
	return own, copyFile(own, path)
}

func (s *Scene) ownPath(name string) string {
	return filepath.Join(s.world.Dir(), name+"-"+s.label+".pem")
}

// replacing is what a step does to the files of the client, each at once, as tools that renew certificates do.
func (s *Scene) replacing(step scenarios.Step) (func(context.Context) error, error) {
	next := map[string]string{}
	var err error
	for name, file := range step.Files {
		if next[name], err = s.world.File(name, file); err != nil {
			return nil, err
		}
	}
	if step.Cert != nil {
		if next["client"], _, err = s.supply.clientKey(*step.Cert, s.c.Scenario.Client.Form); err != nil {
			return nil, err
		}
	}
	return func(context.Context) error {
		for name, path := range next {
			own := s.ownPath(name)
			if err := copyFile(own+".new", path); err != nil {
				return err
			}
			if err := os.Rename(own+".new", own); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
