// Package container is the back end of mongods in containers. It is a room of its own so that whoever imports the
// matrix for its Test does not get a Docker client with it: import it, for its name alone, where Options.Backend is
// "container".
package container

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	hostconfig "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
)

// OwnerLabel is the label of our containers that names the process that started them, so that a later run can tell
// those that were left. runLabel names the run.
const (
	OwnerLabel = "mongotls.owner"
	runLabel   = "mongotls.run"
)

// stopLimit is how long a container may take to be removed.
const stopLimit = 10 * time.Second

// engineLimit bounds the first answer of a Docker engine.
const engineLimit = 2 * time.Second

func init() {
	server.Container = func(ctx context.Context, image string) (server.Backend, error) { return New(ctx, image) }
}

// New makes a back end of containers of an image, which is pulled if it is not there. Containers are on the
// host's network, listening on 127.0.0.1: that is where the fixtures are, and what a mongod's localhost exception asks
// for.
func New(ctx context.Context, image string) (*server.Mongods, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("containers need the host's network, which Docker has on Linux only; use the binary back end")
	}
	engine, err := connectEngine(ctx)
	if err != nil {
		return nil, err
	}
	digest, err := findImage(ctx, engine, image)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	// The reaper of testcontainers is an image of its own; ours is sweep.
	if os.Getenv("TESTCONTAINERS_RYUK_DISABLED") == "" {
		if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
			return nil, err
		}
	}
	c := &containers{engine: engine, image: image, run: rand.Text()}
	if err := c.sweep(ctx, abandoned); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return server.NewMongods(server.Info{Name: "container", Image: image, Digest: digest}, c), nil
}

// connectEngine reaches the engine that the environment names, and no other.
func connectEngine(ctx context.Context) (*client.Client, error) {
	engine, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fmt.Errorf("no Docker engine: %w; set DOCKER_HOST to one", err)
	}
	limited, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	if _, err := engine.Ping(limited, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		why := "it is not running, or may not be used"
		if errors.Is(err, context.DeadlineExceeded) {
			why = fmt.Sprintf("it does not answer within %v", engineLimit)
		}
		return nil, errors.Join(fmt.Errorf("no Docker engine at %s: %s; start it, or set DOCKER_HOST to another",
			engine.DaemonHost(), why), engine.Close())
	}
	return engine, nil
}

// findImage returns the digest of an image that is there, or that can be pulled.
func findImage(ctx context.Context, engine *client.Client, image string) (string, error) {
	found, err := engine.ImageInspect(ctx, image)
	if cerrdefs.IsNotFound(err) {
		pull, pullErr := engine.ImagePull(ctx, image, client.ImagePullOptions{})
		if pullErr == nil {
			pullErr = errors.Join(pull.Wait(ctx), pull.Close())
		}
		if pullErr != nil {
			return "", fmt.Errorf("the image %s is neither here nor can it be pulled: %w", image, withoutHost(pullErr))
		}
		found, err = engine.ImageInspect(ctx, image)
	}
	if err != nil {
		return "", fmt.Errorf("the image %s: %w", image, err)
	}
	for _, digest := range found.RepoDigests {
		return digest, nil
	}
	return found.ID, nil
}

// inside is where the files of a configuration are in a container.
func inside(path string) string { return "/certs/" + filepath.Base(path) }

// withoutHost is the cause at the end of an error of the engine, which is long and quotes the URLs it tried.
func withoutHost(err error) error {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return errors.New(text)
}

// containers launches mongods as containers.
type containers struct {
	engine *client.Client
	image  string
	run    string
}

// NoNames has nothing to say: each container has a hosts file of its own.
func (*containers) NoNames() string { return "" }

// Keep makes a volume.
func (c *containers) Keep(ctx context.Context) (string, error) {
	made, err := c.engine.VolumeCreate(ctx, client.VolumeCreateOptions{Labels: c.labels()})
	return made.Volume.Name, err
}

// Forget removes it.
func (c *containers) Forget(data string) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	_, err := c.engine.VolumeRemove(ctx, data, client.VolumeRemoveOptions{Force: true})
	return err
}

// labels are those of whatever of an engine is ours.
func (c *containers) labels() map[string]string {
	return map[string]string{runLabel: c.run, OwnerLabel: Owner()}
}

