# `make below-test`: the shim and the streams of bindings/below, packet by packet and over a toy TCP
# in virtual time. test_*.c is a program each, which takes what it needs of the rest.

BELOW_TEST_SRC := $(sort $(wildcard test/below/test_*.c))
# The glue for FreeRTOS-Plus-TCP, compiled against a header of its calls, over the toy TCP.
FREERTOS_SRC := $(sort $(wildcard bindings/below/freertos/*.c))
FREERTOS_OBJ := $(FREERTOS_SRC:%.c=$(B)/obj/%.o)
BELOW_TEST_OBJ := $(call objects,$(filter-out $(BELOW_TEST_SRC),$(wildcard test/below/*.c))) \
    $(FREERTOS_OBJ)
BELOW_TEST_LIB := $(B)/libbelow-test.a
# Which of them; for builds that are slow.
BELOW_TESTS ?= $(basename $(notdir $(BELOW_TEST_SRC)))
BELOW_TEST := $(BELOW_TESTS:%=$(B)/test/below/%)

$(BELOW_TEST_OBJ) $(BELOW_TEST_SRC:%.c=$(B)/obj/%.o): TEST_FLAGS += \
    -Ibindings/below -Ibindings/below/freertos -Itest/below/freertos_stub

$(FREERTOS_OBJ): private BELOW_FLAGS += -Ibindings/below/freertos -Itest/below/freertos_stub

$(B)/.below-test-objects: FORCE
	$(call keep_text,$(BELOW_TEST_OBJ))

$(BELOW_TEST_LIB): $(BELOW_TEST_OBJ) $(B)/.below-test-objects
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(BELOW_TEST_OBJ)

# Single files of mptcp-below, over stand-ins for its others: test_proxy_NAME has these.
PROXY_TESTED := sockets doors tun
PROXY_TESTED_sockets := below/proxy/sockets below/proxy/address
PROXY_TESTED_doors := below/proxy/doors below/proxy/address programs/say programs/values
PROXY_TESTED_tun := below/proxy/tun
define proxy_test
$(B)/obj/test/below/test_proxy_$(1).o: TEST_FLAGS += -Ibindings/below/proxy -Ibindings/programs
$(B)/test/below/test_proxy_$(1): private BELOW_TEST_MORE := $(PROXY_TESTED_$(1):%=$(B)/obj/bindings/%.o)
$(B)/test/below/test_proxy_$(1): $(PROXY_TESTED_$(1):%=$(B)/obj/bindings/%.o)
endef
$(foreach name,$(PROXY_TESTED),$(eval $(call proxy_test,$(name))))

$(BELOW_TEST): $(B)/test/below/%: $(B)/obj/test/below/%.o $(BELOW_TEST_LIB) $(LISTED_OBJ) \
    $(filter-out -l%,$(BELOW_LIBS)) $(LIB_FILES)
	$(call link,$< $(BELOW_TEST_MORE) $(BELOW_TEST_LIB) $(LISTED) $(BELOW_LIBS) $(TEST_LIBS) -lpthread)

# The glue stays small: what other hosts need as well belongs to bindings/below.
GLUE_MOST := 299
.PHONY: below-glue
below-test: below-glue
below-glue:
	$(Q)if test/tools/have.sh 'lines of bindings/below/freertos' python3; then \
	    test/tools/lines.py --most $(GLUE_MOST) $(wildcard bindings/below/freertos/*.[ch]) && \
	    test/tools/lines.py test/below/live.c test/below/host.c; fi

# The calls that wait, over threads of POSIX, under ThreadSanitizer.
.PHONY: below-tsan
tsan: below-tsan
below-tsan:
	$(Q)if test/tools/have.sh 'below_blocking under ThreadSanitizer' $(or $(filter /%,$(TSAN_RUNTIME)),./libtsan.so); then \
	    $(MAKE) MODE=tsan SUFFIX=', tsan' BELOW_TESTS='test_blocking test_blocking_connect' below-test; fi

# The examples of the pages are those of page.c and freertos_page.c, which the tests run.
.PHONY: below-page
below-test readme-check: below-page
below-page:
	$(Q)if test/tools/have.sh 'examples of bindings/below' python3; then \
	    test/tools/page.py bindings/below/README.md test/below && \
	    test/tools/page.py bindings/below/freertos/README.md test/below; fi

.PHONY: below-test
below-test: $(BELOW_TEST)
	$(Q)$(RUN_TESTS) 'below$(SUFFIX)' $(BELOW_TEST)

# What the shim and the streams take of a Cortex-M4: code, and the stack of the calls of the host.
BELOW_BARE := $(BELOW_SRC:%.c=$(SIZE_DIR)/%.o)
BELOW_TEXT := 28320
BELOW_STACK := 1440
# What the shim asks of the streams.
BELOW_REACHED := bindings/below/below_memory.c:transmit|bl_open|bl_connection|bl_sum|bl_touched

$(BELOW_BARE): $(SIZE_DIR)/%.o: %.c $(SIZE_DIR)/.flags
	$(call say,CC,'$< (cortex-m4)')
	@mkdir -p $(@D)
	$(Q)$(BARE_CC_cortex-m4) $(BARE_FLAGS) -Ibindings/below -isystem test/bare -MMD -MP -c $< -o $@

$(SIZE_DIR)/below-sizes.txt: $(CORE_SRC:%.c=$(SIZE_DIR)/%.o) $(BELOW_BARE) test/tools/below-sizes.py test/tools/sizes.py \
    test/below/below-test.mk
	$(Q)test/tools/below-sizes.py --text $(BELOW_TEXT) --stack $(BELOW_STACK) --reached '$(BELOW_REACHED)' \
	    $(TABLES:%=--table '%') $(filter %.o,$^) >$@.new || { cat $@.new; exit 1; }
	@mv $@.new $@

.PHONY: below-sizes
sizes: below-sizes
below-sizes:
	$(Q)if test/tools/have.sh below-sizes $(firstword $(BARE_CC_cortex-m4)) python3; then \
	    $(MAKE) $(SIZE_DIR)/below-sizes.txt && cat $(SIZE_DIR)/below-sizes.txt; fi
-include $(wildcard $(SIZE_DIR)/bindings/below/*.d)
