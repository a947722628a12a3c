/** Counts what ONNX Runtime says of the attention kernels it took, with ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO=1. */

export interface KernelCount {
  /** Kernels by the name and the kind of node that took them, with how often. */
  readonly counts: Readonly<Record<string, number>>
  hear(line: string): void
}

/** `Operator=MultiHeadAttention Node=… DataType=fp16 SdpaKernel=FLASH_ATTENTION`, one a run of a node. */
export function countKernels(): KernelCount {
  const counts: Record<string, number> = {}
  return {
    counts,
    hear(line) {
      const kernel = /SdpaKernel=(\S+)/.exec(line)?.[1]
      if (!kernel) return
      const operator = /Operator=(\S+)/.exec(line)?.[1] ?? 'attention'
      const type = /DataType=(\S+)/.exec(line)?.[1]
      const key = [operator, type, kernel].filter(Boolean).join(' ')
      counts[key] = (counts[key] ?? 0) + 1
    },
  }
}
