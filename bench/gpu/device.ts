/** The device that a bench was told to use, and its memory. */
import { execFileSync } from 'node:child_process'
import { Failure } from '#contract'
import { type Device, devices } from '#worker/engine/session.ts'

export function deviceOf(name: string): Device {
  const device = devices.find((one) => one === name)
  if (device) return device
  throw new Failure('request-invalid', `--device must be one of ${devices.join(', ')}.`)
}

/** Megabytes of the first GPU in use by all processes; undefined where there is none. */
export function gpuMemory(): number | undefined {
  try {
    const asked = ['--query-gpu=memory.used', '--format=csv,noheader,nounits']
    return Number(execFileSync('nvidia-smi', asked, { encoding: 'utf8' }).split('\n')[0])
  } catch {
    return undefined
  }
}
