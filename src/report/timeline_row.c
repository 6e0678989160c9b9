/* timeline_row.c - the lines of one table of the timeline
 *
 *     time  client        segment                     server         why
 *           SYN-RECEIVED+ SYN seq=0 ------------->    SYN-RECEIVED+  ...
 *                         <-- SYN,ACK seq=0 ack=1
 *
 * The arrow fills the segment column and points at the receiver. `why` stands beside the row if
 * the terminal leaves it WHY_LEAST columns, under it otherwise.
 */
#include "timeline_row.h"
#include "datagrams.h"
#include "layout.h"
#include "socket_at.h"

#include <string.h>

enum {
    STATE_WIDTH = 13, /* "SYN-RECEIVED+" */
    SEGMENT_LEAST = 24,
    WHY_LEAST = 36,
    LINES_MAX = 2 * TIMELINE_MOVES_MAX,
};

struct segment_text {
    char s[160];
};

static struct text time_text(const struct timeline_layout *layout, uint64_t ts_ns)
{
    return layout->options->utc ? format_clock(ts_ns) : format_seconds(ts_ns, layout->origin_ns);
}

struct text timeline_segment(const struct tcptwin_connection *c, const struct tcptwin_brief *segment)
{
    if (segment->icmp)
        return format_printf("ICMP %s", icmp_name(c->ip_version, segment->icmp >> 8, segment->icmp & 0xff).s);
    return format_segment(segment);
}

struct timeline_layout timeline_layout(const struct report_options *options,
                                       const struct tcptwin_connection *c)
{
    struct timeline_layout layout = {.options = options, .origin_ns = c->first_ts_ns};
    size_t time = strlen(time_text(&layout, c->last_ts_ns).s), segment = 0;
    for (uint32_t i = 0; i < c->transition_count; i++) {
        size_t length = strlen(timeline_segment(c, &c->transitions[i].segment).s);
        segment = length > segment ? length : segment;
        length = strlen(time_text(&layout, c->transitions[i].ts_ns).s);
        time = length > time ? length : time;
    }
    layout.time_width = (unsigned)time;
    layout.segment_width = (unsigned)segment + 4;
    unsigned others = layout.time_width + 2 + STATE_WIDTH + 1 + 1 + STATE_WIDTH;
    if (layout.segment_width + others > options->width)
        layout.segment_width = options->width > others ? options->width - others : 0;
    if (layout.segment_width < SEGMENT_LEAST)
        layout.segment_width = SEGMENT_LEAST;
    unsigned used = others + layout.segment_width + 1;
    if (options->width >= used + WHY_LEAST)
        layout.why_at = used;
    return layout;
}

/* Leave out the last numbers of a segment that is too long for its column. */
static void shorten(struct text *text, unsigned width)
{
    char *space;
    while (strlen(text->s) > width && (space = strrchr(text->s, ' ')))
        *space = '\0';
}

/* "SYN seq=0 ----->", "<-- SYN,ACK seq=0 ack=1", "timer" */
static struct segment_text segment_text(const struct timeline_layout *layout,
                                        const struct tcptwin_connection *c,
                                        const struct timeline_row *row)
{
    static const char dashes[] = "----------------------------------------------------------------";
    struct segment_text out = {""};
    const struct tcptwin_brief *segment = row->segment;
    struct text text = timeline_segment(c, segment);
    if (segment->frame == 0) {
        snprintf(out.s, sizeof(out.s), "(no segment)");
        return out;
    }
    if (row->again)
        text = format_printf("(%.30s arrives)",
                             format_flags(segment->flags & ~(unsigned)TCPTWIN_PSH).s);
    shorten(&text, layout->segment_width - 4);
    int fill = (int)layout->segment_width - (int)strlen(text.s) - 2;
    fill = fill < 1 ? 1 : fill > 60 ? 60 : fill;
    if ((segment->sender == c->client) != (segment->icmp != 0)) /* an error comes to who sent what it quotes */
        snprintf(out.s, sizeof(out.s), "%.71s %.*s>", text.s, fill, dashes);
    else
        snprintf(out.s, sizeof(out.s), "<%.*s %.71s", fill, dashes, text.s);
    return out;
}

static enum ink state_ink(unsigned state)
{
    if (state == TCPTWIN_STATE_CLOSE_WAIT)
        return INK_RED;
    return state == TCPTWIN_STATE_ESTABLISHED ? INK_GREEN : INK_PLAIN;
}

/* @width 0: nothing follows on the line */
static void write_state(const struct timeline_layout *layout, const struct tcptwin_transition *t,
                        unsigned width)
{
    struct text text = t ? format_state(t->to, t->basis) : format_copy("");
    unsigned length = (unsigned)strlen(text.s);
    ink_write(layout->options->out, layout->options->colour, t ? state_ink(t->to) : INK_PLAIN,
              text.s);
    if (width > length)
        indent_write(layout->options->out, width - length);
}

/* "client: Its FIN was acknowledged. (20 ms in FIN-WAIT-1)" */
static void why_text(char *out, size_t size, int role, const struct tcptwin_transition *t)
{
    const struct tcptwin_row *rule =
        tcptwin_row((enum tcptwin_state)t->from, (enum tcptwin_machine_event)t->event);
    int used =
        snprintf(out, size, "%s: %s", role ? "server" : "client", rule ? rule->sentence : "");
    if (t->dwell_ns && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, " (%s in %s)", format_duration(t->dwell_ns).s,
                 state_label(t->from));
}

