# Fuzzing. Each fuzz_NAME.c is a harness; what else lies there is linked into all. Corpora are
# fuzz/corpus/NAME; the dictionary is fuzz/mptcp.dict.

FUZZ_SRC := $(sort $(wildcard fuzz/fuzz_*.c))
FUZZ_OBJ := $(call objects,$(filter-out $(FUZZ_SRC),$(wildcard fuzz/*.c)))
FUZZ := $(FUZZ_SRC:%.c=$(B)/%)
FUZZ_NAMES := $(FUZZ_SRC:fuzz/fuzz_%.c=%)
TIME ?= 60

$(B)/obj/fuzz/%.o: fuzz/%.c $(B)/.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_FLAGS) -Ifuzz $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(FUZZ): $(B)/fuzz/%: $(B)/obj/fuzz/%.o $(FUZZ_OBJ) $(filter-out -l%,$(LIB) $(BEARSSL_LIB))
	$(call link,$< $(FUZZ_OBJ) $(LIB) $(BEARSSL_LIB))

.PHONY: fuzz fuzz-build fuzz-replay fuzz-replay-here fuzz-coverage
fuzz-build: $(FUZZ)

ifeq ($(FUZZ_SRC),)
fuzz fuzz-replay fuzz-coverage:
	$(call absent,fuzz/fuzz_options.c)
else
fuzz-replay:
	$(Q)$(MAKE) MODE=sanitize fuzz-replay-here

fuzz-replay-here: $(FUZZ)
	$(Q)for name in $(FUZZ_NAMES); do test/tools/replay.sh $(B)/fuzz/fuzz_$$name \
	    fuzz/corpus/$$name || exit 1; done

# What the corpus, and what the last `make fuzz` found, reaches of src/.
fuzz-coverage:
	$(Q)$(MAKE) MODE=coverage fuzz-build
	$(Q)find $(OUT)/coverage -name '*.gcda' -delete
	$(Q)for name in $(FUZZ_NAMES); do find fuzz/corpus/$$name $(OUT)/fuzz/$$name/default/queue \
	    -type f 2>/dev/null | xargs $(OUT)/coverage/fuzz/fuzz_$$name || exit 1; done
	$(Q)test/tools/coverage.sh $(OUT)/coverage

fuzz:
	$(Q)if test/tools/have.sh fuzz afl-clang-fast afl-fuzz; then \
	    $(MAKE) MODE=afl fuzz-build && TIME=$(TIME) test/tools/fuzz.sh $(FUZZ_NAMES); fi
endif
