/** What a tensor of a LoRA file is, by the end of its name; the rest is the name of a layer. */

const factors = { down: 'down', A: 'down', mid: 'mid', up: 'up', B: 'up' } as const

/** LyCORIS's own words: of LoHa, of LoKr, and of a whole difference. */
const others = [
  ...['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b'],
  ...['lokr_w1', 'lokr_w1_a', 'lokr_w1_b', 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b', 'diff'],
] as const

export type TensorRole = (typeof factors)[keyof typeof factors] | 'alpha' | (typeof others)[number]

export interface LoraPart {
  /** In the file's own spelling. */
  readonly module: string
  readonly role: TensorRole
}

/** Undefined for a tensor that no format of LoRA has. */
export function partOf(name: string): LoraPart | undefined {
  const [, module, factor, alpha, other] = ending.exec(name) ?? []
  const role = roles.get(factor ?? alpha ?? other ?? '')
  return module === undefined || role === undefined ? undefined : { module, role }
}

/**
 * kohya's `.lora_down.weight`, peft's `.lora_A.weight` and, as it keeps them in memory, `.lora_A.default.weight`,
 * diffusers' `_lora.down.weight` before it took up peft.
 */
const ending =
  /^(.+?)(?:[._]lora(?:_linear_layer)?[._](down|mid|up|A|B)(?:\.default)?\.weight|(?:_lora)?\.(alpha)|\.(\w+))$/

const roles: ReadonlyMap<string, TensorRole> = new Map<string, TensorRole>([
  ...Object.entries(factors),
  ['alpha', 'alpha'],
  ...others.map((role) => [role, role] as const),
])
