/* privileges.h - stop being root */
#ifndef CAPTURE_PRIVILEGES_H
#define CAPTURE_PRIVILEGES_H

#include "capture.h"

/** privileges_to_drop() - Whether @user is named and we have something to lose. */
bool privileges_to_drop(const char *user);
/**
 * privileges_drop() - Become @user, for good
 * Does nothing unless privileges_to_drop(). Return: CAPTURE_OK, or an error with @message; the
 * caller must then not go on.
 */
enum capture_error privileges_drop(const char *user, char *message, size_t message_size);

#endif
