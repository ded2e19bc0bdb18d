# Who calls whom in src/: the rules of the floors, checked on the compiler's own call graph; and who
# changes which member of the state; circles of files in bindings. And rules of the text of all sources,
# and of the size of functions.

STRUCTURE := $(OUT)/structure
STRUCTURE_OBJ := $(LIB_SRC:src/%.c=$(STRUCTURE)/%.o)

# -O0: nothing is inlined. The call graph stands beside the object.
$(STRUCTURE)/%.o: src/%.c $(HEADERS) $(BEARSSL_READY)
	@mkdir -p $(@D)
	$(Q)gcc $(BASE) -O0 -w $(BEARSSL_INC) -fcallgraph-info -c $< -o $@

.PHONY: structure structure-all
structure:
	$(Q)if test/tools/have.sh structure gcc python3; then $(MAKE) structure-all; fi
	$(Q)if test/tools/have.sh 'owners of the state' clang python3; then \
	    test/structure/owners.py --owners test/structure/owners.txt; fi
	$(Q)if test/tools/have.sh 'text of the sources' python3; then \
	    test/structure/text.py include src bindings test fuzz; fi
	$(Q)if test/tools/have.sh 'sizes of functions' python3; then \
	    test/structure/functions.py --exceptions test/structure/functions.txt include src bindings; fi

structure-all: $(STRUCTURE_OBJ)
	$(Q)test/structure/structure.py --svg $(OUT)/structure.svg --known test/structure/known.txt \
	    $(STRUCTURE)

# ---------------------------------------------------------------- circles in bindings

CIRCLES := $(OUT)/circles
CIRCLES_OBJ := $(patsubst bindings/%.c,$(CIRCLES)/%.o,$(wildcard bindings/below/*.c bindings/below/proxy/*.c \
    bindings/programs/*.c bindings/lwip/*.c bindings/lwip/nc/*.c))
$(CIRCLES)/below/%.o: CIRCLES_INC := -Ibindings/below

$(CIRCLES)/%.o: bindings/%.c $(HEADERS) $(BEARSSL_READY) $(LWIP_READY)
	@mkdir -p $(@D)
	$(Q)gcc $(BASE) -O0 -w $(CIRCLES_INC) -Ibindings/programs $(LWIP_INC) -fcallgraph-info -c $< -o $@

.PHONY: circles
structure-all: circles
circles: $(CIRCLES_OBJ)
	$(Q)test/structure/circles.py --known test/structure/circles.txt --tell bindings/lwip $(CIRCLES)
