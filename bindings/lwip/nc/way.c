/*
 * way.c - one direction of an emulated link: the packets that are on it, in order, each with the
 * time at which it arrives. port/link.h decides how long that takes, and what is lost.
 */
#include "nc.h"

#include <stdlib.h>
#include <string.h>

struct nc_parcel {
    struct nc_parcel *next;
    uint64_t at;
    size_t len;
    uint8_t packet[];
};

void nc_way_put(struct nc_way *way, const struct pbuf *p)
{
    mptcp_time at = mptcpl_link_push(&way->link, p->tot_len, nc_now());
    struct nc_parcel *parcel = at == MPTCP_NEVER ? NULL : malloc(sizeof *parcel + p->tot_len);

    if (parcel == NULL) {
        return;
    }
    parcel->next = NULL;
    parcel->at = at;
    parcel->len = p->tot_len;
    pbuf_copy_partial(p, parcel->packet, p->tot_len, 0);
    mptcpl_link_spoil(&way->link, parcel->packet, parcel->len);
    if (way->tail == NULL) {
        way->head = parcel;
    } else {
        way->tail->next = parcel;
    }
    way->tail = parcel;
}

size_t nc_way_take(struct nc_way *way, void *out, size_t size)
{
    struct nc_parcel *parcel = way->head;

    if (parcel == NULL || parcel->at > nc_now()) {
        return 0;
    }
    size_t len = parcel->len < size ? parcel->len : size;
    memcpy(out, parcel->packet, len);
    way->head = parcel->next;
    way->tail = way->head == NULL ? NULL : way->tail;
    free(parcel);
    return len;
}

uint64_t nc_way_next(const struct nc_way *way)
{
    return way->head == NULL ? MPTCP_NEVER : way->head->at;
}
