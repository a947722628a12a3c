/* Kernels: registered by name when a library is loaded, and told by that name when they are launched. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "stand-in.h"

typedef struct { unsigned x, y, z; } Size;

typedef struct Kernel {
  const void *function;
  char *name;
  struct Kernel *next;
} Kernel;

enum { BUCKETS = 1 << 16 };
static Kernel *table[BUCKETS];

static Kernel **bucket(const void *function) {
  return &table[(uint32_t)((uintptr_t)function >> 4) * 2654435761u >> 16];
}

void __cudaRegisterFunction(void **binary, const char *function, char *device, const char *name) {
  Kernel *kernel = malloc(sizeof *kernel);
  *kernel = (Kernel){function, strdup(name), *bucket(function)};
  *bucket(function) = kernel;
}

void **__cudaRegisterFatBinary(void *binary) { static void *handle; return &handle; }
void __cudaRegisterFatBinaryEnd(void **binary) {}
void __cudaUnregisterFatBinary(void **binary) {}
void __cudaRegisterVar(void) {}

/* The C++ runtime is in the process with the library that brought the kernels. */
typedef char *Demangle(const char *, char *, size_t *, int *);

static int launched(const void *function) {
  if (!is_telling()) return 0;
  static Demangle *demangle;
  if (!demangle) demangle = (Demangle *)dlsym(RTLD_DEFAULT, "__cxa_demangle");
  const Kernel *kernel = *bucket(function);
  while (kernel && kernel->function != function) kernel = kernel->next;
  const char *mangled = kernel ? kernel->name : "unknown";
  int status = -1;
  char *name = demangle ? demangle(mangled, NULL, NULL, &status) : NULL;
  tell("launched %s\n", status == 0 ? name : mangled);
  free(name);
  return 0;
}

int __cudaGetKernel(const void **kernel, const void *function) { *kernel = function; return 0; }
int __cudaLaunchKernel(const void *kernel) { return launched(kernel); }
int cudaLaunchKernel(const void *kernel) { return launched(kernel); }
int cudaLaunchKernelExC(const void *configuration, const void *kernel) { return launched(kernel); }

static struct { Size grid, block; size_t shared; void *stream; } pushed;

unsigned __cudaPushCallConfiguration(Size grid, Size block, size_t shared, void *stream) {
  pushed.grid = grid;
  pushed.block = block;
  pushed.shared = shared;
  pushed.stream = stream;
  return 0;
}

int __cudaPopCallConfiguration(Size *grid, Size *block, size_t *shared, void **stream) {
  *grid = pushed.grid;
  *block = pushed.block;
  *shared = pushed.shared;
  *stream = pushed.stream;
  return 0;
}

/* cudaFuncAttributes of CUDA 13: 144 bytes, maxThreadsPerBlock at 24, numRegs after it. */
int cudaFuncGetAttributes(char *attributes, const void *function) {
  const int known[] = {1024, 64};
  memset(attributes, 0, 144);
  memcpy(attributes + 24, known, sizeof known);
  return 0;
}

int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { *blocks = 2; return 0; }
SUCCEEDS(cudaFuncSetAttribute)
SUCCEEDS(cudaKernelSetAttributeForDevice)
SUCCEEDS(cudaLaunchHostFunc)
SUCCEEDS(cudaLibraryGetKernel)
SUCCEEDS(cudaLibraryLoadData)
SUCCEEDS(cudaLibraryUnload)
