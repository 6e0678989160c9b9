/* fin_copy.h - which copy of the peer's FIN reached an endpoint, if any did */
#ifndef CORE_FIN_COPY_H
#define CORE_FIN_COPY_H

#include "twin_run.h"

/** fin_copy_find() - Find which copy of Y's FIN arrived, and its proof, for the run: its fin_* fields. */
void fin_copy_find(struct run *run);

#endif
