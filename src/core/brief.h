/* brief.h - what an orderly close comes to, without its course */
#ifndef CORE_BRIEF_H
#define CORE_BRIEF_H

#include "conclude.h"

/**
 * conclude_in_brief() - Fill conclusion->connection as far as a connection in brief has it (event.h)
 *
 * What it says conclude() says, too.
 * Return: false if the connection is none of those; then nothing in @conclusion counts.
 */
bool conclude_in_brief(struct conclusion *conclusion, const struct conn *conn,
                       const struct surroundings *surroundings);

#endif