/* One printed line: the row's part of it, then a piece of `why`. Nothing is padded at the end. */
static void write_line(const struct timeline_layout *layout, const char *time, const char *segment,
                       const struct tcptwin_transition *client,
                       const struct tcptwin_transition *server, const char *why)
{
    FILE *out = layout->options->out;
    fprintf(out, "%*s  ", (int)layout->time_width, time);
    write_state(layout, client, *segment || server || *why ? STATE_WIDTH + 1 : 0);
    fprintf(out, "%-*s", server || *why ? (int)layout->segment_width + 1 : 0, segment);
    write_state(layout, server, *why ? STATE_WIDTH + 1 : 0);
    fprintf(out, "%s\n", why);
}

/* `why` of all moves, client's first, cut into lines of the column. */
struct why {
    char text[LINES_MAX][WRAP_SIZE];
    unsigned count;
};

static void collect_why(const struct timeline_row *row, struct why *why)
{
    why->count = 0;
    for (int role = 0; role < 2; role++)
        for (unsigned i = 0; i < row->moves[role]; i++)
            why_text(why->text[why->count++], WRAP_SIZE, role, row->move[role][i]);
}

/* The next piece of the column `why`; "" at its end. */
static void next_piece(const struct why *why, unsigned *index, const char **rest, unsigned width,
                       char line[static WRAP_SIZE])
{
    line[0] = '\0';
    while (*index < why->count) {
        if (!*rest)
            *rest = why->text[*index];
        if (wrap_take(rest, line, width))
            return;
        *rest = NULL;
        (*index)++;
    }
}

static void write_under(const struct timeline_layout *layout, const struct why *why)
{
    FILE *out = layout->options->out;
    unsigned indent = layout->time_width + 2;
    for (unsigned i = 0; i < why->count; i++) {
        indent_write(out, indent + 2);
        wrap_write(out, why->text[i], indent + 2, indent + 4, layout->options->width);
    }
}

/* The lines of one row: the moves side by side, `why` beside or under them. */
static void write_block(const struct timeline_layout *layout, const char *time, const char *segment,
                        const struct timeline_row *row, const struct why *why)
{
    unsigned lines = row->moves[0] > row->moves[1] ? row->moves[0] : row->moves[1];
    unsigned index = 0, width = layout->why_at ? layout->options->width - layout->why_at : 0;
    const char *rest = NULL;
    char piece[WRAP_SIZE] = "";

    for (unsigned i = 0; i < lines; i++) {
        if (layout->why_at)
            next_piece(why, &index, &rest, width, piece);
        write_line(layout, i ? "" : time, i ? "" : segment,
                   i < row->moves[0] ? row->move[0][i] : NULL,
                   i < row->moves[1] ? row->move[1][i] : NULL, piece);
    }
    if (!layout->why_at) {
        write_under(layout, why);
        return;
    }
    for (next_piece(why, &index, &rest, width, piece); piece[0];
         next_piece(why, &index, &rest, width, piece))
        write_line(layout, "", "", NULL, NULL, piece);
}

void timeline_write_row(const struct timeline_layout *layout, const struct tcptwin_connection *c,
                        const struct timeline_row *row)
{
    struct why why;
    collect_why(row, &why);
    write_block(layout, time_text(layout, row->ts_ns).s, segment_text(layout, c, row).s, row, &why);
}

void timeline_write_titles(const struct timeline_layout *layout)
{
    FILE *out = layout->options->out;
    char line[256];
    snprintf(line, sizeof(line), "%*s  %-*s %-*s %-*s%s", (int)layout->time_width, "time",
             STATE_WIDTH, "client", (int)layout->segment_width, "segment",
             layout->why_at ? STATE_WIDTH + 1 : 0, "server", layout->why_at ? "why" : "");
    ink_write(out, layout->options->colour, INK_DIM, line);
    putc('\n', out);
}

/* The state an endpoint began in: that of its first transition, or the one it never left. */
static struct tcptwin_transition first_state(const struct tcptwin_connection *c, unsigned endpoint)
{
    struct tcptwin_transition first = {.to = c->endpoint[endpoint].state};
    for (uint32_t i = 0; i < c->transition_count; i++)
        if (c->transitions[i].endpoint == endpoint) {
            first.to = c->transitions[i].from;
            break;
        }
    return first;
}

void timeline_write_first(const struct timeline_layout *layout, const struct tcptwin_connection *c)
{
    struct tcptwin_transition client = first_state(c, c->client);
    struct tcptwin_transition server = first_state(c, !c->client);
    write_line(layout, "", "", &client, &server, "");
}

void timeline_write_last(const struct timeline_layout *layout, const struct tcptwin_connection *c)
{
    struct tcptwin_transition last[2];
    struct timeline_row row = {.move = {{&last[0]}, {&last[1]}}, .moves = {1, 1}};
    struct why why = {.count = 0};
    uint64_t last_move_ns = 0;
    for (uint32_t i = 0; i < c->transition_count; i++)
        if (c->transitions[i].ts_ns > last_move_ns)
            last_move_ns = c->transitions[i].ts_ns;
    uint64_t end_ns = last_move_ns > c->last_ts_ns ? last_move_ns : c->last_ts_ns;
    for (int role = 0; role < 2; role++) {
        unsigned x = role ? !c->client : c->client;
        const struct tcptwin_endpoint *e = &c->endpoint[x];
        uint64_t since_ns = state_since(c, x);
        last[role] = (struct tcptwin_transition){.to = e->state, .basis = e->state_basis};
        if (since_ns && end_ns > since_ns && e->state != TCPTWIN_STATE_CLOSED)
            snprintf(why.text[why.count++], WRAP_SIZE, "%s: %s in %s so far.",
                     role ? "server" : "client", format_duration(end_ns - since_ns).s, state_label(e->state));
    }
    if (end_ns == last_move_ns && why.count == 0)
        return; /* the row above says it all */
    write_block(layout, time_text(layout, end_ns).s,
                end_ns > c->last_ts_ns ? "(end)" : "(last packet)", &row, &why);
}
