# The MPTCP library. `make help` lists the targets; nothing is written outside build/.
#
# Everything is found by globbing: a new source file needs no edit here. Variables:
#   V=1      show the commands
#   MODE=    asan, ubsan, sanitize (both), tsan, clang, coverage, trace: the same targets, otherwise built,
#            under build/MODE
#   TARGET=  armhf, mips, s390x: the same targets, cross-compiled and run under qemu-user,
#            under build/TARGET
#   VERSION0=no   the library without version 0 of the protocol, under build/without-version0
#   CC, CFLAGS, PREFIX, DESTDIR as usual
# A change of any flag rebuilds what depends on it.

# Of the headers: MAJOR.MINOR.PATCH.
VERSION := $(shell awk '/^.define MPTCP_LIBRARY_(MAJOR|MINOR|PATCH) / { printf "%s%s", s, $$3; s = "." }' \
    include/mptcp/version.h)
MAJOR := $(firstword $(subst ., ,$(VERSION)))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

ifeq ($(origin CC),default)
CC := gcc
endif
CXX_ALL := g++ clang++
# Instrumented code is slow to compile at -O2, and no faster.
CFLAGS ?= $(if $(filter asan ubsan sanitize tsan,$(MODE)),-O1,-O2) -g
PREFIX ?= /usr/local
OUT := build

# ----------------------------------------------------------------- MODE, TARGET

MODES := asan ubsan sanitize tsan clang afl coverage canary trace scale
SAN_asan := -fsanitize=address
SAN_ubsan := -fsanitize=undefined
SAN_sanitize := -fsanitize=address,undefined
SAN_tsan := -fsanitize=thread
SAN_afl := $(SAN_sanitize)
SAN_coverage := --coverage
# Room for connections in lwIP: both ends of 10,000 and some.
SAN_scale := -DMEMP_NUM_TCP_PCB=20480
# Addresses as they stand in the program.
SAN_trace := -fno-pie -no-pie

TARGETS := armhf mips s390x
TRIPLE_armhf := arm-linux-gnueabihf
TRIPLE_mips := mips-linux-gnu
TRIPLE_s390x := s390x-linux-gnu
QEMU_armhf := qemu-arm
QEMU_mips := qemu-mips
QEMU_s390x := qemu-s390x

B := $(OUT)
ifneq ($(MODE),)
ifeq ($(filter $(MODE),$(MODES)),)
$(error MODE is one of: $(MODES))
endif
B := $(OUT)/$(MODE)
MODE_FLAGS := $(SAN_$(MODE)) $(if $(findstring sanitize,$(SAN_$(MODE))),-fno-sanitize-recover=all \
    -fno-omit-frame-pointer)
ifeq ($(MODE),clang)
CC := clang
endif
ifeq ($(MODE),afl)
CC := afl-clang-fast
endif
ifeq ($(MODE),coverage)
CFLAGS := -O0 -g
endif
ifeq ($(MODE),canary)
CFLAGS := -O0 -DBLOCK_GAP=256u
TREE := $(B)/tree
endif
endif
ifneq ($(TARGET),)
ifeq ($(filter $(TARGET),$(TARGETS)),)
$(error TARGET is one of: $(TARGETS))
endif
B := $(OUT)/$(TARGET)
CC := $(TRIPLE_$(TARGET))-gcc
AR := $(TRIPLE_$(TARGET))-ar
RUN := $(QEMU_$(TARGET)) -L /usr/$(TRIPLE_$(TARGET))
endif

ifeq ($(shell command -v $(firstword $(CC))),)
ifneq ($(filter-out help clean deps check demo deps-build,$(or $(MAKECMDGOALS),all)),)
$(error there is no $(firstword $(CC)): see `test/tools/deps.sh --list compile`, or run `make deps` as root)
endif
endif

# ------------------------------------------------------------------------ flags

