/** How ONNX Runtime, CUDA, libvips, C++ and V8 say that memory ran out. */

const OUT_OF_MEMORY =
  /out of memory|bad_alloc|failed to allocate|allocation failed|BFCArena|CUDA_ERROR_OUT_OF_MEMORY|ALLOC_FAILED/i

export const isOutOfMemory = (text: string): boolean => OUT_OF_MEMORY.test(text)
