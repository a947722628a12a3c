/* What the stand-in's parts share: what was asked of the device is told, a line each, to $STAND_IN_LOG if that is set. */
#pragma once
#include <stddef.h>

int is_telling(void);
__attribute__((format(printf, 1, 2))) void tell(const char *format, ...);

/* Functions that succeed and do nothing, whatever they are given. */
#define SUCCEEDS(name) int name(void) { return 0; }
/* Functions that make an opaque object: nobody looks inside. */
#define CREATES(name) int name(void **made) { *made = (void *)0x100; return 0; }
