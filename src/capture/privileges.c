/* privileges.c - stop being root
 *
 * Groups first, then the group, then the user: each step needs the privilege that the last one
 * takes away. All three ids (real, effective, saved) are set, then we try to get root back and
 * fail if that works. Capabilities go with the user id; no_new_privs keeps a set-user-id program
 * from giving them back.
 */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool privileges_to_drop(const char *user)
{
    return user != NULL && (getuid() == 0 || geteuid() == 0);
}

static bool ids_are(uid_t user, gid_t group)
{
    uid_t real_user, effective_user, saved_user;
    gid_t real_group, effective_group, saved_group;

    return getresuid(&real_user, &effective_user, &saved_user) == 0 &&
           getresgid(&real_group, &effective_group, &saved_group) == 0 && real_user == user &&
           effective_user == user && saved_user == user && real_group == group &&
           effective_group == group && saved_group == group;
}

enum capture_error privileges_drop(const char *user, char *message, size_t message_size)
{
    const struct passwd *entry;
    uid_t uid;
    gid_t gid;

    if (!privileges_to_drop(user))
        return CAPTURE_OK;
    errno = 0;
    entry = getpwnam(user);
    if (entry == NULL) {
        snprintf(message, message_size, "cannot become user \"%s\": %s", user,
                 errno != 0 ? strerror(errno) : "no such user");
        return CAPTURE_ERROR_USAGE;
    }
    uid = entry->pw_uid;
    gid = entry->pw_gid;
    if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        snprintf(message, message_size, "cannot become user \"%s\": %s", user, strerror(errno));
        return CAPTURE_ERROR_OPEN;
    }
    if (!ids_are(uid, gid) || (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) ||
        (gid != 0 && uid != 0 && setegid(0) == 0)) {
        snprintf(message, message_size, "cannot become user \"%s\": root could be regained", user);
        return CAPTURE_ERROR_OPEN;
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return CAPTURE_OK;
}
