/* Device memory: address space that is counted, and touched by nobody but copies of a few numbers. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "stand-in.h"

enum { OUT_OF_MEMORY = 2, TO_DEVICE = 1, TO_HOST = 2 };

/* Weights are not copied, only counted: nothing computes with them. Shapes and positions are read back. */
static const size_t MOST_COPIED_IN = 1 << 16;

static FILE *log_file;

int is_telling(void) {
  static int is_known;
  if (!is_known) {
    const char *path = getenv("STAND_IN_LOG");
    log_file = path ? fopen(path, "a") : NULL;
    if (log_file) setvbuf(log_file, NULL, _IOLBF, 0);
    is_known = 1;
  }
  return log_file != NULL;
}

void tell(const char *format, ...) {
  if (!is_telling()) return;
  va_list values;
  va_start(values, format);
  vfprintf(log_file, format, values);
  va_end(values);
}

typedef struct Block {
  void *start;
  size_t bytes;
  struct Block *next;
} Block;

static Block *blocks;
static size_t in_use;

static size_t capacity(void) {
  const char *megabytes = getenv("STAND_IN_MEMORY_MB");
  return (megabytes ? (size_t)atol(megabytes) : 81000) << 20;
}

int cudaMalloc(void **start, size_t bytes) {
  *start = NULL;
  if (in_use + bytes > capacity()) {
    tell("refused %zu in use %zu\n", bytes, in_use);
    return OUT_OF_MEMORY;
  }
  Block *block = malloc(sizeof *block);
  const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  *block = (Block){mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, anonymous, -1, 0), bytes, blocks};
  blocks = block;
  in_use += bytes;
  tell("allocated %zu in use %zu\n", bytes, in_use);
  *start = block->start;
  return 0;
}

int cudaFree(void *start) {
  for (Block **at = &blocks; *at; at = &(*at)->next) {
    if ((*at)->start != start) continue;
    Block *freed = *at;
    *at = freed->next;
    in_use -= freed->bytes;
    munmap(freed->start, freed->bytes + 1);
    tell("freed %zu in use %zu\n", freed->bytes, in_use);
    free(freed);
    return 0;
  }
  return 0;
}

int cudaMallocFromPoolAsync(void **start, size_t bytes) { return cudaMalloc(start, bytes); }
int cudaFreeAsync(void *start) { return cudaFree(start); }
int cudaMemGetInfo(size_t *available, size_t *all) {
  *all = capacity();
  *available = *all - in_use;
  return 0;
}

int cudaMallocHost(void **start, size_t bytes) { return (*start = malloc(bytes)) ? 0 : OUT_OF_MEMORY; }
int cudaHostAlloc(void **start, size_t bytes) { return cudaMallocHost(start, bytes); }
int cudaFreeHost(void *start) { free(start); return 0; }

int cudaMemcpy(void *to, const void *from, size_t bytes, int direction) {
  const char *names[] = {"host to host", "to device", "to host", "on device", "any"};
  tell("copied %s %zu\n", names[direction], bytes);
  if (direction == TO_HOST || bytes <= MOST_COPIED_IN) memcpy(to, from, bytes);
  return 0;
}
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int direction) {
  return cudaMemcpy(to, from, bytes, direction);
}
SUCCEEDS(cudaMemcpy2DAsync)
SUCCEEDS(cudaMemcpyFromSymbol)
SUCCEEDS(cudaMemset)
SUCCEEDS(cudaMemsetAsync)
CREATES(cudaMemPoolCreate)
SUCCEEDS(cudaMemPoolDestroy)
SUCCEEDS(cudaMemPoolSetAttribute)
SUCCEEDS(cudaMemPoolTrimTo)
int cudaMemPoolGetAttribute(void *pool, int attribute, unsigned long *value) { *value = 0; return 0; }
