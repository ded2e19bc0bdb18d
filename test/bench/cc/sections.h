/*
 * sections.h - the parts of bench-cc; each prints its tables.
 */
#ifndef CC_SECTIONS_H
#define CC_SECTIONS_H

void section_fluid(void);   /* fluid.c: equilibria as a fluid */
void section_paths(void);   /* paths.c: two paths with losses by chance; CUBIC's and wVegas' own */
void section_goals(void);   /* goals.c: RFC 6356's three goals, one bottleneck */
void section_nsdi(void);    /* nsdi.c: ring and torus */
void section_khalili(void); /* khalili.c: scenarios A, B, C */

#endif
