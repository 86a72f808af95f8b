//go:build !linux

package server

import "syscall"

// alone keeps a terminal's signals from a process.
func alone() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
