# Tests: what is built of test/, and how it is run. `make unit MODE=sanitize` and
# `make unit TARGET=armhf` run the same sources under other builds.

RUN_TESTS := RUN='$(RUN)' test/tools/run-tests.sh
TEST_LIBS = $(LIB) $(CMOCKA_LIB) $(BEARSSL_LIB)
LIB_FILES = $(filter-out -l%,$(TEST_LIBS))
objects = $(patsubst %.c,$(B)/obj/%.o,$(sort $(1)))

# --------------------------------------------------------- tests known to fail

# Linked into unit and lwip: what test/known-failing.txt lists is left out of their ordinary run.
LISTED_OBJ := $(call objects,test/known/listed.c)
LISTED = $(LISTED_OBJ) -Wl,--wrap=_cmocka_run_group_tests

# --------------------------------------------------------- less under emulation

# An emulator makes a test ten times as long, and what it is to show is the order of octets and 32-bit
# words. There, of tests that try many random numbers, one round in EMULATED_ROUNDS is made
# (test/unit/rounds.h); what LESS_OUT names is left out: statistics over millions of segments, in
# floating point, of functions that other tests ask for their exact values.
EMULATED_ROUNDS := 8
ifneq ($(TARGET),)
LESS_OUT := test_lia_closed_form
LESS := ONE_ROUND_IN=$(EMULATED_ROUNDS)
SAY_LESS = @echo '  left out on $(TARGET): $(LESS_OUT); of rounds of random numbers all but one in $(EMULATED_ROUNDS)'
endif

# ------------------------------------------------------------------------- unit

