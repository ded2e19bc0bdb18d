# `make bugs`: bugs that other implementations had, put into this one, are noticed by its tests.
# CLASS="18 21": those of these classes. They are put into what MODE=sanitize builds; a file with a bug
# is compiled at -O0, since it runs once.
.PHONY: bugs bugs-run bugs-check
bugs:
	$(Q)$(MAKE) MODE=sanitize bugs-run

bugs-run: $(BEARSSL_READY) $(CMOCKA_READY) $(filter-out -l%,$(CMOCKA_LIB) $(BEARSSL_LIB))
	$(Q)MAKE='$(MAKE)' BASE='$(B)' CC='$(CC)' LIBS='$(CMOCKA_LIB) $(BEARSSL_LIB)' \
	    FLAGS='$(filter-out $(WARN),$(TEST_FLAGS)) $(BEARSSL_INC) $(CMOCKA_INC) $(CPPFLAGS) $(patsubst -O%,-O0,$(CFLAGS))' \
	    test/bugs/run $(CLASS)

# Which of them no longer fit into the code.
bugs-check:
	$(Q)test/bugs/apply --check && test/bugs/apply --check test/canary/gaps.txt

# A test program, of whose tests one can be chosen.
$(B)/test/bugs/%: $(B)/obj/test/unit/%.o $(B)/obj/test/bugs/only.o $(UNIT_OBJ) $(LIB_FILES)
	$(call link,$(filter %.o,$^) $(TEST_LIBS))
