# The core without an operating system: builds for bare-metal machines, what is left
# undefined in them, and how large they are.

BARE := cortex-m0plus cortex-m4 rv32
BARE_CC_cortex-m0plus := arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb
BARE_CC_cortex-m4 := arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
BARE_CC_rv32 := riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32
# -fcallgraph-info writes a .ci file beside each object: who calls whom, on how much stack.
BARE_FLAGS := -std=c11 $(WARN) -Iinclude -Isrc -Os -ffreestanding -ffunction-sections -fdata-sections \
    -fcallgraph-info=su,da

# The compiler's own helpers that a target may call.
BARE_HELPERS_cortex-m0plus := __aeabi_uidiv __aeabi_uidivmod __aeabi_idiv __aeabi_idivmod \
    __aeabi_uldivmod __aeabi_ldivmod __aeabi_lmul __aeabi_llsl __aeabi_llsr __aeabi_lasr \
    __aeabi_ulcmp __aeabi_lcmp __clzsi2 __ctzsi2 __clzdi2 __popcountsi2 __gnu_thumb1_case_sqi \
    __gnu_thumb1_case_uqi __gnu_thumb1_case_shi __gnu_thumb1_case_uhi __gnu_thumb1_case_si
BARE_HELPERS_cortex-m4 := __aeabi_uldivmod __aeabi_ldivmod __aeabi_llsl __aeabi_llsr \
    __popcountsi2
BARE_HELPERS_rv32 := __udivdi3 __umoddi3 __divdi3 __moddi3 __muldi3 __ashldi3 __lshrdi3 __ashrdi3 \
    __clzsi2 __clzdi2 __ctzsi2 __popcountsi2 __bswapsi2 __bswapdi2

# Everything but the primitives, which a firmware may replace.
CORE_SRC := $(filter-out src/crypto/bearssl%.c,$(LIB_SRC))

BARE_DIR := $(OUT)/bare$(if $(filter no,$(VERSION0)),-without-version0)
BARE_FLAGS += $(if $(filter no,$(VERSION0)),-DMPTCP_WITHOUT_VERSION_0)

define bare_rules
$(BARE_DIR)/$(1)/.flags: FORCE
	$$(call keep_text,$(BARE_CC_$(1)) $(BARE_FLAGS))

$(BARE_DIR)/$(1)/.objects: FORCE
	$$(call keep_text,$(CORE_SRC))

$(BARE_DIR)/$(1)/%.o: %.c $(BARE_DIR)/$(1)/.flags
	$$(call say,CC,'$$< ($(1))')
	@mkdir -p $$(@D)
	$$(Q)$(BARE_CC_$(1)) $(BARE_FLAGS) -MMD -MP -c $$< -o $$@

$(BARE_DIR)/$(1)/symbols.txt: $(CORE_SRC:%.c=$(BARE_DIR)/$(1)/%.o) $(BARE_DIR)/$(1)/.objects \
    test/tools/symbols.sh
	$$(Q)NM=$(firstword $(BARE_CC_$(1):%gcc=%nm)) HELPERS='$(BARE_HELPERS_$(1))' \
	    test/tools/symbols.sh $(1) $$(filter %.o,$$^) >$$@.new || { cat $$@.new; exit 1; }
	@mv $$@.new $$@
endef
$(foreach t,$(BARE),$(eval $(call bare_rules,$(t))))
-include $(wildcard $(BARE_DIR)/*/src/*/*.d)

.PHONY: bare $(BARE:%=bare-%)
bare: $(BARE:%=bare-%)
$(BARE:%=bare-%): bare-%:
	$(Q)if test/tools/have.sh 'core for $*' $(firstword $(BARE_CC_$*)); then \
	    $(MAKE) $(BARE_DIR)/$*/symbols.txt && cat $(BARE_DIR)/$*/symbols.txt; fi

# ------------------------------------------------------------------------ sizes

SIZE_DIR := $(BARE_DIR)/cortex-m4

# Calls through constant tables: who calls, and what the table holds.
# memset is not in the graph: a function that calls nothing stands for it.
TABLES := mptcp_wire_read_one=mptcp_wire_[a-z_]+_read|add_addr2?_read|prio_read mptcp_option_write=mptcp_wire_[a-z_]+_write|add_addr2?_write|prio_write \
    mptcp_on_timeout=[a-z_]+_timer|mptcp_close_no_path_any_more|mptcp_pm_announce|mptcp_room_assume|mptcp_pm_burst_over|mptcp_pm_retry \
    mptcp_sched_first=mptcp_offer_path mptcp_send_choice=choose_[a-z]+ mptcp_send_done=sent_[a-z]+ \
    mptcp_sched_faster=mptcp_offer_path \
    src/multipath/gain.c:choose_gain=mptcp_offer_path|mptcp_sched_held \
    src/multipath/roundrobin.c:choose_roundrobin=mptcp_offer_path \
    src/multipath/redundant.c:choose_redundant=mptcp_offer_path src/multipath/redundant.c:sent_redundant=mptcp_offer_path \
    src/multipath/ecf.c:sent_ecf=mptcp_offer_path \
    mptcp_signal_level=(?!mptcp)[a-z_]+_level mptcp_wipe=mptcp_ct_equal \
    src/conn/options_out.c:on_pure_ack.constprop.0=make_[a-z_]+ \
    src/conn/sent.c:signals_left=(?!signals|mptcp)[a-z_]+_left

