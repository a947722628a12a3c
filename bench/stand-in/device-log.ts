/** What a network asked of the stand-in's device, read from the lines that the stand-in wrote. */

export interface Asked {
  /** Kernels by name, without their templates' arguments, most launched first. */
  readonly kernels: Readonly<Record<string, number>>
  readonly launches: number
  readonly products: number
  /** Plans of cuDNN: made, and executed. */
  readonly planned: number
  readonly executed: number
  /** Copies, and their bytes. */
  readonly toDevice: Traffic
  readonly toHost: Traffic
  /** Device memory at the end, and the most that there was. */
  readonly inUseBytes: number
  readonly peakBytes: number
  /** Allocations that found no room. */
  readonly refused: number
}

export interface Traffic {
  readonly copies: number
  readonly bytes: number
}

/** `inUse` is what was in use before the first of these lines. */
export function readDeviceLog(text: string, inUse = 0): Asked {
  const lines = text.split('\n')
  const starting = (word: string) => lines.filter((line) => line.startsWith(`${word} `))
  const kernels: Record<string, number> = {}
  for (const line of starting('launched')) {
    const name = kernelName(line.slice('launched '.length))
    kernels[name] = (kernels[name] ?? 0) + 1
  }
  const levels = lines.flatMap((line) => {
    const [, level] = / in use (\d+)$/.exec(line) ?? []
    return level === undefined ? [] : [Number(level)]
  })
  const traffic = (direction: string): Traffic => {
    const copies = starting(`copied ${direction}`)
    return { copies: copies.length, bytes: copies.reduce((all, line) => all + lastNumber(line), 0) }
  }
  return {
    kernels: Object.fromEntries(Object.entries(kernels).sort(([, a], [, b]) => b - a)),
    launches: starting('launched').length,
    products: starting('multiplied').length,
    planned: lines.filter((line) => line === 'planned').length,
    executed: starting('executed').length,
    toDevice: traffic('to device'),
    toHost: traffic('to host'),
    inUseBytes: levels.at(-1) ?? inUse,
    peakBytes: Math.max(inUse, ...levels),
    refused: starting('refused').length,
  }
}

const lastNumber = (line: string): number => Number(line.slice(line.lastIndexOf(' ') + 1))

/** `void a::b::kernel<half, OP_Add<half>>(half*)` is `kernel Add<half>`. */
function kernelName(signature: string): string {
  const plain = signature.replace(/\(anonymous namespace\)::/g, '').replace(/^void /, '')
  const [path = ''] = plain.split(/[<(]/)
  const name = path.slice(path.lastIndexOf(':') + 1)
  const operation = /\bOP_(\w+)/.exec(plain)?.[1]
  const type = /<(?:\w+, )*?(__half|float|short)\b/.exec(plain)?.[1]
  return [name, operation && ` ${operation}`, type && `<${type.replaceAll('_', '')}>`].join('')
}
