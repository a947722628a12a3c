/**
 * Recognises compel's syntax for weights, rule for rule as compel 2.5 does (ordered choice,
 * greedy), so that prompts written for it mean the same. What no rule takes is a plain word: every
 * text can be read.
 */
import { firstOf, type Parsed, type Rule, repeated, type Scanner, scanner } from './scanner.ts'

/** Plain text, or a weight on what stands in brackets, in quotes, or on one word. */
export type CompelNode =
  | { readonly text: string }
  | { readonly weight: number; readonly children: readonly CompelNode[] }

type Nodes = readonly CompelNode[]

export interface CompelSyntax {
  readonly scan: Scanner
  /** A whole prompt, from a position to the end of the text. */
  prompt(at: number): Nodes
  /** What `.blend()` and `.and()` are applied to: quoted, in brackets, or a word. */
  readonly operand: Rule<Nodes>
  /** `withLora(name, 0.8)`, which has nothing to say to an embedding. */
  readonly lora: Rule<Nodes>
}

export const COMPEL_NUMBER = /[+-]?(?:\d+\.\d*|\.\d+)|-?\d+/y

/** The rules over one text, whose only white space is blank, carriage return and line feed. */
export function compelSyntax(text: string): CompelSyntax {
  const { scan, free, bound } = rulesOver(text)
  // Nothing but white space and the free word's first character can stand where no rule applies:
  // this ends at the end.
  const prompt = (at: number) => repeated(free, at).value
  const quotedPrompt: Rule<Nodes> = (at) => {
    const quote = scan.match(QUOTED, at)
    return quote && { value: compelSyntax(inside(quote.value)).prompt(0), end: quote.end }
  }
  const operand: Rule<Nodes> = (at) => firstOf([bound.target, quotedPrompt], at)
  return { scan, prompt, operand, lora: bound.lora }
}

interface Rules {
  readonly scan: Scanner
  /** What a prompt is made of: its words may be of any character. */
  readonly free: readonly Rule<Nodes>[]
  /** What stands in brackets and quotes: its words hold no syntax. */
  readonly bound: {
    readonly all: readonly Rule<Nodes>[]
    readonly target: Rule<Nodes>
    readonly lora: Rule<Nodes>
  }
}

function rulesOver(text: string): Rules {
  const scan = scanner(text)
  const token = (pattern: RegExp): Rule<Nodes> => {
    return (at) => {
      const found = scan.match(pattern, at)
      return found && { value: [{ text: found.value }], end: found.end }
    }
  }
  const word = token(WORD)
  let depth = 0

  const quoted = scan.remembered((at): Parsed<Nodes> => {
    const quote = scan.match(QUOTED, at)
    if (!quote) return undefined
    const inner = inside(quote.value)
    if (inner.trim() === '') return { value: [{ text: '' }], end: quote.end }
    const rules = rulesOver(inner)
    const read = repeated(rules.bound.all, 0)
    return rules.scan.atEnd(read.end) ? { value: read.value, end: quote.end } : undefined
  })

  // Several rules ask for brackets at one place, and brackets nest: an answer not kept would be
  // found 4ⁿ times.
  const bracketed = scan.remembered((at): Parsed<Nodes> => {
    const open = scan.after('(', at)
    if (open === undefined || depth === MAX_DEPTH) return undefined
    depth++
    const inner = repeated(all, open)
    depth--
    return closed(inner.value, inner.end)
  })

  const target: Rule<Nodes> = (at) => firstOf([quoted, bracketed, word], at)

  const attention = scan.remembered(
    (at): Parsed<Nodes> =>
      attend(at) ??
      suffixed(firstOf([quoted, bracketed], at), WEIGHT) ??
      suffixed(word(at), PLUS_OR_MINUS),
  )

  const attend: Rule<Nodes> = (at) => {
    const call = method(target(at), '.attend')
    const argument = call && scan.match(WEIGHT, call.end)
    return argument && closed([weighted(argument.value, call.value)], argument.end)
  }

  // Cross-attention control needs the UNet; compel's own SDXL embedding of it is that of the
  // original.
  const swap = scan.remembered((at): Parsed<Nodes> => {
    const call = method(target(at), '.swap')
    if (!call) return undefined
    const edited = repeated([lora, attention, swap, bracketed, quoted, word], call.end)
    const options = scan.match(SWAP_OPTIONS, edited.end)
    return closed(call.value, (options ?? edited).end)
  })

  const lora: Rule<Nodes> = (at) => {
    const call = scan.match(LORA, at)
    return call && { value: [], end: call.end }
  }

  const method = (on: Parsed<Nodes>, name: string): Parsed<Nodes> => {
    const dot = on && scan.after(name, on.end)
    const open = dot === undefined ? undefined : scan.after('(', dot)
    return open === undefined ? undefined : on && { value: on.value, end: open }
  }

  const closed = (value: Nodes, at: number): Parsed<Nodes> => {
    const end = scan.after(')', at)
    return end === undefined ? undefined : { value, end }
  }

  // The weight stands right behind its word or bracket: `(a) 2` is no weight.
  const suffixed = (on: Parsed<Nodes>, pattern: RegExp): Parsed<Nodes> => {
    if (!on || scan.atSpace(on.end)) return undefined
    const weight = scan.match(pattern, on.end)
    return weight && { value: [weighted(weight.value, on.value)], end: weight.end }
  }

  const all = [lora, attention, swap, bracketed, quoted, word, token(/[,.]/y)]
  const free = [swap, lora, attention, quoted, bracketed, token(FREE_WORD)]
  return { scan, free, bound: { all, target, lora } }
}

// Nobody writes more; each level is a few frames of the stack. Deeper brackets are text.
const MAX_DEPTH = 50

// Escapes stay in the word here. A sign belongs to the word where a word goes on behind it:
// `sci-fi`, `-5`.
const WORD = /(?:\\[()",.+\-=]|[-+](?![ \r\n()",.+\-=]|$)|-?\d+|[^ \r\n()",.+\-=])+/y
const FREE_WORD = /[^ \r\n]+/y
const QUOTED = /"(?:\\"|[^"\r\n])*"/y
const PLUS_OR_MINUS = /\++|-+/y
const WEIGHT = new RegExp(`${PLUS_OR_MINUS.source}|${COMPEL_NUMBER.source}`, 'y')
const NAME = '[ \\r\\n]*[\\w-]+[ \\r\\n]*'
const NUMBER = `[ \\r\\n]*(?:${COMPEL_NUMBER.source})[ \\r\\n]*`
const OPTION = `(?:${NAME}=(?:${NUMBER}|${NAME})|${NUMBER}|${NAME})`
const SWAP_OPTIONS = new RegExp(`,${OPTION}(?:,${OPTION})*`, 'y')
const LORA = new RegExp(`(?:use|with)Lora[ \\r\\n]*\\(${NAME}(?:,${NUMBER})?\\)`, 'y')

/** `+` is 1.1 and `-` is 0.9, each time it stands there; a number is itself. */
function weighted(weight: string, children: Nodes): CompelNode {
  if (/^\++$/.test(weight)) return { weight: 1.1 ** weight.length, children }
  if (/^-+$/.test(weight)) return { weight: 0.9 ** weight.length, children }
  return { weight: Number(weight), children }
}

// Quotes within quotes are written `\"` and stay so: an inner quote never opens another quotation.
function inside(quote: string): string {
  return quote
    .slice(1, -1)
    .replace(/\\[tnfr]/g, ' ')
    .replace(/\\?"/g, '\\"')
}
