# The MPTCP library. `make help` lists the targets; nothing is written outside build/.
#
# Everything is found by globbing: a new source file needs no edit here. Variables:
#   V=1      show the commands
#   MODE=    asan, ubsan, sanitize (both): the same targets, instrumented, under build/MODE
#   TARGET=  armhf, mips, s390x: the same targets, cross-compiled and run under qemu-user,
#            under build/TARGET
#   CC, CFLAGS, PREFIX, DESTDIR as usual
# A change of any flag rebuilds what depends on it.

VERSION := 0.1.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

ifeq ($(origin CC),default)
CC := gcc
endif
CXX_ALL := g++ clang++
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
OUT := build

# ----------------------------------------------------------------- MODE, TARGET

MODES := asan ubsan sanitize
SAN_asan := address
SAN_ubsan := undefined
SAN_sanitize := address,undefined

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
MODE_FLAGS := -fsanitize=$(SAN_$(MODE)) -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
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

# ------------------------------------------------------------------------ flags

WARN := -Wall -Wextra -Wconversion -Wshadow -Werror
BASE := -std=c11 $(WARN) -Iinclude -Isrc $(MODE_FLAGS)
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
# A target that waits for sources that are not in the tree.
absent = @printf '  --   %s: %s\n' '$@' $(1)

.PHONY: all lib help clean FORCE
all: lib

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

# Third-party sources come from Debian's source packages, checked against a pinned hash.
DEPS := $(OUT)/deps
$(DEPS)/%/.fetched:
	$(call say,GET,'$* (source)')
	$(Q)test/tools/deps.sh source $*

include test/third-party.mk

# ---------------------------------------------------------------------- library

LIB_SRC := $(sort $(wildcard src/*/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
LIB := $(B)/libmptcp.a

lib: $(LIB)

$(B)/.lib-objects: FORCE
	$(call keep_text,$(LIB_OBJ))

$(LIB): $(LIB_OBJ) $(B)/.lib-objects
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

$(B)/obj/src/%.o: src/%.c $(B)/.flags $(BEARSSL_READY)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIB_FLAGS) $(BEARSSL_INC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/test/%.o: test/%.c $(B)/.flags $(BEARSSL_READY) $(CMOCKA_READY)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_FLAGS) $(BEARSSL_INC) $(CMOCKA_INC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

include test/test.mk
-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)
