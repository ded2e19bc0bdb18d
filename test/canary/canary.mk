# `make canary`: unit and pair with gaps between the tables of each connection's block, which must
# stay what they are (test/canary/canary.c). The library is a copy with the gaps of gaps.txt put in.

CANARY_SEEDS ?= 300
.PHONY: canary
canary:
	$(Q)if test/tools/have.sh canary python3; then \
	    $(MAKE) MODE=canary SUFFIX=', canary' SEEDS=$(CANARY_SEEDS) unit pair; fi

ifeq ($(MODE),canary)
CANARY_OBJ := $(B)/obj/test/canary/canary.o
comma := ,
CANARY_CALLS := mptcp_conn_init mptcp_conn_resume $(shell \
    grep -o '^WATCHED.[a-z_]*' test/canary/canary.c | cut -c9-)
CANARY := $(CANARY_OBJ) $(CANARY_CALLS:%=-Wl$(comma)--wrap=%)

$(TREE)/.made: test/canary/gaps.txt $(LIB_SRC) $(wildcard src/*/*.h include/mptcp/*.h)
	$(call say,GAPS,$(TREE))
	$(Q)rm -rf $(TREE) && mkdir -p $(TREE) && cp -R src include $(TREE)
	$(Q)test/bugs/apply test/canary/gaps.txt $(TREE) >/dev/null
	@touch $@

$(TREE)/src/%.c: $(TREE)/.made ;
endif
