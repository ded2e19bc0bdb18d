package netstack

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// Given net/http as it is, when it serves and asks over MPTCP, then bodies arrive both ways, over
// connections that are kept.
func TestHTTP(t *testing.T) {
	t.Parallel()
	octets := mebi / 2
	w := newWorld(t, setup{})
	mux := http.NewServeMux()
	mux.HandleFunc("/get", func(rw http.ResponseWriter, _ *http.Request) { io.Copy(rw, newSource(octets, 1)) })
	mux.HandleFunc("/echo", func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rw.Write(body)
	})
	server := &http.Server{Handler: mux}
	go server.Serve(w.listen())
	defer server.Close()

	transport := &http.Transport{DialContext: w.client.DialContext}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	for _, host := range []string{"10.1.1.2", "[fd01:1::2]"} {
		for i := 0; i < 3; i++ {
			r, err := client.Get(fmt.Sprintf("http://%s/get", host))
			if err != nil {
				t.Fatal(err)
			}
			if sumFrom(r.Body) != sumOf(octets, 1) {
				t.Error("other octets came")
			}
			r.Body.Close()
		}
		sent, _ := io.ReadAll(newSource(octets, 2))
		r, err := client.Post(fmt.Sprintf("http://%s/echo", host), "application/octet-stream", bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d octets came back, %v", len(got), err)
		}
		r.Body.Close()
	}
	// One connection for each host: of two subflows, and of one, as there is one address of IPv6.
	if n := w.syns(); n != 3 {
		t.Errorf("%d SYNs", n)
	}
}
