import { mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '#contract'
import { readSafetensors } from './safetensors.ts'
import { safetensorsHeader, writeSafetensors } from './write-safetensors.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(...parts: (string | Uint8Array)[]): Promise<string> {
  const path = join(folder, 'model.safetensors')
  await writeFile(path, Buffer.concat(parts.map((part) => Buffer.from(part))))
  return path
}

/** A file of this header text, its length before it, and this many bytes of data. */
function file(header: string, dataBytes: number): Promise<string> {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
  return fileOf(length, header, new Uint8Array(dataBytes))
}

// safetensors.torch.save({'a': torch.tensor([[1., 2., 3.]]), 'b': torch.tensor(1, dtype=torch.float16)},
// metadata={'format': 'pt'}), of the Python package.
const reference = Buffer.from(
  '90000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2261223a7b226474797065223a22463332222c227368617065223a5b312c335d2c22646174615f6f666673657473223a5b302c31325d7d2c2262223a7b226474797065223a22463136222c227368617065223a5b5d2c22646174615f6f666673657473223a5b31322c31345d7d7d20200000803f0000004000004040003c',
  'hex',
)

describe('a whole file', () => {
  test('of the reference writer is read, and ours is the same to the byte', async () => {
    const path = await fileOf(reference)
    const { tensors, metadata, file } = await readSafetensors(path)
    expect(metadata.get('format')).toBe('pt')
    const start = 8 + 0x90
    expect(tensors.get('a')).toEqual({
      type: 'F32',
      shape: [1, 3],
      bytes: { file, offset: start, length: 12 },
    })
    expect(tensors.get('b')).toEqual({
      type: 'F16',
      shape: [],
      bytes: { file, offset: start + 12, length: 2 },
    })
    const again = join(folder, 'again.safetensors')
    const data = reference.subarray(start)
    await writeSafetensors(
      again,
      [
        { name: 'a', type: 'F32', shape: [1, 3], data: data.subarray(0, 12) },
        { name: 'b', type: 'F16', shape: [], data: data.subarray(12) },
      ],
      { format: 'pt' },
    )
    expect(await readFile(again)).toEqual(reference)
  })

  test('written lazily comes back as it was, with empty tensors and names of any kind', async () => {
    const path = join(folder, 'written.safetensors')
    await writeSafetensors(path, [
      { name: '__proto__', type: 'BF16', shape: [2], data: () => new Uint8Array(4) },
      { name: 'v_pred', type: 'F32', shape: [0], data: new Uint8Array() },
      { name: '7', type: 'F8_E4M3', shape: [3, 1], data: async () => new Uint8Array(3) },
    ])
    const { tensors } = await readSafetensors(path)
    const lengths = new Map([...tensors].map(([name, { bytes }]) => [name, bytes.length]))
    expect(lengths).toEqual(
      new Map([
        ['__proto__', 4],
        ['v_pred', 0],
        ['7', 3],
      ]),
    )
    expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false)
  })

  test('may have a history of 30 MB in its header, and spaces behind that', async () => {
    const path = await file(`{"__metadata__":{"sd_merge_models":"${'y'.repeat(3e7)}"},${a}}    `, 8)
    const { tensors, metadata } = await readSafetensors(path)
    expect(tensors.get('a')?.bytes.length).toBe(8)
    expect(metadata.get('sd_merge_models')).toHaveLength(3e7)
  })

  test('is not written where data has another length than its shape says', async () => {
    const path = join(folder, 'wrong.safetensors')
    const tensor = { name: 'a', type: 'F32', shape: [2], data: new Uint8Array(4) } as const
    await expect(writeSafetensors(path, [tensor])).rejects.toThrow('a: 4 bytes given, 8 expected')
  })

  test('of more than 4 GiB has exact offsets, through a symbolic link', async () => {
    const path = join(folder, 'large.safetensors')
    const large = { name: 'large', type: 'F16', shape: [3, 1 << 30] } as const
    const header = safetensorsHeader([large, { name: 'last', type: 'F32', shape: [2] }])
    await writeFile(path, header)
    await truncate(path, header.length + 6 * 2 ** 30 + 8)
    await symlink(path, join(folder, 'link'))
    const { tensors, file } = await readSafetensors(join(folder, 'link'))
    const offset = header.length + 6 * 2 ** 30
    expect(tensors.get('last')?.bytes).toEqual({ file, offset, length: 8 })
    expect(file).toMatch(/large\.safetensors$/)
  })
})

const a = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'

