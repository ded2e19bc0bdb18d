/*
 * report.c - what the reports of both programs have: why joins were refused.
 */
#include "programs.h"

#include "mptcp/error.h"

void prog_report_refused(FILE *f, uint32_t (*refused)(int code))
{
    const char *before = "";

    fprintf(f, "[");
    for (int code = -1; code > MPTCP_E_LAST; code--) {
        uint32_t n = refused(code);
        if (n > 0) {
            fprintf(f, "%s{\"code\": \"%s\", \"text\": \"%s\", \"joins\": %u}", before,
                    mptcp_error_name(code), mptcp_error_text(code), n);
            before = ", ";
        }
    }
    fprintf(f, "]");
}
