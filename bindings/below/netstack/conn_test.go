package netstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	_ net.Conn     = (*Conn)(nil)
	_ net.Listener = (*Listener)(nil)
	_ net.Error    = Error(0)
)

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) && errors.As(err, &ne) && ne.Timeout()
}

// Given a connection, when one end ends its direction, then the other reads io.EOF and can still
// send.
func TestHalfClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	client, server := w.connect(false)
	w.transfer(transfer{1000, 1, client, server, false})
	if _, err := client.Write([]byte("x")); err == nil {
		t.Error("Write after CloseWrite")
	}
	w.transfer(transfer{mebi, 2, server, client, false})
	for _, c := range []*Conn{client, server} {
		if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("after the end: %d, %v", n, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Given written octets, when the end is closed at once, then they are still delivered.
func TestCloseDeliversWhatWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	client, server := w.connect(false)
	const octets = 200 << 10
	if n, err := io.Copy(client, newSource(octets, 1)); n != octets || err != nil {
		t.Fatal(n, err)
	}
	client.Close()
	if sumFrom(server) != sumOf(octets, 1) {
		t.Error("other octets came")
	}
	server.Close()
}

// Given a connection, when one end aborts it, then the other end's calls say that it was reset.
func TestAbort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	client, server := w.connect(false)
	w.greet(client, server)
	client.Abort()
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
	if _, err := server.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

// Given deadlines, when they pass, then calls return a timeout; when they are moved, calls work
// again.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	client, server := w.connect(false)
	b := make([]byte, 5)

	begin := time.Now()
	client.SetReadDeadline(begin.Add(50 * time.Millisecond))
	if _, err := client.Read(b); !isTimeout(err) {
		t.Error(err)
	}
	if d := time.Since(begin); d < 50*time.Millisecond || d > 2*time.Second {
		t.Errorf("the deadline of 50 ms came after %v", d)
	}
	client.SetDeadline(time.Now().Add(-time.Second))
	if _, err := client.Read(b); !isTimeout(err) {
		t.Error(err)
	}
	if _, err := client.Write(b); !isTimeout(err) {
		t.Error(err)
	}
	client.SetDeadline(time.Time{})
	w.greet(client, server)

	// A Read that waits is told of a new deadline.
	read := make(chan error)
	go func() {
		_, err := client.Read(b)
		read <- err
	}()
	time.Sleep(10 * time.Millisecond)
	client.SetReadDeadline(time.Now())
	if err := <-read; !isTimeout(err) {
		t.Error(err)
	}
}

// Given a peer that does not read, when the buffers are full, then Write waits until its deadline,
// and tells how much it has taken.
func TestAWriteWaitsForAPeerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	client, server := w.connect(false)
	client.SetWriteDeadline(time.Now().Add(700 * time.Millisecond))
	sent, err := io.Copy(client, newSource(16*mebi, 1))
	n := int(sent)
	if !isTimeout(err) || n < 256<<10 || n > 2*mebi {
		t.Fatalf("%d octets, %v", n, err)
	}
	client.SetWriteDeadline(time.Time{})
	client.Close()
	if sumFrom(server) != sumOf(n, 1) {
		t.Error("other octets came")
	}
}

// Given a listener, when it is closed or its deadline passes, then Accept returns.
func TestAccept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	l := w.listen().(*Listener)
	if got, want := l.Addr().String(), "[::]:80"; got != want {
		t.Errorf("address %s", got)
	}
	l.SetDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := l.Accept(); !isTimeout(err) {
		t.Error(err)
	}
	l.SetDeadline(time.Time{})
	accepted := make(chan error)
	go func() {
		_, err := l.Accept()
		accepted <- err
	}()
	time.Sleep(10 * time.Millisecond)
	l.Close()
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	w.listen().Close() // the port is free again
}

// Given an address at which it cannot listen, when a server tries to, then the error has the address
// and says what the system's sockets would say.
func TestListenFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	w.listen()
	at := fmt.Sprint("[::]:", port)
	if l, err := w.server.Listen("tcp", fmt.Sprint(":", port)); l != nil || !errors.Is(err, syscall.EADDRINUSE) ||
		!strings.Contains(err.Error(), at) {
		t.Errorf("the port is in use: %v", err)
	}
	if _, err := w.server.Listen("tcp", ":0"); err == nil || !strings.Contains(err.Error(), "a port is needed") {
		t.Errorf("no port: %v", err)
	}
}

