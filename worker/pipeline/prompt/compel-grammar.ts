/**
 * Reads compel's prompts into segments that are encoded one after the other, each a blend of
 * weighted texts.
 */
import { COMPEL_NUMBER, type CompelNode, type CompelSyntax, compelSyntax } from './compel-syntax.ts'
import { normalized } from './weight-maths.ts'
import { boundedWeight, type WeightedText } from './weighted-text.ts'

/** Segments follow each other in the embedding; there is more than one only with `.and()`. */
export interface CompelSegment {
  /** How far the segment stands from the empty prompt. */
  readonly weight: number
  /** More than one only with `.blend()`. */
  readonly parts: readonly CompelPart[]
}

export interface CompelPart {
  /** Its share of the blend. */
  readonly weight: number
  readonly fragments: readonly WeightedText[]
}

/**
 * At least one segment. Never throws: what is no syntax is text.
 * Where compel drops what follows `.and()`, and fails on what follows `.blend()`, that is one more
 * segment here.
 */
export function parseCompel(prompt: string): CompelSegment[] {
  const text = prompt.replace(/[\t\v\f]/g, ' ').replace(/,(\S)/g, ', $1')
  const syntax = compelSyntax(text)
  let start = 0
  for (let lora = syntax.lora(0); lora; lora = syntax.lora(start)) start = lora.end
  const call = operation(syntax, start)
  const segments = call ? call.segments : []
  const rest = call ? call.end + (/^[\s,]*/.exec(text.slice(call.end))?.[0].length ?? 0) : start
  const fragments = flattened(syntax.prompt(rest))
  if (fragments.length > 0) segments.push({ weight: 1, parts: [{ weight: 1, fragments }] })
  if (segments.length > 0) return segments
  return [{ weight: 1, parts: [{ weight: 1, fragments: [{ text: '', weight: 1 }] }] }]
}

interface Operation {
  readonly segments: CompelSegment[]
  readonly end: number
}

// ("one", "two").and(1, 0.5) or ("one", "two").blend(0.7, 0.3, no_normalize)
function operation(syntax: CompelSyntax, start: number): Operation | undefined {
  const { scan } = syntax
  const operands: WeightedText[][] = []
  let end = scan.after('(', start)
  while (end !== undefined) {
    const operand = syntax.operand(end)
    if (!operand) return undefined
    operands.push(flattened(operand.value))
    end = scan.after(',', operand.end)
    if (end === undefined) end = scan.after(')', operand.end)
    else continue
    return end === undefined ? undefined : applied(syntax, operands, end)
  }
  return undefined
}

function applied(
  syntax: CompelSyntax,
  operands: readonly WeightedText[][],
  at: number,
): Operation | undefined {
  const call = syntax.scan.match(CALL, at)
  if (!call) return undefined
  const given = call.value.slice(call.value.indexOf('(') + 1, -1).split(',')
  const flags = given.map((argument) => argument.trim()).filter((argument) => argument !== '')
  const isBlend = /^\.blend/.test(call.value)
  const raw = isBlend && flags.at(-1) === NO_NORMALIZE
  const weights = (raw ? flags.slice(0, -1) : flags).map(Number)
  if (weights.length === 0) weights.push(...operands.map(() => 1))
  if (weights.length !== operands.length || weights.some(Number.isNaN)) return undefined
  if (isBlend) {
    const shares = (raw ? weights : normalized(weights)).map(boundedWeight)
    const parts = operands.map((fragments, index) => ({ weight: shares[index]!, fragments }))
    return { segments: [{ weight: 1, parts }], end: call.end }
  }
  const segments = operands.map((fragments, index) => {
    return { weight: boundedWeight(weights[index]!), parts: [{ weight: 1, fragments }] }
  })
  return { segments: segments.filter(({ parts }) => parts[0]!.fragments.length > 0), end: call.end }
}

const NO_NORMALIZE = 'no_normalize'
const ARGUMENT = `[ \\r\\n]*(?:${COMPEL_NUMBER.source}|${NO_NORMALIZE})[ \\r\\n]*`
const CALL = new RegExp(
  `\\.(?:blend|and|add)[ \\r\\n]*\\((?:${ARGUMENT}(?:,${ARGUMENT})*)?[ \\r\\n]*\\)`,
  'y',
)

// Weights multiply down the tree; neighbours of one weight are one fragment.
function flattened(nodes: readonly CompelNode[], scale = 1): WeightedText[] {
  return fused(leaves(nodes, scale))
}

function leaves(nodes: readonly CompelNode[], scale: number): WeightedText[] {
  return nodes.flatMap((node) =>
    'text' in node
      ? [{ text: node.text, weight: scale }]
      : leaves(node.children, scale * node.weight),
  )
}

function fused(fragments: readonly WeightedText[]): WeightedText[] {
  const runs: { texts: string[]; weight: number }[] = []
  for (const { text, weight } of fragments) {
    const last = runs.at(-1)
    if (last?.weight === weight) last.texts.push(text)
    else runs.push({ texts: [text], weight })
  }
  return runs.map(({ texts, weight }) => {
    return { text: unescaped(texts.join(' ')), weight: boundedWeight(weight) }
  })
}

// As in compel: only these three lose their backslash, and all that stand before them.
function unescaped(text: string): string {
  return text.replace(/\\+([()"])/g, '$1')
}
