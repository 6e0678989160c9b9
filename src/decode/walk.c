/* walk.c - what distinguishes connections besides their tuples: VLANs and tunnels, where the caller asks */
#include "decoder.h"

/** scope_mix() - Fold a number into a scope; the order matters. */
static uint32_t scope_mix(uint32_t scope, uint32_t value)
{
    uint64_t hash = ((uint64_t)scope << 32 | value) + 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(hash >> 32);
}

static uint32_t scope_address(const struct tcptwin_address *address)
{
    uint32_t part[4], hash = 0;
    memcpy(part, address->bytes, sizeof part);
    for (unsigned i = 0; i < 4; i++)
        hash = scope_mix(hash, part[i]);
    return hash;
}

void walk_scope_vlan(struct walk *w, uint16_t vlan)
{
    if (w->vlan_id == 0)
        w->vlan_id = vlan;
    if (w->decoder->options.scope_vlan && vlan != 0) /* 0: a priority tag, no VLAN */
        w->scope = scope_mix(w->scope, vlan);
}

void walk_scope_tunnel(struct walk *w, uint32_t id)
{
    if (w->decoder->options.scope_tunnel)
        w->scope = scope_mix(w->scope, id);
}

void walk_enter_tunnel(struct walk *w)
{
    w->notes |= TCPTWIN_NOTE_TUNNELED;
    /* both directions of a tunnel are one scope: the sum does not know the order */
    if (w->decoder->options.scope_tunnel)
        w->scope = scope_mix(w->scope, scope_address(&w->ip.src) + scope_address(&w->ip.dst));
}