// Given no one who answers, when a client connects, then the error says what the system's sockets
// would say.
func TestDialFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	if _, err := w.client.Dial("tcp", w.serverAddress(false).String()); !errors.Is(err, syscall.ECONNREFUSED) ||
		!strings.Contains(err.Error(), "connection refused") {
		t.Errorf("nobody listens: %v", err)
	}
	w.dark(1, true)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := w.client.DialContext(ctx, "tcp", w.serverAddress(false).String()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody answers: %v", err)
	}
	for _, bad := range []string{"10.1.1.2", "10.1.1.2:", ":80", "10.1.1.2:0"} {
		if _, err := w.client.Dial("tcp", bad); err == nil {
			t.Errorf("connected to %q", bad)
		}
	}
	if _, err := w.client.Dial("udp", "10.1.1.2:80"); err == nil {
		t.Error("connected over UDP")
	}
	elsewhere := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), 0)
	if _, err := w.client.DialFrom(context.Background(), elsewhere, w.serverAddress(false)); !errors.Is(err, Failed) {
		t.Errorf("from an address of others: %v", err)
	}
}

// Given a connection, then its addresses are those of the first subflow, at both ends.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, v6 := range []bool{false, true} {
		w := newWorld(t, setup{v6: v6})
		client, server := w.connect(v6)
		if a, b := client.LocalAddr().String(), server.RemoteAddr().String(); a != b {
			t.Errorf("%s and %s", a, b)
		}
		for _, a := range []net.Addr{client.RemoteAddr(), server.LocalAddr()} {
			if a.String() != w.serverAddress(v6).String() || a.Network() != "tcp" {
				t.Errorf("%s %s", a.Network(), a)
			}
		}
		if p := client.LocalAddr().(*net.TCPAddr); p.Port == 0 || p.IP.String() != address(v6, 1, 1).String() {
			t.Errorf("the client is %s", p)
		}
	}
}

// Given waiting calls, when the connection or the Host is closed, then they return.
func TestCloseWakesThoseWhoWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	l := w.listen()
	client, server := w.connectTo(l, false)
	w.greet(client, server)
	errs := make(chan error, 3)
	wait := func(c *Conn) {
		_, err := c.Read(make([]byte, 1))
		errs <- err
	}
	go wait(client)
	time.Sleep(10 * time.Millisecond)
	client.Close()
	if err := <-errs; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if err := client.Close(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	client, server = w.connectTo(l, false)
	go wait(server)
	go func() {
		_, err := l.Accept()
		errs <- err
	}()
	time.Sleep(10 * time.Millisecond)
	w.server.Close()
	for i := 0; i < 2; i++ {
		if err := <-errs; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
	if info := server.Info(); info.MPTCP() || len(info.Subflows) != 0 {
		t.Errorf("%+v", info)
	}
}

// Given many connections at once, when each sends both ways, then each octet arrives on its own.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	const many, octets = 100, 32 << 10
	small := Config{Streams: 2 * many, Backlog: many, SendBuffer: 32 << 10, ReceiveBuffer: 32 << 10}
	w := newWorld(t, setup{client: small, server: small})
	l := w.listen()
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	var all sync.WaitGroup
	for i := 0; i < many; i++ {
		all.Add(1)
		go func(seed uint64) {
			defer all.Done()
			c, err := w.client.Dial("tcp", w.serverAddress(false).String())
			if err != nil {
				t.Errorf("connection %d: %v", seed, err)
				return
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(60 * time.Second))
			if err := (transfer{octets, seed, c.(*Conn), c.(*Conn), false}).run(); err != nil {
				t.Errorf("connection %d: %v\n%s", seed, err, c.(*Conn).Describe())
			}
		}(uint64(i))
	}
	all.Wait()
}

// Given a member of Config that is out of range, then New names it and its value.
func TestConfigOutOfRange(t *testing.T) {
	for name, c := range map[string]Config{
		"Config.Version is out of range: 3":    {Version: 3},
		"Config.Streams is out of range: -1":   {Streams: -1},
		"Config.Subflows is out of range: 256": {Subflows: 256},
	} {
		if _, err := New(nil, c); err == nil || err.Error() != "mptcp: "+name {
			t.Errorf("%v, not %s", err, name)
		}
	}
}

// Given more connections than Config.Streams, then Dial says so, and one that has ended makes room.
func TestFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{client: Config{Streams: 1}})
	client, server := w.connect(false)
	if _, err := w.client.Dial("tcp", w.serverAddress(false).String()); !errors.Is(err, Full) {
		t.Error(err)
	}
	w.greet(client, server)
	client.Close()
	server.Close()
	w.until("room again", func() bool {
		c, err := w.client.Dial("tcp", w.serverAddress(false).String())
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}
