# `make conformance`: what RFC 8684 requires, item by item, and the tests that check it.
#   BRIEF=1          a line for each item
#   ITEMS="C-9 D"    these items, or letters, only
CONFORMANCE := test/conformance/table --build $(B) $(if $(BRIEF),--brief) $(ITEMS)

.PHONY: conformance conformance-table
conformance:
	$(Q)if test/tools/have.sh conformance python3; then \
	    mkdir -p $(B) && echo '  TEST unit, pair and lwip, for their logs' >&2 && \
	    { $(MAKE) unit pair lwip >$(B)/conformance.log 2>&1 || \
	        { cat $(B)/conformance.log; echo 'conformance: tests fail, see above' >&2; exit 1; }; } && \
	    $(CONFORMANCE); fi

# The same from the logs of tests that have run.
conformance-table:
	$(Q)if test/tools/have.sh conformance python3; then $(CONFORMANCE); fi
