# `make conformance`: each requirement of RFC 8684 and the tests that check it, from the tests.
.PHONY: conformance conformance-table
conformance:
	$(Q)if test/tools/have.sh conformance python3; then \
	    $(MAKE) -s unit pair lwip >$(OUT)/conformance.log 2>&1 || { cat $(OUT)/conformance.log; exit 1; }; \
	    test/conformance/table --build $(B); fi

# From the logs of tests that have run.
conformance-table:
	$(Q)if test/tools/have.sh conformance python3; then test/conformance/table --build $(B); fi