test.each([
  ['an empty file', () => fileOf(''), 'is empty: download it again'],
  ['a file of 5 bytes', () => fileOf('hello'), 'it has only 5 bytes'],
  ['a zip pickle', () => fileOf('PK\x03\x04\x14\x00\x00\x00\x08\x08'), 'is a PyTorch pickle'],
  [
    'a bare pickle',
    () => fileOf(Buffer.from('8002630a', 'hex'), 'x'.repeat(9)),
    'is a PyTorch pickle',
  ],
  ['a web page', () => fileOf('\n<!DOCTYPE html><html>Log in</html>'), 'is a web page'],
  [
    'a git-lfs pointer',
    () => fileOf('version https://git-lfs.github.com/spec/v1\n'),
    'git lfs pull',
  ],
  ['a GGUF', () => fileOf('GGUF\x03\0\0\0\0\0\0\0\0'), 'is a GGUF file'],
  ['JSON', () => fileOf('{"_class_name": "StableDiffusionXLPipeline"}'), 'is JSON text'],
  ['noise', () => fileOf('\x9f\x01\x77\x13'.repeat(50)), 'is not a safetensors file'],
  [
    'a truncated file',
    () => file(`{${a}}`, 7),
    'promises 70 bytes, the file has 69: download it again',
  ],
  [
    'a truncated header',
    () => fileOf(reference.subarray(0, 60)),
    'promises 152 bytes, the file has 60',
  ],
  ['a file with more behind', () => file(`{${a}}`, 9), 'has 1 bytes after its last tensor'],
  ['a header that is no JSON', () => file('{"a":', 0), 'is not JSON'],
  [
    'invalid UTF-8',
    () => fileOf('\x04\0\0\0\0\0\0\0{"', new Uint8Array([0xff]), '}'),
    'is not JSON',
  ],
  [
    'a name twice',
    () => file(`{${a},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8),
    'the key "a" twice',
  ],
  [
    'a field twice',
    () => file('{"a":{"dtype":"F32","shape":[],"shape":[2],"data_offsets":[0,8]}}', 8),
    'the key "shape" twice',
  ],
  [
    'an unknown type',
    () => file('{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}', 8),
    'the unknown element type "Q4"',
  ],
  [
    'a type from the prototype',
    () => file('{"a":{"dtype":"toString","shape":[2],"data_offsets":[0,8]}}', 8),
    'element type "toString"',
  ],
  [
    'no type',
    () => file('{"a":{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}}', 8),
    'with no dtype',
  ],
  [
    'a type that no text can be made of',
    () => file('{"a":{"dtype":{"toString":null},"shape":[2],"data_offsets":[0,8]}}', 8),
    'with no dtype',
  ],
  [
    'a type a million lists deep',
    () => {
      const deep = '['.repeat(1e6) + ']'.repeat(1e6)
      return file(`{"a":{"dtype":${deep},"shape":[2],"data_offsets":[0,8]}}`, 8)
    },
    'with no dtype',
  ],
  [
    'a shape of fractions',
    () => file('{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', 2),
    'a shape that is not',
  ],
  [
    'a negative shape',
    () => file('{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}', 8),
    'a shape that is not',
  ],
  [
    'nine dimensions',
    () => file('{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}', 1),
    'at most 8',
  ],
  [
    'an overflowing shape',
    () => file('{"a":{"dtype":"F32","shape":[94906267,94906267,0],"data_offsets":[0,0]}}', 0),
    'takes too many',
  ],
  [
    'a lying shape',
    () => file('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8),
    '"a" with 8 bytes, but F32 [3] takes 12',
  ],
  [
    'overlapping offsets',
    () => file(`{${a},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8),
    'lets "b" overlap "a"',
  ],
  [
    'a hole',
    () => file(`{${a},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}`, 16),
    'leaves 4 bytes between "a" and "b"',
  ],
  [
    'offsets past the end',
    () => file(`{"a":{"dtype":"U8","shape":[${2 ** 52}],"data_offsets":[0,${2 ** 52}]}}`, 8),
    'is truncated',
  ],
  [
    'metadata of numbers',
    () => file(`{"__metadata__":{"step":7},${a}}`, 8),
    '"step" is not a text',
  ],
  [
    'a header of 101 MB',
    () => fileOf(Uint8Array.of(0x40, 0x23, 0x05, 0x06, 0, 0, 0, 0), '{'),
    'begins with a header length of 101000000, and no such header follows',
  ],
  ['20,001 tensors', () => file(manyTensors(20_001), 0), '20001 tensors'],
  ['a folder', async () => folder, 'is not a regular file'],
  ['a missing file', async () => join(folder, 'nowhere'), 'cannot be opened'],
])('%s is refused, by name and with the mend', async (_, make, message) => {
  const path = await make()
  const failure = await readSafetensors(path).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  expect(failure).toMatchObject({ code: 'checkpoint-invalid' })
  expect(String(failure)).toContain(`Failure: ${path}`)
  expect(String(failure)).toContain(message)
})

function manyTensors(count: number): string {
  const tensor = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
  return `{${Array.from({ length: count }, (_, index) => `"${index}":${tensor}`)}}`
}

test('a mutated file is refused with a Failure, or its tensors still tile it exactly', async () => {
  const path = join(folder, 'mutated.safetensors')
  const at = fc.nat(reference.length - 1)
  const byte = fc.uint8Array({ minLength: 1, maxLength: 1 })
  const pieces = ['0', '9', '-', '"', ',', '[', ']', '{}', '1e9', '"a":', 'null']
  const mutation = fc.oneof(
    fc.record({ at, remove: fc.constant(1), insert: byte }),
    fc.record({
      at,
      remove: fc.nat(3),
      insert: fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
    }),
  )
  let read = 0
  const property = fc.asyncProperty(
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    async (mutations) => {
      let bytes = reference
      for (const { at, remove, insert } of mutations) {
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])
      }
      await writeFile(path, bytes)
      try {
        const { tensors } = await readSafetensors(path)
        const ranges = [...tensors.values()].map((tensor) => tensor.bytes)
        let end = 8 + Number(bytes.readBigUInt64LE(0))
        for (const { offset, length } of ranges.sort((x, y) => x.offset - y.offset)) {
          expect(offset).toBe(end)
          end += length
        }
        expect(end).toBe(bytes.length)
        read++
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        expect(error.code).toBe('checkpoint-invalid')
      }
    },
  )
  await fc.assert(property, { numRuns: 1500 })
  // Mutations of a data byte or of a letter in a name leave the file whole: both outcomes are seen.
  expect(read).toBeGreaterThan(20)
})
