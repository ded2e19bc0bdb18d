package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"libmptcp/netstack"
)

const usage = `usage: netstack-nc [options] --path TUN=ADDR/PREFIX HOST PORT     connect
       netstack-nc [options] --path TUN=ADDR/PREFIX -l PORT       serve one connection

Standard input goes out, what arrives goes to standard output, over MPTCP over gVisor's netstack.

  --path TUN=ADDR/PREFIX  an existing TUN device and this end's address on it; repeatable, the first
                          carries the initial subflow
  --announce              advertise the other addresses instead of joining from them
  --checksum              ask for DSS checksums
  --max-subflows N        at a time, the first included (default 8)
  --emulate TUN=rate:20mbit,delay:10ms   that link's behaviour, each way
  --buffer OCTETS         of the send and of the receive buffer (a power of two, default 1 MiB)
  --without-rack          the stack's TCP finds losses by SACK alone
  --stats FILE            what the connection was like at the end, as JSON
  --seed N                accepted, and not used
  -l                      serve instead of connecting
  -v                      tell what happens on standard error
  --help

Exit status: 0 both directions closed cleanly, 1 an option, a device or a file cannot be used,
2 could not connect, 3 reset or lost. In each case but 0 one line on standard error says why.
`

type path struct {
	device string
	prefix netip.Prefix
	rate   float64 // octets per second, each way; 0: no limit
	delay  time.Duration
}

func (p *path) emulated() bool { return p.rate > 0 || p.delay > 0 }

type options struct {
	paths                                            []path
	announce, checksum, listen, verbose, withoutRACK bool
	subflows, buffer                                 int
	stats, host                                      string
	port                                             uint16
}

func (o *options) say(format string, a ...interface{}) {
	if o.verbose {
		fmt.Fprintf(os.Stderr, "netstack-nc: "+format+"\n", a...)
	}
}

func number(text, name string, most uint64) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > most {
		fail(cannot, "%s: not a number up to %d: '%s'", name, most, text)
	}
	return n
}

func parsePath(text string) path {
	device, prefix, _ := strings.Cut(text, "=")
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		fail(cannot, "--path %s: %v", text, err)
	}
	return path{device: device, prefix: p}
}

func (o *options) emulate(text string) {
	device, behaviour, _ := strings.Cut(text, "=")
	for i := range o.paths {
		p := &o.paths[i]
		if p.device != device {
			continue
		}
		for _, part := range strings.Split(behaviour, ",") {
			what, value, _ := strings.Cut(part, ":")
			switch what {
			case "rate":
				p.rate = float64(number(strings.TrimSuffix(value, "mbit"), "rate", 100000)) * 1e6 / 8
			case "delay":
				var err error
				if p.delay, err = time.ParseDuration(value); err != nil {
					fail(cannot, "delay: %v", err)
				}
			default:
				fail(cannot, "--emulate knows rate and delay, not '%s'", what)
			}
		}
		return
	}
	fail(cannot, "--emulate %s: there is no such path", text)
}

func parse(args []string) *options {
	o := &options{subflows: 8, buffer: 1 << 20}
	var emulations []string
	var rest []string
	for len(args) > 0 {
		option := args[0]
		args = args[1:]
		value := func() string {
			if len(args) == 0 {
				fail(cannot, "%s needs a value", option)
			}
			v := args[0]
			args = args[1:]
			return v
		}
		switch option {
		case "--path":
			o.paths = append(o.paths, parsePath(value()))
		case "--emulate":
			emulations = append(emulations, value())
		case "--announce":
			o.announce = true
		case "--checksum":
			o.checksum = true
		case "--without-rack":
			o.withoutRACK = true
		case "--max-subflows":
			o.subflows = int(number(value(), option, 32))
		case "--buffer":
			o.buffer = int(number(value(), option, 1<<30))
		case "--stats":
			o.stats = value()
		case "--seed":
			value()
		case "-l", "--listen":
			o.listen = true
		case "-v", "--verbose":
			o.verbose = true
		case "--help":
			fmt.Print(usage)
			os.Exit(0)
		default:
			if strings.HasPrefix(option, "-") {
				fail(cannot, "unknown option '%s'; try --help", option)
			}
			rest = append(rest, option)
		}
	}
	for _, e := range emulations {
		o.emulate(e)
	}
	o.destination(rest)
	return o
}

func (o *options) destination(rest []string) {
	if !o.listen && len(rest) == 2 {
		o.host, rest = rest[0], rest[1:]
	}
	if len(rest) != 1 || o.host == "" && !o.listen {
		fail(cannot, "HOST PORT or -l PORT is needed; try --help")
	}
	if len(o.paths) == 0 {
		fail(cannot, "--path is needed; try --help")
	}
	o.port = uint16(number(rest[0], "port", 65535))
}

func (o *options) writeStats(c *netstack.Conn) error {
	if o.stats == "" {
		return nil
	}
	text, err := json.MarshalIndent(c.Info(), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.stats, append(text, '\n'), 0o644)
}