# What an embedder may do without: name, limit, files.
GROUPS := codes=2436=src/wire/error.c names=928=src/wire/names.c print=1992=src/conn/print.c \
    which_argument_is_wrong=656=src/conn/config_check.c why_nothing_happens=2672=src/conn/why.c,src/conn/why_joining.c \
    what_destinations_speak=496=src/endpoint/versions.c sums_of_mappings=352=src/endpoint/sums.c octets_for_options=432=src/conn/need.c place_of_octets=208=src/conn/rx_mapping.c scheduler_gain=1500=src/multipath/gain.c,src/multipath/schedulers.c,src/tables/held.c \
    scheduler_order=48=src/multipath/prefer.c scheduler_roundrobin=240=src/multipath/roundrobin.c scheduler_redundant=512=src/multipath/redundant.c \
    scheduler_blest=480=src/multipath/blest.c,src/multipath/faster.c scheduler_ecf=580=src/multipath/ecf.c \
    reno=128=src/multipath/reno.c olia=1136=src/multipath/olia.c balia=784=src/multipath/balia.c wvegas=880=src/multipath/wvegas.c \
    cubic=1136=src/multipath/cubic.c congestion_names=48=src/multipath/congestions.c

# Without version 0 only the code shrinks; with it the difference is limited.
SIZE_TEXT := 54240
SIZE_WITHOUT := $(OUT)/bare-without-version0/cortex-m4/sizes.txt
SIZE_LESS := --less version_0=3072=$(SIZE_WITHOUT)
ifeq ($(VERSION0),no)
SIZE_TEXT := 51920
SIZE_LESS :=
else
$(SIZE_DIR)/sizes.txt: $(SIZE_WITHOUT)
$(SIZE_WITHOUT): FORCE
	$(Q)$(MAKE) VERSION0=no $@
endif

$(SIZE_DIR)/sizes.txt: $(CORE_SRC:%.c=$(SIZE_DIR)/%.o) $(SIZE_DIR)/.objects include/mptcp/config.h \
    include/mptcp/option.h test/tools/sizes.py
	$(Q)test/tools/sizes.py --cc '$(BARE_CC_cortex-m4) $(BARE_FLAGS)' \
	    --text $(SIZE_TEXT) $(SIZE_LESS) $(GROUPS:%=--group '%') --own src/multipath/schedulers.c --conn 2,4,24=1504 --conn 1,2,16=1040 \
	    --stack 768 $(TABLES:%=--table '%') $(filter %.o,$^) >$@.new || { cat $@.new; exit 1; }
	@mv $@.new $@

.PHONY: sizes
sizes:
	$(Q)if test/tools/have.sh sizes $(firstword $(BARE_CC_cortex-m4)) python3; then \
	    $(MAKE) $(SIZE_DIR)/sizes.txt && cat $(SIZE_DIR)/sizes.txt; fi

# In the plain build: printed when something changed.
.PHONY: sizes-if-new
sizes-if-new:
	$(Q)if test/tools/have.sh sizes $(firstword $(BARE_CC_cortex-m4)) python3 && \
	    ! $(MAKE) -q $(SIZE_DIR)/sizes.txt; then \
	    $(MAKE) $(SIZE_DIR)/sizes.txt && cat $(SIZE_DIR)/sizes.txt; fi

# ------------------------------------------------------------------------ state

# The structs of a connection's state hold no hidden padding, with 64- and with 32-bit pointers:
# a clone is compared and sent octet by octet. (Those of the public headers, as system headers, are
# not looked at: options and actions are not state.)
STATE_HEADERS := $(sort $(wildcard src/tables/*.h src/machines/*.h src/conn/*.h src/endpoint/*.h))

STATE_FLAGS := -std=c11 $(WARN) -Wpadded -ffreestanding -isystem include -Isrc

.PHONY: state-check
state-check:
	$(Q)test/tools/headers.sh '$(CC) $(STATE_FLAGS)' $(STATE_HEADERS)
	$(Q)if test/tools/have.sh 'state-check, 32-bit' $(firstword $(BARE_CC_cortex-m4)); then \
	    test/tools/headers.sh '$(BARE_CC_cortex-m4) $(STATE_FLAGS)' $(STATE_HEADERS); fi
