import { expect, test } from 'vitest'
import { nodeFinding, runtimeFinding } from './basics.ts'
import { diskFinding, memoryFinding } from './room.ts'

test.each([
  ['20.19.0', 'ok'],
  ['20.20.2', 'ok'],
  ['24.1.0', 'ok'],
  ['20.9.0', 'wrong'],
  ['18.20.8', 'wrong'],
] as const)('Node %s is %s where 20.19 is the least', (version, status) => {
  expect(nodeFinding(version, '>=20.19').status).toBe(status)
})

test('another ONNX Runtime than the one that was measured is named', () => {
  expect(runtimeFinding('1.30.0', 'linux x64')).toMatchObject({
    status: 'wrong',
    found: '1.30.0 is installed, 1.29.0 is what was measured',
    mend: 'npm ci',
  })
})

test('little memory is slow, very little is too little', () => {
  expect(memoryFinding(16e9)).toMatchObject({ status: 'ok', found: '16.0 GB' })
  expect(memoryFinding(8e9)).toMatchObject({ status: 'wrong', isInTheWay: false })
  expect(memoryFinding(4e9)).toMatchObject({ status: 'wrong', isInTheWay: true })
})

test('a full disk is told with its folder', () => {
  expect(diskFinding(2e8, '/app')).toEqual({
    status: 'wrong',
    found: '0.2 GB free for /app',
    mend: 'Free 1.0 GB there.',
    isInTheWay: true,
  })
})
