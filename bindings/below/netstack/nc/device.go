package main

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	runningTries = 500
	runningPause = time.Millisecond
)

// waitUntilRunning returns when the kernel sends to the device. Until it has taken note that somebody
// is attached, a moment later, it drops what it sends there: the answer to the first SYN would be lost,
// and be sent again after a second.
func waitUntilRunning(name string) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(s)
	for i := 0; i < runningTries; i++ {
		if unix.IoctlIfreq(s, unix.SIOCGIFFLAGS, r) != nil || r.Uint16()&unix.IFF_UP == 0 {
			return
		}
		time.Sleep(runningPause)
		if r.Uint16()&unix.IFF_RUNNING != 0 {
			return
		}
	}
}
