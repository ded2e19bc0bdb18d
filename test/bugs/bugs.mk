# `make bugs`: bugs that other implementations had, put into this one, are noticed by its tests.
.PHONY: bugs
bugs: $(BEARSSL_READY) $(CMOCKA_READY) $(filter-out -l%,$(CMOCKA_LIB) $(BEARSSL_LIB))
	$(Q)CC='$(CC)' CPPFLAGS='$(BEARSSL_INC) $(CMOCKA_INC)' LIBS='$(CMOCKA_LIB) $(BEARSSL_LIB)' \
	    test/bugs/run
