# `make mutate`: small faults put into src/ one at a time, and whether a test notices. FAULTS=60,
# SEED=1, WHERE="src/conn src/machines": more, other ones, elsewhere. --help of test/mutate/run.
FAULTS ?= 60
WHERE ?= src/conn src/machines src/tables src/wire

# The programs run with whichever library is put before them; pair, the last one, takes longest.
MUTATE_LIB := $(B)/mutate/libmptcp.so
MUTATE_OBJ := $(LIB_SRC:%.c=$(B)/mutate/obj/%.o)
MUTATE_UNIT := $(UNIT_SRC:test/unit/%.c=$(B)/mutate/%)

$(B)/mutate/obj/%.o: %.c $(B)/.flags $(BEARSSL_READY)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LIB_FLAGS) $(BEARSSL_INC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c $< -o $@

$(MUTATE_LIB): $(MUTATE_OBJ)
	$(Q)$(CC) -shared -Wl,-soname,libmptcp.so $(MUTATE_OBJ) -o $@

$(MUTATE_UNIT): $(B)/mutate/%: $(B)/obj/test/unit/%.o $(UNIT_OBJ) $(LISTED_OBJ) $(MUTATE_LIB)
	$(call link,$< $(UNIT_OBJ) $(LISTED) $(MUTATE_LIB) $(CMOCKA_LIB) $(BEARSSL_LIB))

$(B)/mutate/pair: $(PAIR_OBJ) $(MUTATE_LIB)
	$(call link,$(PAIR_OBJ) $(MUTATE_LIB) $(CMOCKA_LIB) $(BEARSSL_LIB))

-include $(MUTATE_OBJ:.o=.d)

# How a file with a fault is compiled.
$(B)/mutate/compile: FORCE
	$(call keep_text,$(CC) $(LIB_FLAGS) $(BEARSSL_INC) $(CPPFLAGS) $(CFLAGS) -w -fPIC)

.PHONY: mutate
mutate: $(MUTATE_UNIT) $(B)/mutate/pair $(B)/mutate/compile
	$(Q)if test/tools/have.sh mutate python3; then \
	    test/mutate/run --faults $(FAULTS) --seed $(SEED) --build $(B)/mutate $(WHERE); fi
