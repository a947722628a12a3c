/* cuDNN 9's backend as its frontend library uses it: every graph has one engine, without knobs or workspace. */
#include <stdlib.h>
#include "stand-in.h"

/* cudnnBackendDescriptorType_t, attribute names and types of cudnn_graph_v9.h. */
enum { EXECUTION_PLAN = 5 };
enum { KNOB_CHOICES = 302, NUMERICAL_NOTES = 1303, BEHAVIOR_NOTES = 1305 };
enum { INT64 = 3, VOID_POINTER = 6, DESCRIPTOR = 15 };

typedef struct { int kind; } Descriptor;

int cudnnBackendCreateDescriptor(int kind, Descriptor **made) {
  *made = malloc(sizeof **made);
  (*made)->kind = kind;
  return 0;
}
int cudnnBackendDestroyDescriptor(Descriptor *descriptor) { free(descriptor); return 0; }
SUCCEEDS(cudnnBackendSetAttribute)
int cudnnBackendFinalize(Descriptor *descriptor) {
  if (descriptor->kind == EXECUTION_PLAN) tell("planned\n");
  return 0;
}
int cudnnBackendGetAttribute(Descriptor *of, int name, int type, long wanted, long *found, void *values) {
  const int has_none = name == KNOB_CHOICES || name == NUMERICAL_NOTES || name == BEHAVIOR_NOTES;
  if (found) *found = has_none ? 0 : 1;
  /* Descriptors are the caller's own, to be filled in: there is nothing in them. */
  if (has_none || type == DESCRIPTOR || wanted == 0 || !values) return 0;
  if (type == INT64 || type == VOID_POINTER) *(long *)values = 0;
  else *(int *)values = 0;
  return 0;
}
int cudnnBackendExecute(void) {
  tell("executed a plan\n");
  return 0;
}

size_t cudnnGetVersion(void) { return 91300; }
size_t cudnnGetCudartVersion(void) { return 13000; }
const char *cudnnGetErrorString(int status) { return "status"; }
void cudnnGetLastErrorString(char *message, size_t size) { if (size > 0) message[0] = 0; }
CREATES(cudnnCreate)
SUCCEEDS(cudnnDestroy)
SUCCEEDS(cudnnSetStream)
int cudnnGetStream(void *handle, void **stream) { *stream = (void *)0x100; return 0; }
CREATES(cudnnCreateTensorDescriptor)
SUCCEEDS(cudnnDestroyTensorDescriptor)
SUCCEEDS(cudnnSetTensorNdDescriptor)
CREATES(cudnnCreateFilterDescriptor)
SUCCEEDS(cudnnDestroyFilterDescriptor)
SUCCEEDS(cudnnSetFilterNdDescriptor)
CREATES(cudnnCreateConvolutionDescriptor)
SUCCEEDS(cudnnDestroyConvolutionDescriptor)
SUCCEEDS(cudnnSetConvolutionNdDescriptor)
SUCCEEDS(cudnnSetConvolutionGroupCount)
SUCCEEDS(cudnnSetConvolutionMathType)
SUCCEEDS(cudnnAddTensor)
