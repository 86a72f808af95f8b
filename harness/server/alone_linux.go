package server

import "syscall"

// alone keeps a terminal's signals from a process, and ends it with this one, however that ends.
func alone() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