// Launch starts a container.
func (c *containers) Launch(ctx context.Context, config mongod.Config, home server.Home,
	book io.WriteCloser) (server.Process, error) {
	var files []testcontainers.ContainerFile
	var key []byte
	var broken error
	put := func(path string, content []byte) string {
		// Readable for the user that the image runs mongod as, writable for nobody.
		files = append(files, testcontainers.ContainerFile{Reader: bytes.NewReader(content), ContainerFilePath: inside(path),
			FileMode: 0o444})
		return inside(path)
	}
	args, err := config.Arguments(func(path string) string {
		content, err := os.ReadFile(path)
		broken = errors.Join(broken, err)
		if path == config.KeyFile {
			key = content
			return inside(path)
		}
		return put(path, content)
	}, func(content []byte) string { return put("mongod.conf", content) })
	if err := errors.Join(err, broken); err != nil {
		return nil, err
	}
	started, err := testcontainers.Run(ctx, c.image,
		testcontainers.WithCmd(args...),
		testcontainers.WithFiles(files...),
		testcontainers.WithLabels(c.labels()),
		testcontainers.WithAdditionalLifecycleHooks(testcontainers.ContainerLifecycleHooks{
			PostCreates: []testcontainers.ContainerHook{func(ctx context.Context, is testcontainers.Container) error {
				if key == nil {
					return nil
				}
				return c.hand(ctx, is.GetContainerID(), inside(config.KeyFile), key)
			}}}),
		testcontainers.WithHostConfigModifier(func(h *hostconfig.HostConfig) {
			h.NetworkMode = "host"
			for _, name := range home.Names {
				h.ExtraHosts = append(h.ExtraHosts, name+":"+server.Fellows)
			}
			if home.Data != "" {
				h.Binds = []string{home.Data + ":/data/db"}
			} else {
				h.Tmpfs = map[string]string{"/data/db": "mode=1777"} // whoever the image runs mongod as
			}
		}),
		testcontainers.WithLogger(log.NewNoopLogger()))
	if err != nil {
		if started != nil {
			err = errors.Join(err, started.Terminate(context.WithoutCancel(ctx), testcontainers.StopTimeout(0)))
		}
		return nil, fmt.Errorf("starting the container: %w", withoutHost(err))
	}
	p := &containerProcess{containers: c, container: started, done: make(chan struct{})}
	p.follow(book)
	return p, nil
}

// hand puts a file into a container that nobody but the mongod may read: no mongod takes a key file otherwise.
func (c *containers) hand(ctx context.Context, id, path string, content []byte) error {
	const user = 999 // as which the images of mongo run it
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	err := w.WriteHeader(&tar.Header{Name: path, Mode: 0o400, Uid: user, Gid: user, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write(content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = c.engine.CopyToContainer(ctx, id, client.CopyToContainerOptions{DestinationPath: "/", Content: &packed})
	return err
}

// Close removes the containers of this run, and leaves the engine.
func (c *containers) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return errors.Join(c.sweep(ctx, func(labels map[string]string) bool { return labels[runLabel] == c.run }),
		c.engine.Close())
}

// sweep removes those of our containers and volumes whose labels say so.
func (c *containers) sweep(ctx context.Context, condemned func(labels map[string]string) bool) error {
	found, err := c.engine.ContainerList(ctx, client.ContainerListOptions{All: true,
		Filters: make(client.Filters).Add("label", runLabel)})
	if err != nil {
		return fmt.Errorf("looking for containers that were left: %w", err)
	}
	var errs []error
	for _, left := range found.Items {
		if !condemned(left.Labels) {
			continue
		}
		_, err := c.engine.ContainerRemove(ctx, left.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) { // somebody else removes it
			errs = append(errs, err)
		}
	}
	volumes, err := c.engine.VolumeList(ctx,
		client.VolumeListOptions{Filters: make(client.Filters).Add("label", runLabel)})
	if err != nil {
		return errors.Join(append(errs, fmt.Errorf("looking for volumes that were left: %w", err))...)
	}
	for _, left := range volumes.Items {
		if condemned(left.Labels) {
			if err := c.Forget(left.Name); err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// Owner is this process, as a label.
func Owner() string {
	host, _ := os.Hostname()
	return host + "/" + strconv.Itoa(os.Getpid())
}

// abandoned reports whether labels are those of a process of this machine that has ended.
func abandoned(labels map[string]string) bool {
	host, pid, _ := strings.Cut(labels[OwnerLabel], "/")
	own, _ := os.Hostname()
	n, err := strconv.Atoi(pid)
	return err == nil && host == own && errors.Is(syscall.Kill(n, 0), syscall.ESRCH)
}

type containerProcess struct {
	containers *containers
	container  testcontainers.Container
	done       chan struct{} // closed once the log has ended

	mu   sync.Mutex
	code int
	once sync.Once
}

// follow copies the log until it ends, which it does with the container, or with the engine.
func (p *containerProcess) follow(book io.WriteCloser) {
	engine, id := p.containers.engine, p.container.GetContainerID()
	lines, err := engine.ContainerLogs(context.Background(), id, client.ContainerLogsOptions{ShowStdout: true,
		ShowStderr: true, Follow: true})
	go func() {
		defer book.Close()
		defer close(p.done) // before whoever waits for the log looks
		if err != nil {
			_, _ = fmt.Fprintf(book, "no log of the container: %v\n", err)
			return
		}
		defer lines.Close()
		_, _ = stdcopy.StdCopy(book, book, lines) // however it ends, it has ended
		if state, err := engine.ContainerInspect(context.Background(), id,
			client.ContainerInspectOptions{}); err == nil && state.Container.State != nil {
			p.mu.Lock()
			p.code = state.Container.State.ExitCode
			p.mu.Unlock()
		}
	}()
}

// Exit is the code it ended with.
func (p *containerProcess) Exit() (int, bool) {
	select {
	case <-p.done:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.code, true
	default:
		return 0, false
	}
}

// Replace copies the file anew.
func (p *containerProcess) Replace(ctx context.Context, path string, content []byte) error {
	return p.container.CopyToContainer(ctx, content, inside(path), 0o444)
}

// Stop removes it.
func (p *containerProcess) Stop() error {
	var err error
	p.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
		defer cancel()
		err = p.container.Terminate(ctx, testcontainers.StopTimeout(0))
		if cerrdefs.IsNotFound(err) {
			err = nil
		}
		select {
		case <-p.done:
		case <-ctx.Done():
		}
	})
	return err
}
