import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { isOutOfMemory } from '#platform/child/out-of-memory.ts'
import { codeOf, messageFor } from './failure-of.ts'

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

test('want of memory is told with the stage and how much was wanted', () => {
  const words =
    '/onnxruntime_src/bfc_arena.cc:359 Failed to allocate memory for requested buffer of size 134217728'
  expect(messageFor(new Error(words), 'out-of-memory', 'decode')).toBe(
    'The engine ran out of memory in "decode", where 128 MB more were wanted. Ask for a smaller picture, or give it more memory.',
  )
  expect(messageFor(new Error('CUDA failure 2: out of memory'), 'out-of-memory', 'load unet')).toBe(
    'The engine ran out of memory in "load unet". Ask for a smaller picture, or give it more memory.',
  )
  expect(messageFor(new Error('a bug'), 'internal', 'decode')).toBe('a bug')
})
