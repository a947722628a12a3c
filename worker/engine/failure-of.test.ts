import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { codeOf, isOutOfMemory } from './failure-of.ts'

test.each([
  // ONNX Runtime's arena, on a CPU and on CUDA.
  'Failed to allocate memory for requested buffer of size 134217728',
  'BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Available memory of 0 is smaller',
  'CUDA failure 2: out of memory ; GPU=0 ; hostname=pod',
  'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0',
  // C++ and V8.
  'std::bad_alloc',
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  'Array buffer allocation failed',
])('%s means that memory ran out', (message) => {
  expect(isOutOfMemory(message)).toBe(true)
  expect(codeOf(new Error(message), false)).toBe('out-of-memory')
})

test('a failure keeps its own code, an abort is a cancellation, all else is a fault of ours', () => {
  const invalid = new Failure('checkpoint-invalid', 'x has no tensor y')
  expect(codeOf(invalid, false)).toBe('checkpoint-invalid')
  expect(codeOf(new DOMException('This operation was aborted', 'AbortError'), true)).toBe(
    'cancelled',
  )
  expect(codeOf(new Error('Got invalid dimensions for input: sample'), false)).toBe('internal')
  expect(codeOf('thrown text', false)).toBe('internal')
})
