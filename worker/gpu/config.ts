/** The environment that is handed on to a process which is to see one GPU alone. */

/**
 * `variables` as they are where no GPU is named, by its number in nvidia-smi. CUDA would put the fastest GPU first
 * unless it is told to count as nvidia-smi does.
 */
export function environmentOn(
  gpu: number | undefined,
  variables: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  if (gpu === undefined) return variables
  return { ...variables, CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: `${gpu}` }
}