WARN := -Wall -Wextra -Wconversion -Wshadow -Werror
ifeq ($(VERSION0),no)
B := $(B)/without-version0
MODE_FLAGS += -DMPTCP_WITHOUT_VERSION_0
endif

# TREE: a copy of include and src that is built in their place (test/canary).
TREE_READY := $(TREE:%=%/.made)
BASE := -std=c11 $(WARN) $(addprefix -I,$(TREE:%=%/include) $(TREE:%=%/src)) -Iinclude -Isrc $(MODE_FLAGS)
LIB_FLAGS = $(BASE)
TEST_FLAGS = $(BASE) -Itest

# ------------------------------------------------------------------------ output

ifeq ($(V),1)
say = @:
Q :=
else
say = @printf '  %-4s %s\n' $(1) $(2)
Q := @
endif
# A target whose sources (a path from the top) are not in the tree.
absent = @test/tools/have.sh '$@' '$(1)' || true

.PHONY: all lib programs help clean FORCE
all: programs

help:
	@cat test/tools/help.txt

clean:
	rm -rf $(OUT)

# Files that hold a line of text and change only when it does: what depends on a
# compiler, on flags or on a list of files depends on one of them.
define keep_text
@mkdir -p $(@D)
@printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@
endef
FORCE:

$(B)/.flags: FORCE
	$(call keep_text,$(CC) $(CFLAGS) $(BASE) $(CPPFLAGS) $(LDFLAGS))

# ------------------------------------------------------ sources that are fetched

# Third-party sources come from Debian's source packages, checked against a pinned hash. One place
# for every OUT.
DEPS := build/deps
$(DEPS)/%/.fetched:
	$(call say,GET,'$* (source)')
	$(Q)test/tools/deps.sh source $*

include test/third-party.mk

# ---------------------------------------------------------------------- library

