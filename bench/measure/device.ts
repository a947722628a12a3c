/** The device that a bench was told to use, and what its results are filed under. */
import { Failure } from '#contract'
import { type Device, devices } from '#worker/engine/session.ts'
import { gpu } from './gpu.ts'

/** Throws `request-invalid` for a name that is no device. */
export function deviceNamed(name: string): Device {
  const device = devices.find((one) => one === name)
  if (device) return device
  throw new Failure('request-invalid', `--device must be one of ${devices.join(', ')}.`)
}

/** The device, or on a GPU which card it is: `h100-80gb-hbm3`. */
export function placeOf(device: Device): string {
  const card = device === 'cpu' ? undefined : gpu()?.name
  return card ? slugOf(card) : device
}

/** What the driver calls a card, as part of a file's name. */
const slugOf = (card: string): string =>
  card
    .toLowerCase()
    .replace('nvidia', '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
