/* conclude_opening.h - the short way to the conclusion of what is nothing but an opening */
#ifndef CORE_CONCLUDE_OPENING_H
#define CORE_CONCLUDE_OPENING_H

#include "conclude.h"
#include "opening.h"

/**
 * conclude_opening() - conclude() of the connection that the opening would show, without that connection
 * Return: false if it is not one of those of which that is known; nothing counts then.
 */
bool conclude_opening(struct conclusion *conclusion, const struct opened *opened,
                      const struct surroundings *surroundings);

#endif
