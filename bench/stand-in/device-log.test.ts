import { expect, test } from 'vitest'
import { readDeviceLog } from './device-log.ts'

const log = `allocated 1048576 in use 1048576
copied to device 16
launched void onnxruntime::contrib::cuda::GroupNormNHWCScaleKernel<__half, 2>(__half*, __half const*)
launched void onnxruntime::cuda::_BinaryElementWise<true, true, __half, __half, onnxruntime::cuda::OP_Add<__half> >(__half const*)
launched void onnxruntime::contrib::cuda::GroupNormNHWCScaleKernel<__half, 2>(__half*, __half const*)
multiplied 1280 1024 1280 batch 1 type 2
planned
executed a plan
refused 4096 in use 1048576
allocated 2097152 in use 3145728
copied to host 262144
freed 1048576 in use 2097152
`

test('counts what was asked of the device, and the most memory that there was at once', () => {
  expect(readDeviceLog(log)).toEqual({
    kernels: { 'GroupNormNHWCScaleKernel<half>': 2, '_BinaryElementWise Add<half>': 1 },
    launches: 3,
    products: 1,
    planned: 1,
    executed: 1,
    toDevice: { copies: 1, bytes: 16 },
    toHost: { copies: 1, bytes: 262144 },
    inUseBytes: 2097152,
    peakBytes: 3145728,
    refused: 1,
  })
})

test('keeps the memory that was in use before, where nothing changed it', () => {
  expect(readDeviceLog('planned\n', 512)).toMatchObject({ inUseBytes: 512, peakBytes: 512 })
})
