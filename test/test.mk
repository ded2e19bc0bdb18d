# Tests: what is built of test/, and how it is run. `make unit MODE=sanitize` and
# `make unit TARGET=armhf` run the same sources under other builds.

RUN_TESTS := RUN='$(RUN)' RESULTS='$(B)/results' test/tools/run-tests.sh

TEST_LIBS = $(LIB) $(CMOCKA_LIB) $(BEARSSL_LIB)
TEST_LIB_FILES = $(filter-out -l%,$(TEST_LIBS))

# ------------------------------------------------------------------------- unit

# test_*.c is a program each; what else lies there is linked into all of them.
UNIT_SRC := $(sort $(wildcard test/unit/test_*.c))
UNIT_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(filter-out $(UNIT_SRC),$(wildcard test/unit/*.c)))
UNIT := $(patsubst test/unit/%.c,$(B)/test/unit/%,$(UNIT_SRC))

.PHONY: unit unit-build
unit-build: $(UNIT)

$(B)/test/unit/%: $(B)/obj/test/unit/%.o $(UNIT_OBJ) $(TEST_LIB_FILES)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(MODE_FLAGS) $(LDFLAGS) $< $(UNIT_OBJ) $(TEST_LIBS) -o $@

unit: $(UNIT)
	$(Q)$(RUN_TESTS) unit $(UNIT)
