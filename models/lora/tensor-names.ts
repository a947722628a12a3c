/** What a tensor of a LoRA file is, by the end of its name; the rest is the name of a layer. */

export interface LoraPart {
  /** In the file's own spelling. */
  readonly module: string
  readonly role: 'down' | 'up' | 'alpha'
}

/** Undefined for a tensor that no format of LoRA has. */
export function partOf(name: string): LoraPart | undefined {
  const [, module, half, alpha] = ending.exec(name) ?? []
  const role = roles[half ?? alpha ?? '']
  return module === undefined || role === undefined ? undefined : { module, role }
}

/**
 * kohya's `.lora_down.weight`, peft's `.lora_A.weight` and, as it keeps them in memory, `.lora_A.default.weight`,
 * diffusers' `_lora.down.weight` before it took up peft.
 */
const ending =
  /^(.+?)(?:[._]lora(?:_linear_layer)?[._](down|up|A|B)(?:\.default)?\.weight|(?:_lora)?\.(alpha))$/

const roles: Readonly<Record<string, LoraPart['role']>> = {
  down: 'down',
  A: 'down',
  up: 'up',
  B: 'up',
  alpha: 'alpha',
}