VERSION0_SRC := src/wire/version0.c src/crypto/bearssl_sha1.c src/crypto/add_addr2.c
LIB_SRC := $(filter-out $(if $(filter no,$(VERSION0)),$(VERSION0_SRC)),$(sort $(wildcard src/*/*.c)))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
LIB := $(B)/libmptcp.a

lib: $(LIB)
programs: lib

$(B)/.lib-objects: FORCE
	$(call keep_text,$(LIB_OBJ))

$(LIB): $(LIB_OBJ) $(B)/.lib-objects
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

PUBLIC_HEADERS := $(sort $(wildcard include/mptcp/*.h))

# The shared library, of the plain build alone: what the public headers name is exported, nothing else.
SHARED := $(B)/libmptcp.so.$(VERSION)
SONAME := libmptcp.so.$(MAJOR)
SHARED_OBJ := $(LIB_SRC:%.c=$(B)/shared/%.o)
ifeq ($(MODE)$(TARGET)$(filter no,$(VERSION0)),)
SHARED_MADE := $(SHARED)
all: $(SHARED)
endif

$(B)/shared/%.o: %.c $(B)/.flags $(BEARSSL_READY)
	$(call say,CC,'$< (shared)')
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIB_FLAGS) $(BEARSSL_INC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c $< -o $@

# BearSSL's own objects where there is no library of the host's.
SHARED_BEARSSL := $(if $(filter host,$(BEARSSL_FROM)),-lbearssl,$(BEARSSL_OBJ:$(B)/obj/%=$(B)/shared/%))
$(B)/shared/bearssl/%.o: $(BEARSSL_READY) $(B)/.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fPIC -w -I$(BEARSSL_DIR)/inc -I$(BEARSSL_DIR)/src -c $(BEARSSL_DIR)/src/$*.c -o $@

$(B)/exports.map: $(LIB) $(PUBLIC_HEADERS) test/tools/exports.sh
	$(Q)CC='$(CC)' test/tools/exports.sh $(LIB) $(PUBLIC_HEADERS) >$@

$(SHARED): $(SHARED_OBJ) $(filter-out -l%,$(SHARED_BEARSSL)) $(B)/exports.map
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs \
	    -Wl,--version-script,$(B)/exports.map $(SHARED_OBJ) $(SHARED_BEARSSL) -o $@

# $(call link,OBJECTS LIBRARIES): a program
define link
$(call say,LD,$@)
@mkdir -p $(@D)
$(Q)$(CC) $(CFLAGS) $(MODE_FLAGS) $(LDFLAGS) $(1) -o $@
endef

$(if $(filter trace,$(MODE)),$(LIB_OBJ): private CFLAGS := -O0 -g -finstrument-functions)
$(B)/obj/src/%.o: $(TREE:%=%/)src/%.c $(B)/.flags $(BEARSSL_READY)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIB_FLAGS) $(BEARSSL_INC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/test/%.o: test/%.c $(B)/.flags $(TREE_READY) $(BEARSSL_READY) $(CMOCKA_READY)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_FLAGS) $(BEARSSL_INC) $(CMOCKA_INC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

all: state-check sizes-if-new

# ---------------------------------------------------------------------- install

DEST := $(DESTDIR)$(PREFIX)

.PHONY: install
install: lib below $(SHARED_MADE)
	$(Q)install -d $(DEST)/include/mptcp $(DEST)/include/mptcp-below $(DEST)/lib/pkgconfig $(DEST)/bin
	$(Q)install -m 644 $(PUBLIC_HEADERS) $(DEST)/include/mptcp
	$(Q)install -m 644 $(BELOW_HEADERS) $(DEST)/include/mptcp-below
	$(Q)install -m 644 $(LIB) $(BELOW_LIB) $(DEST)/lib
	$(Q)install -m 755 $(PROGRAMS) $(DEST)/bin
ifneq ($(SHARED_MADE),)
	$(Q)install -m 755 $(SHARED) $(DEST)/lib
	$(Q)ln -sf $(notdir $(SHARED)) $(DEST)/lib/$(SONAME) && ln -sf $(SONAME) $(DEST)/lib/libmptcp.so
endif
	$(Q)for pc in src/mptcp.pc bindings/below/mptcp-below.pc; do \
	    sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $$pc.in \
	    >$(DEST)/lib/pkgconfig/$${pc##*/}; done
	@echo '  installed in $(DEST)'

.PHONY: install-check
install-check: lib $(SHARED_MADE)
	$(Q)rm -rf $(OUT)/stage && $(MAKE) install PREFIX=$(CURDIR)/$(OUT)/stage DESTDIR=
	$(Q)if test/tools/have.sh install-check pkg-config; then \
	    CC='$(CC)' EXTRA='$(if $(filter source,$(BEARSSL_FROM)),-L$(B))' \
	    test/tools/install-check.sh $(CURDIR)/$(OUT)/stage; fi

# What programs rely on in the shared library, against the list in the tree.
ABI_LIST := test/abi/list.txt
ABI = test/abi/abi.py --cc gcc --library $(SHARED) $(PUBLIC_HEADERS)
.PHONY: symbols symbols-all symbols-write
symbols:
	$(Q)if test/tools/have.sh symbols python3 readelf /lib64/ld-linux-x86-64.so.2; then $(MAKE) symbols-all; fi
symbols-all: $(SHARED)
	$(Q)$(ABI) --list $(ABI_LIST)
	$(Q)test/abi/try $(ABI_LIST) $(ABI)
symbols-write: $(SHARED)
	$(Q)$(ABI) --list $(ABI_LIST) --write

include test/canary/canary.mk
include test/bare.mk
include bindings/programs/programs.mk
include bindings/lwip/lwip.mk
include bindings/below/below.mk
include test/test.mk
include test/below/below-test.mk
include bindings/ns3/ns3.mk
include bindings/below/ns3/ns3.mk
include bindings/below/netstack/netstack.mk
include fuzz/fuzz.mk
include test/bugs/bugs.mk
include test/conformance/conformance.mk
include test/mutate/mutate.mk
include test/lint.mk
include test/structure/structure.mk
-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d $(B)/shared/*/*/*.d)
