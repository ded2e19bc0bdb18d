# What the programs mptcp-nc and mptcp-below share.

PROGRAMS_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard bindings/programs/*.c)))

$(B)/obj/bindings/programs/%.o: bindings/programs/%.c $(B)/.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -Ibindings/lwip $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
