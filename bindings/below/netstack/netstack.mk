# bindings/below/netstack: MPTCP for gVisor's netstack, a Go package (Debian's golang-go and
# golang-gvisor-gvisor-dev). Nothing else needs it.

GVISOR := /usr/share/gocode/src/gvisor.dev/gvisor/pkg/tcpip/stack/stack.go
NETSTACK_GO = test/tools/netstack-go.sh $(BELOW_LIBS) --
NETSTACK_THERE = test/tools/have.sh '$@ (golang-go, golang-gvisor-gvisor-dev)' go gofmt gcc $(GVISOR)

# With the race detector, less: the tests where goroutines meet.
NETSTACK_RACE := Many|Close|Deadlines|HTTP|Accept|Abort|Dial|Full|TwoSubflows|Plain

.PHONY: below-netstack below-netstack-run below-netstack-long below-netstack-long-run
below-netstack below-netstack-long:
	$(Q)if $(NETSTACK_THERE); then $(MAKE) $@-run; fi

# Two minutes.
below-netstack-run: $(filter-out -l%,$(BELOW_LIBS))
	$(Q)test/tools/netstack-go.sh --text bindings/below/netstack
	$(Q)$(NETSTACK_GO) vet libmptcp/netstack libmptcp/netstack/nc
	$(Q)LOG=$(B)/below-netstack.log $(NETSTACK_GO) test -timeout 300s libmptcp/netstack
	$(Q)LOG=$(B)/below-netstack-race.log $(NETSTACK_GO) test -race -short -timeout 300s \
	    -run '$(NETSTACK_RACE)' libmptcp/netstack

# Half an hour: 100 MiB over each kind of links, 100 runs under reordering, and the kernel's MPTCP at
# the other end (root): the cases of test/interop/run but those of an option of mptcp-nc's own.
below-netstack-long-run: $(B)/netstack-nc $(B)/test/interop-peer
	$(Q)LOG=$(B)/below-netstack-long.log $(NETSTACK_GO) test -timeout 3600s libmptcp/netstack -args -long
	$(Q)NC=$(CURDIR)/$(B)/netstack-nc test/interop/run --without 'auto-*' --without 'merged-*' --without 'alone-*'

.PHONY: below-long
below-long: below-netstack-long

# The program of the interop cases.
$(B)/netstack-nc: $(filter-out -l%,$(BELOW_LIBS)) $(wildcard bindings/below/netstack/*.go bindings/below/netstack/nc/*.go \
    bindings/below/netstack/*.[ch])
	$(call say,GO,$@)
	$(Q)$(NETSTACK_GO) build -o $(CURDIR)/$@ libmptcp/netstack/nc
