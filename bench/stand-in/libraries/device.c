/* A device that has the manners of a large NVIDIA card and computes nothing. $STAND_IN_ARCH is 80, 89, 90, … */
#include <stdlib.h>
#include <string.h>
#include "stand-in.h"

enum { VERSION = 13000, PROCESSORS = 132, SHARED_MEMORY = 232448, REGISTERS = 65536 };

int cudaMemGetInfo(size_t *available, size_t *all);

static int architecture(void) {
  const char *given = getenv("STAND_IN_ARCH");
  return given ? atoi(given) : 90;
}

static size_t all_memory(void) {
  size_t available, all;
  cudaMemGetInfo(&available, &all);
  return all;
}

/* Offsets of cudaDeviceProp in driver_types.h of CUDA 13; what nobody reads stays zero. */
static void put(char *properties, size_t offset, long value, size_t bytes) {
  memcpy(properties + offset, &value, bytes);
}

int cudaGetDeviceProperties(char *properties, int device) {
  memset(properties, 0, 1008);
  strcpy(properties, "stand-in");
  put(properties, 288, all_memory(), 8);
  put(properties, 296, 49152, 8);          /* sharedMemPerBlock */
  put(properties, 304, REGISTERS, 4);
  put(properties, 308, 32, 4);             /* warpSize */
  put(properties, 320, 1024, 4);           /* maxThreadsPerBlock */
  put(properties, 324, 1024, 4);
  put(properties, 328, 1024, 4);
  put(properties, 332, 64, 4);             /* maxThreadsDim */
  put(properties, 336, 2147483647, 4);
  put(properties, 340, 65535, 4);
  put(properties, 344, 65535, 4);          /* maxGridSize */
  put(properties, 360, architecture() / 10, 4);
  put(properties, 364, architecture() % 10, 4);
  put(properties, 384, PROCESSORS, 4);
  put(properties, 596, 50 << 20, 4);       /* l2CacheSize */
  put(properties, 604, 2048, 4);           /* maxThreadsPerMultiProcessor */
  put(properties, 624, SHARED_MEMORY, 8);
  put(properties, 632, REGISTERS, 4);
  put(properties, 672, SHARED_MEMORY, 8);  /* sharedMemPerBlockOptin */
  return 0;
}

/* Numbers of cudaDeviceAttr. */
int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  switch (attribute) {
    case 1: *value = 1024; break;              /* MaxThreadsPerBlock */
    case 5: *value = 2147483647; break;        /* MaxGridDimX */
    case 6: case 7: *value = 65535; break;
    case 8: *value = 49152; break;             /* MaxSharedMemoryPerBlock */
    case 10: *value = 32; break;               /* WarpSize */
    case 12: *value = REGISTERS; break;
    case 16: *value = PROCESSORS; break;
    case 39: *value = 2048; break;             /* MaxThreadsPerMultiProcessor */
    case 75: *value = architecture() / 10; break;
    case 76: *value = architecture() % 10; break;
    case 81: case 97: *value = SHARED_MEMORY; break;
    case 115: *value = 1; break;               /* MemoryPoolsSupported */
    default: *value = 0;
  }
  return 0;
}

int cudaGetDeviceCount(int *count) { *count = 1; return 0; }
int cudaGetDevice(int *device) { *device = 0; return 0; }
SUCCEEDS(cudaSetDevice)
SUCCEEDS(cudaDeviceSynchronize)
int cudaRuntimeGetVersion(int *version) { *version = VERSION; return 0; }
int cudaDriverGetVersion(int *version) { *version = VERSION; return 0; }
int cudaGetDriverEntryPointByVersion(const char *name, void **found, int version, long flags, int *result) {
  *found = NULL;
  if (result) *result = 1;
  return 0;
}
SUCCEEDS(cuInit)

SUCCEEDS(cudaGetLastError)
SUCCEEDS(cudaPeekAtLastError)
const char *cudaGetErrorName(int error) {
  return error == 2 ? "cudaErrorMemoryAllocation" : "cudaErrorUnknown";
}
const char *cudaGetErrorString(int error) { return error == 2 ? "out of memory" : "unknown error"; }

CREATES(cudaStreamCreate)
CREATES(cudaStreamCreateWithFlags)
SUCCEEDS(cudaStreamDestroy)
SUCCEEDS(cudaStreamSynchronize)
SUCCEEDS(cudaStreamWaitEvent)
int cudaStreamIsCapturing(void *stream, int *status) { *status = 0; return 0; }
SUCCEEDS(cudaStreamBeginCapture)
SUCCEEDS(cudaStreamEndCapture)
CREATES(cudaEventCreate)
CREATES(cudaEventCreateWithFlags)
SUCCEEDS(cudaEventDestroy)
SUCCEEDS(cudaEventRecord)
SUCCEEDS(cudaEventSynchronize)
int cudaEventElapsedTime(float *milliseconds) { *milliseconds = 1; return 0; }
SUCCEEDS(cudaGraphDestroy)
SUCCEEDS(cudaGraphExecDestroy)
SUCCEEDS(cudaGraphInstantiate)
SUCCEEDS(cudaGraphLaunch)