# test_*.c is a program each; what else lies there is linked into all of them.
UNIT_SRC := $(sort $(wildcard test/unit/test_*.c))
UNIT_OBJ := $(call objects,$(filter-out $(UNIT_SRC),$(wildcard test/unit/*.c)))
UNIT := $(UNIT_SRC:%.c=$(B)/%)

.PHONY: unit
unit: $(UNIT)
	$(SAY_LESS)
	$(Q)$(LESS) $(RUN_TESTS) 'unit$(SUFFIX)' $(filter-out $(LESS_OUT:%=$(B)/test/unit/%),$(UNIT))

# Most of the time of their build would go into optimizing code that runs once. The library under
# test is built as ever, and so are those which simulate by themselves.
HOT := test_lia_closed_form test_congestion_properties test_received
$(filter-out $(HOT:%=$(B)/obj/test/unit/%.o),$(UNIT_SRC:%.c=$(B)/obj/%.o)): private CFLAGS := $(patsubst -O%,-O0,$(CFLAGS))

# Each function of the library says that it is entered: which tests run it?
ifeq ($(MODE),trace)
UNIT_OBJ += $(call objects,test/trace/trace.c)
endif

$(UNIT): $(B)/test/unit/%: $(B)/obj/test/unit/%.o $(UNIT_OBJ) $(LISTED_OBJ) $(CANARY_OBJ) $(LIB_FILES)
	$(call link,$< $(UNIT_OBJ) $(LISTED) $(CANARY) $(TEST_LIBS))

.PHONY: tests-of tests-of-run
tests-of:
	$(Q)if test/tools/have.sh tests-of python3 addr2line; then $(MAKE) MODE=trace tests-of-run; fi

tests-of-run: $(UNIT)
	$(Q)test/trace/run --programs $(B)/test/unit $(or $(WHAT),--files)

# ------------------------------------------------------------------------- pair

# Two connections in virtual time: one program.
PAIR_OBJ := $(call objects,$(wildcard test/pair/*.c))
SEEDS ?= 2000
# Those of hostile scenarios, and the first seed.
SIM_SEEDS := $(if $(filter command environment,$(origin SEEDS)),$(SEEDS),6000)
# ... and of those under a scheduler that answers anything.
WILD_SEEDS := 1000
# ... and of all scenarios under each scheduler that is not the default.
SCHEDULERS := minrtt roundrobin redundant blest ecf
SCHEDULER_SEEDS := 120
# For each other mode of versions (pair --help) a third of the seeds.
VERSIONS := $(if $(filter no,$(VERSION0)),,0 mixed)
# ... and of small scenarios; empty: all of them.
SMALL_SEEDS :=
SEED ?= 1
# HOSTS=steady, or varied: how the TCPs behave.
PAIR_FLAGS = --seed $(SEED) $(if $(HOSTS),--hosts $(HOSTS))

# The short way of most segments beside the long one (test/known/usual.c).
USUAL_OBJ := $(call objects,test/known/usual.c)
USUAL = $(USUAL_OBJ) -Wl,--wrap=mptcp_usual_segment -Wl,--wrap=mptcp_usual_pass

$(B)/test/pair: $(PAIR_OBJ) $(USUAL_OBJ) $(CANARY_OBJ) $(LIB_FILES)
	$(call link,$(PAIR_OBJ) $(USUAL) $(CANARY) $(TEST_LIBS))

.PHONY: pair sim
ifeq ($(PAIR_OBJ),)
pair sim:
	$(call absent,test/pair)
else
sim: $(B)/test/pair
	$(Q)LIMIT=$${LIMIT:-7200} $(RUN_TESTS) 'sim$(SUFFIX)' $(B)/test/pair -- --hostile \
	    --seeds $(SIM_SEEDS) $(PAIR_FLAGS)
	$(Q)sed -n 's/^\([0-9]* seeds from\)/  \1/p' $(B)/test/pair.log | fold -s -w 100
	$(Q)LIMIT=$${LIMIT:-7200} $(RUN_TESTS) 'sim, wild scheduler$(SUFFIX)' $(B)/test/pair -- --hostile \
	    --scheduler wild --seeds $(WILD_SEEDS) --seed $(SEED)
	$(Q)for v in $(VERSIONS); do $(RUN_TESTS) "sim, version $$v$(SUFFIX)" $(B)/test/pair -- --hostile \
	    --version $$v --seeds $$(($(SIM_SEEDS) / 3)) $(PAIR_FLAGS) || exit 1; done
	$(Q)for s in $(SCHEDULERS); do $(RUN_TESTS) "sim, $$s$(SUFFIX)" $(B)/test/pair -- --hostile \
	    --scheduler $$s --seeds $(SCHEDULER_SEEDS) --seed $(SEED) || exit 1; done

pair: $(B)/test/pair
	$(Q)$(RUN_TESTS) 'pair$(SUFFIX)' $(B)/test/pair -- --seeds $(SEEDS) $(PAIR_FLAGS)
	$(Q)$(RUN_TESTS) 'pair, small$(SUFFIX)' $(B)/test/pair -- --small $(SMALL_SEEDS:%=--seeds %)
	$(Q)for v in $(VERSIONS); do $(RUN_TESTS) "pair, version $$v$(SUFFIX)" $(B)/test/pair -- \
	    --version $$v --seeds $$(($(SEEDS) / 3)) $(PAIR_FLAGS) || exit 1; done
	$(Q)for s in $(SCHEDULERS); do $(RUN_TESTS) "pair, $$s$(SUFFIX)" $(B)/test/pair -- \
	    --scheduler $$s --seeds $(SCHEDULER_SEEDS) --seed $(SEED) || exit 1; done
endif

# ---------------------------------------------------------------------- explore

# Two connections through every order of events, within small limits: one program. EXPLORE is given
# to it: EXPLORE="--scope join --states 5000000".
EXPLORE_OBJ := $(call objects,$(wildcard test/explore/*.c) test/all_schedulers.c)
EXPLORE ?=

$(B)/test/explore: $(EXPLORE_OBJ) $(LIB_FILES)
	$(call link,$(EXPLORE_OBJ) $(LIB))

.PHONY: explore explore-quick
ifeq ($(EXPLORE_OBJ),)
explore explore-quick:
	$(call absent,test/explore)
else
programs: $(B)/test/explore
explore: $(B)/test/explore
	$(Q)$(RUN) $(B)/test/explore --jobs 2 $(EXPLORE)

explore-quick: $(B)/test/explore
	$(Q)$(RUN) $(B)/test/explore --quick $(EXPLORE)
	$(Q)for s in $(SCHEDULERS); do echo "$$s:"; $(RUN) $(B)/test/explore --scope bites-two --states 10000 \
	    --scheduler $$s || exit 1; done
endif

# ------------------------------------------------------------------------ embed

# The embedding loop that README.md shows, as a program.
EMBED_OBJ := $(call objects,$(wildcard test/embed/*.c))

$(B)/test/embed: $(EMBED_OBJ) $(filter-out -l%,$(LIB) $(BEARSSL_LIB))
	$(call link,$(EMBED_OBJ) $(LIB) $(BEARSSL_LIB))

.PHONY: embed readme-check
ifeq ($(EMBED_OBJ),)
embed readme-check:
	$(call absent,test/embed)
else
embed: $(B)/test/embed
	$(Q)$(RUN) $(B)/test/embed

readme-check:
	$(Q)if test/tools/have.sh readme-check ./README.md; then \
	    test/tools/readme.sh test/embed/loop.c; fi
endif

# ------------------------------------------------------------------- lwIP, demo

LWIP_TEST_OBJ := $(call objects,$(wildcard test/lwip/*.c))
DEMO_OBJ := $(call objects,$(wildcard test/demo/*.c) $(if $(wildcard test/demo/*.c),test/lwip/world.c))
LWIP_LIB_FILES = $(filter-out -l%,$(LWIP_LIBS) $(CMOCKA_LIB))

$(filter $(B)/obj/test/lwip/test_%,$(LWIP_TEST_OBJ)): private CFLAGS := $(patsubst -O%,-O0,$(CFLAGS))
$(LWIP_TEST_OBJ) $(DEMO_OBJ): TEST_FLAGS += $(LWIP_INC)
$(LWIP_TEST_OBJ) $(DEMO_OBJ): $(LWIP_READY) $(LWIP_CONFIG)

# Allocations fail when test/lwip/scarce.c says so; test/lwip/gathered.c takes what lwIP is given.
SCARCE := -Wl,--wrap=mem_malloc -Wl,--wrap=mem_calloc -Wl,--wrap=mem_free \
    -Wl,--wrap=memp_malloc

# What lwIP is given passes test/lwip/gathered.c.
GATHERED := -Wl,--wrap=netif_input

$(B)/test/lwip: $(LWIP_TEST_OBJ) $(LISTED_OBJ) $(LWIP_LIB_FILES)
	$(call link,$(LWIP_TEST_OBJ) $(LISTED) $(SCARCE) $(GATHERED) $(LWIP_LIBS) $(CMOCKA_LIB))

# The same, and a check of what is due.
MASK_OBJ := $(call objects,test/known/mask.c)

$(B)/test/lwip-mask: $(LWIP_TEST_OBJ) $(LISTED_OBJ) $(MASK_OBJ) $(USUAL_OBJ) $(LWIP_LIB_FILES)
	$(call link,$(LWIP_TEST_OBJ) $(MASK_OBJ) $(LISTED) $(SCARCE) $(GATHERED) $(USUAL) $(LWIP_LIBS) $(CMOCKA_LIB))

$(B)/demo: $(DEMO_OBJ) $(LWIP_LIB_FILES)
	$(call link,$(DEMO_OBJ) $(LWIP_LIBS))

.PHONY: lwip demo demo-check
ifeq ($(LWIP_TEST_OBJ),)
lwip:
	$(call absent,test/lwip)
else
lwip: $(B)/test/lwip
	$(Q)$(RUN_TESTS) 'lwip$(SUFFIX)' $(B)/test/lwip

.PHONY: mask
mask: $(B)/test/lwip-mask
	$(Q)$(RUN_TESTS) 'mask$(SUFFIX)' $(B)/test/lwip-mask
endif

ifeq ($(DEMO_OBJ),)
demo demo-check:
	$(call absent,test/demo)
else
programs: $(B)/demo
demo: $(if $(DEPS_CHECKED),,deps-build)
	$(Q)$(MAKE) DEPS_CHECKED=1 $(B)/demo
	$(Q)$(B)/demo

demo-check: $(B)/demo
	$(Q)test/demo/check.sh $(B)/demo
endif

# The library without version 0 of the protocol: everything builds, and the demo runs.
.PHONY: without-version0
without-version0:
	$(Q)$(MAKE) VERSION0=no lib demo-check
	$(Q)$(MAKE) VERSION0=no $(OUT)/without-version0/mptcp-nc $(OUT)/without-version0/test/lwip
	$(Q)test/tools/without-version0.sh $(OUT)/without-version0

# How a forged ADD_ADDR hijacks a connection of version 0, and what prevents it.
HIJACK_OBJ := $(call objects,$(wildcard test/hijack/*.c) test/lwip/world.c test/lwip/refit.c)

$(HIJACK_OBJ): TEST_FLAGS += $(LWIP_INC)
$(HIJACK_OBJ): $(LWIP_READY) $(LWIP_CONFIG)
$(B)/hijack: $(HIJACK_OBJ) $(LWIP_LIB_FILES)
	$(call link,$(HIJACK_OBJ) $(LWIP_LIBS))

.PHONY: hijack hijack-check
programs: $(B)/hijack
hijack: $(if $(DEPS_CHECKED),,deps-build)
	$(Q)$(MAKE) DEPS_CHECKED=1 $(B)/hijack
	$(Q)$(B)/hijack $(B)

hijack-check: $(B)/hijack
	$(Q)test/hijack/check.sh $(B)/hijack

.PHONY: program-options
program-options: $(B)/mptcp-nc $(B)/mptcp-below
	$(Q)test/tools/program-options.sh $^

# Each test of the list must fail; `make known-failing MODE=sanitize` and so on.
.PHONY: known-failing
known-failing: $(UNIT) $(if $(LWIP_TEST_OBJ),$(B)/test/lwip)
	$(Q)RUN='$(RUN)' test/known/run test/known-failing.txt $(B)

# --------------------------------------------------------- under other builds

CROSS_RUN ?= armhf s390x
# An emulator is ten times slower than the machine. Small scenarios: each row twice, and each variant.
CROSS_SEEDS ?= 150
CROSS_PAIR := SEEDS=$(CROSS_SEEDS) SMALL_SEEDS=44 SCHEDULER_SEEDS=30
# The shim packet by packet, and some of the streams: 33 s of an emulator in all.
CROSS_BELOW := BELOW_TESTS='$(basename $(notdir $(wildcard test/below/test_shim_*.c))) test_below_parts test_below_places \
    test_below_life test_freertos'

.PHONY: asan ubsan sanitize cross cross-run $(CROSS_RUN:%=cross-%)
# Instrumented ones are several times as slow.
SAN_SEEDS ?= 500
asan ubsan sanitize:
	$(Q)$(MAKE) MODE=$@ SUFFIX=', $@' SEEDS=$(SAN_SEEDS) unit pair embed lwip below-test

.PHONY: clang
clang:
	$(Q)if test/tools/have.sh clang clang; then $(MAKE) MODE=clang SUFFIX=', clang' SEEDS=$(SAN_SEEDS) programs unit pair embed; fi

.PHONY: coverage
coverage:
	$(Q)find $(OUT)/coverage -name '*.gcda' -delete 2>/dev/null || true
	$(Q)$(MAKE) MODE=coverage SUFFIX=', coverage' unit pair
	$(Q)test/tools/coverage.sh $(OUT)/coverage

cross: bare cross-run
cross-run: $(CROSS_RUN:%=cross-%)
$(CROSS_RUN:%=cross-%): cross-%:
	$(Q)if test/tools/have.sh 'unit and pair on $*' $(TRIPLE_$*)-gcc $(QEMU_$*) \
	    /usr/$(TRIPLE_$*)/include/stdio.h; then $(MAKE) TARGET=$* SUFFIX=', $*' $(CROSS_PAIR) \
	    $(CROSS_BELOW) unit pair embed below-test; fi

# ---------------------------------------------------------------------- interop

# Linux's end.
$(B)/test/interop-peer: $(call objects,test/interop/peer.c)
	$(call link,$<)

# Emulated paths between two of them.
WIRE_OBJ := $(call objects,test/interop/wire.c)
$(WIRE_OBJ): TEST_FLAGS += -Ibindings/lwip
$(B)/test/interop-wire: $(WIRE_OBJ) $(B)/obj/bindings/lwip/port/link.o
	$(call link,$^)

HTTPD_OBJ := $(call objects,test/interop/httpd/server.c)
$(HTTPD_OBJ): TEST_FLAGS += $(LWIP_INC)
$(HTTPD_OBJ): $(LWIP_READY) $(LWIP_CONFIG)
$(B)/test/httpd-mptcp: $(HTTPD_OBJ) $(filter-out -l%,$(LWIP_LIBS))
	$(call link,$(HTTPD_OBJ) $(LWIP_LIBS))

INTEROP := $(B)/mptcp-nc $(B)/test/interop-peer $(B)/test/httpd-mptcp $(B)/mptcp-below $(B)/test/interop-wire
# The matrix with mptcp-below at our end; its quick part is a row.
INTEROP_BELOW := $(patsubst %,--case %,connect-v4-join-up connect-v6-join-down accept-v4-announce-down accept-v6-one-both)
.PHONY: interop interop-quick interop-bench interop-fairness interop-programs
ifeq ($(and $(wildcard test/interop/run),$(NC_OBJ)),)
interop interop-quick interop-bench interop-fairness interop-programs:
	$(call absent,test/interop/run or bindings/lwip/nc)
else
interop-bench: $(B)/mptcp-nc $(B)/test/interop-peer $(B)/test/interop-wire $(B)/test/bench/paths
	$(Q)status=0; test/interop/bench || status=1; test/interop/pairs || status=1; exit $$status

# Half an hour.
interop-fairness: $(B)/mptcp-nc $(B)/test/interop-peer
	$(Q)test/interop/fairness

interop-programs: $(INTEROP)
interop interop-quick: $(INTEROP)
	$(Q)test/interop/run $(if $(filter interop-quick,$@),--quick)
	$(Q)test/interop/run --below $(if $(filter interop-quick,$@),$(INTEROP_BELOW))
	$(Q)test/interop/below $(if $(filter interop-quick,$@),--quick)
	$(Q)test/interop/httpd/run
	$(Q)test/interop/exits
	$(Q)test/interop/narrow
	$(Q)test/interop/middlebox $(if $(filter interop-quick,$@),--quick)
	$(Q)test/interop/move $(if $(filter interop-quick,$@),--quick)
endif

# ------------------------------------------------------------------------ bench

BENCH_SRC := $(sort $(wildcard test/bench/bench_*.c))
BENCH := $(BENCH_SRC:%.c=$(B)/%)
BENCH_LWIP := $(filter $(B)/test/bench/bench_lwip%,$(BENCH))

ENDS_OBJ := $(call objects,test/bench/ends.c)
$(BENCH_LWIP:$(B)/%=$(B)/obj/%.o) $(ENDS_OBJ): TEST_FLAGS += $(LWIP_INC)
$(BENCH_LWIP:$(B)/%=$(B)/obj/%.o) $(ENDS_OBJ): $(LWIP_READY) $(LWIP_CONFIG)
$(BENCH_LWIP): $(ENDS_OBJ) $(filter-out -l%,$(LWIP_LIBS))
BENCH_LIBS = $(LIB) $(BEARSSL_LIB)
$(BENCH_LWIP): BENCH_LIBS = $(ENDS_OBJ) $(LWIP_LIBS)
$(BENCH): $(B)/test/bench/%: $(B)/obj/test/bench/%.o $(filter-out -l%,$(LIB) $(BEARSSL_LIB))
	$(call link,$< $(BENCH_LIBS))

# A busy connection beside many that are idle, in lwIP with room for them.
SCALE := $(B)/test/bench/scale
SCALE_OBJ := $(call objects,test/bench/scale.c test/bench/flows.c test/lwip/scarce.c)
$(SCALE_OBJ): TEST_FLAGS += $(LWIP_INC)
$(SCALE_OBJ): $(LWIP_READY) $(LWIP_CONFIG)
$(SCALE): $(SCALE_OBJ) $(ENDS_OBJ) $(filter-out -l%,$(LWIP_LIBS))
	$(call link,$(SCALE_OBJ) $(ENDS_OBJ) $(SCARCE) $(LWIP_LIBS))

.PHONY: bench-scale bench-scale-run bench-scale-count bench-scale-count-run
bench-scale bench-scale-count:
	$(Q)$(MAKE) MODE=scale $@-run
bench-scale-run: $(SCALE)
	$(Q)$(SCALE) $(SCALE_OPTIONS)
bench-scale-count-run: $(SCALE)
	$(Q)if test/tools/have.sh bench-scale-count valgrind python3; then test/bench/scale.py $(SCALE); fi

.PHONY: bench-lwip-count
bench-lwip-count: $(BENCH_LWIP)
	$(Q)if test/tools/have.sh bench-lwip-count valgrind python3; then test/bench/lwip.py $(BENCH_LWIP); fi

# Its floors are loops as the compiler makes them at -O3.
$(B)/obj/test/bench/bench_wire.o: private CFLAGS := $(patsubst -O%,-O3,$(CFLAGS))

# What two unequal paths carry, in the virtual-time world of the tests: one program.
# JOBS processes at a time; PATHS_OPTIONS="--table grid --scheduler gain" (--help for more).
PATHS_OBJ := $(call objects,$(wildcard test/bench/paths/*.c) test/lwip/world.c)
# Every scheduler that there is.
PATHS_TABLE := $(B)/obj/bindings/programs/schedulers.o
$(PATHS_OBJ): TEST_FLAGS += $(LWIP_INC)
$(PATHS_OBJ): $(LWIP_READY) $(LWIP_CONFIG)
PATHS := $(B)/test/bench/paths
JOBS ?= $(shell nproc)
PATHS_OPTIONS ?= --table all --scheduler all

$(PATHS): $(PATHS_OBJ) $(PATHS_TABLE) $(filter-out -l%,$(LWIP_LIBS))
	$(call link,$(PATHS_OBJ) $(PATHS_TABLE) $(LWIP_LIBS) -lm)

.PHONY: bench-paths bench-paths-quick
bench-paths: $(PATHS)
	$(Q)status=0; $(PATHS) --jobs $(JOBS) --out $(B)/paths.tsv $(PATHS_OPTIONS) || status=$$?; \
	    if grep -q '^grid' $(B)/paths.tsv && test/tools/have.sh 'build/paths.svg' python3; then \
	    test/bench/paths/heat.py $(B)/paths.tsv $(B)/paths.svg; fi; exit $$status

bench-paths-quick: $(PATHS)
	$(Q)$(PATHS) --jobs $(JOBS) --quick

.PHONY: bench
bench: $(BENCH) $(PATHS)
	$(Q)status=0; for program in $(BENCH); do echo "== $$program"; $$program || status=1; done; \
	    $(PATHS) --jobs $(JOBS) --table two || status=1; \
	    echo '== bench-cost'; $(MAKE) bench-cost || status=1; exit $$status

# Congestion control in networks of its own (test/bench/cc). CC_OPTIONS: see its --help.
BENCH_CC := $(B)/test/bench/bench-cc
BENCH_CC_SRC := $(sort $(wildcard test/bench/cc/*.c))
$(BENCH_CC): $(call objects,$(BENCH_CC_SRC)) $(filter-out -l%,$(LIB))
	$(call link,$(call objects,$(BENCH_CC_SRC)) $(LIB) -lm)

.PHONY: bench-cc bench-cc-quick
bench-cc: $(BENCH_CC)
	$(Q)$(BENCH_CC) --plots $(B) $(CC_OPTIONS)
bench-cc-quick: $(BENCH_CC)
	$(Q)$(BENCH_CC) --quick

# Programs of their own, counted under callgrind: segments, and choices of the schedulers.
INSTRUCTIONS := $(B)/test/bench/instructions $(B)/test/bench/choices
$(INSTRUCTIONS): $(B)/test/bench/%: $(B)/obj/test/bench/%.o $(filter-out -l%,$(LIB) $(BEARSSL_LIB))
	$(call link,$< $(LIB) $(BEARSSL_LIB))

.PHONY: bench-instructions
bench-instructions: $(INSTRUCTIONS)
	$(Q)if test/tools/have.sh bench-instructions valgrind callgrind_annotate python3; then \
	    test/bench/instructions.py $(INSTRUCTIONS); fi

# The worst that a call costs with many runs waiting, in units of a data segment in order.
COST := $(B)/test/bench/cost
$(COST): $(B)/obj/test/bench/cost.o $(LIB_FILES)
	$(call link,$< $(TEST_LIBS))

.PHONY: bench-cost
bench-cost: $(COST)
	$(Q)if test/tools/have.sh bench-cost valgrind callgrind_annotate python3; then \
	    test/bench/cost.py $(COST_OPTIONS) $(COST); fi

# -------------------------------------------------------------- everything else

.PHONY: check deps deps-build
check:
	$(Q)test/tools/check.sh

deps:
	test/tools/deps.sh all

# BearSSL has a source to fall back on, so only a compiler is a must.
deps-build:
	$(Q)test/tools/deps.sh build || test/tools/deps.sh compile
