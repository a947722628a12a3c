/** Signs of an NVIDIA GPU that need no driver, nor that a container was given the GPU. */
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface GpuTraces {
  /** On the PCI bus, in the kernel or among the devices: a container shows the first two of its machine's. */
  readonly isInMachine: boolean
  /** Whether the files are here through which a process reaches it. */
  readonly isReachable: boolean
  readonly isContainer: boolean
}

/** PCI's number for NVIDIA, and for the class of display controllers. */
const NVIDIA = '0x10de'
const DISPLAY = '0x03'

/** `root` is the folder that stands for `/`. */
export async function findGpuTraces(root = '/'): Promise<GpuTraces> {
  const devices = await names(join(root, 'dev'))
  const inContainer = ['.dockerenv', 'run/.containerenv', 'run/secrets/kubernetes.io']
  const marks = await Promise.all(inContainer.map((file) => exists(join(root, file))))
  return {
    isInMachine:
      (await isOnBus(join(root, 'sys/bus/pci/devices'))) ||
      (await exists(join(root, 'proc/driver/nvidia/version'))) ||
      devices.some((name) => /^nvidia\d+$/.test(name)),
    // /dev/dxg is how Windows lends its GPU to Linux.
    isReachable: devices.some((name) => /^nvidia\d+$|^dxg$/.test(name)),
    isContainer: marks.includes(true),
  }
}

async function isOnBus(folder: string): Promise<boolean> {
  const text = (device: string, file: string) =>
    readFile(join(folder, device, file), 'utf8').catch(() => '')
  const found = (await names(folder)).map(async (device) => {
    const [vendor, kind] = await Promise.all([text(device, 'vendor'), text(device, 'class')])
    return vendor.trim() === NVIDIA && kind.startsWith(DISPLAY)
  })
  return (await Promise.all(found)).includes(true)
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
