# MPTCP below a TCP that cannot be changed: build/libmptcp-below.a, and what is built of it.

BELOW_SRC := $(sort $(wildcard bindings/below/*.c))
BELOW_OBJ := $(BELOW_SRC:%.c=$(B)/obj/%.o)
BELOW_LIB := $(B)/libmptcp-below.a
BELOW_LIBS = $(BELOW_LIB) $(LIB) $(BEARSSL_LIB)
# Those of programs, which are installed.
BELOW_HEADERS := $(addprefix bindings/below/,below.h below_blocking.h below_polled.h shim.h)
BELOW_FLAGS = $(BASE) -Ibindings/below

$(B)/obj/bindings/below/%.o: bindings/below/%.c $(B)/.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BELOW_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/.below-objects: FORCE
	$(call keep_text,$(BELOW_OBJ))

$(BELOW_LIB): $(BELOW_OBJ) $(B)/.below-objects
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(BELOW_OBJ)

.PHONY: below
below: $(BELOW_LIB)

# ------------------------------------------------------------------ mptcp-below

PROXY_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard bindings/below/proxy/*.c)))
PROXY_PORT := $(B)/obj/bindings/lwip/port/pcapng.o

$(PROXY_OBJ): private BELOW_FLAGS += -Ibindings/lwip -Ibindings/programs
$(B)/mptcp-below: $(PROXY_OBJ) $(PROXY_PORT) $(PROGRAMS_OBJ) $(filter-out -l%,$(BELOW_LIBS))
	$(call link,$(PROXY_OBJ) $(PROXY_PORT) $(PROGRAMS_OBJ) $(BELOW_LIBS) -pthread)

.PHONY: below-proxy
below-proxy: $(B)/mptcp-below
programs: below-proxy
install: $(B)/mptcp-below
PROGRAMS += $(B)/mptcp-below
