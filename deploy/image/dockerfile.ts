/** Reads the part of Dockerfile's language that ours is written in, so that its own lines can be run without Docker. */

export type Step =
  | { readonly kind: 'run'; readonly command: string }
  | {
      readonly kind: 'copy'
      /** A stage; undefined for the build's context. */
      readonly from: string | undefined
      readonly sources: readonly string[]
      readonly target: string
    }
  | { readonly kind: 'env'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'workdir' | 'user'; readonly value: string }
  | { readonly kind: 'entrypoint' | 'cmd'; readonly words: readonly string[] }
  | { readonly kind: 'expose'; readonly ports: readonly string[] }

export interface BuildStage {
  readonly name: string
  /** An earlier stage's name, or an image. */
  readonly base: string
  readonly steps: readonly Step[]
}

/** In the file's order. Throws where a line is in a part of the language that is not understood here. */
export function readDockerfile(text: string): BuildStage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = []
  for (const line of logicalLines(text)) {
    const [, word = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (word.toUpperCase() === 'FROM') {
      const [base, as, name] = rest.split(/\s+/)
      if (!base || as?.toUpperCase() !== 'AS' || !name) throw unread(line)
      stages.push({ base, name, steps: [] })
      continue
    }
    const step = readers[word.toUpperCase()]?.(rest)
    const stage = stages.at(-1)
    if (!step || !stage) throw unread(line)
    stage.steps.push(step)
  }
  return stages
}

/** Continued lines are one; comments and empty lines are none. */
function logicalLines(text: string): string[] {
  const kept = text.split('\n').filter((line) => !line.trimStart().startsWith('#'))
  const lines = kept
    .join('\n')
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

const readers: Readonly<Record<string, (rest: string) => Step | undefined>> = {
  RUN: (command) => (/^(--|\[|<<)/.test(command) ? undefined : { kind: 'run', command }),
  COPY: readCopy,
  ENV: readEnv,
  WORKDIR: (value) => ({ kind: 'workdir', value }),
  USER: (value) => ({ kind: 'user', value }),
  ENTRYPOINT: (rest) => ({ kind: 'entrypoint', words: JSON.parse(rest) }),
  CMD: (rest) => ({ kind: 'cmd', words: JSON.parse(rest) }),
  EXPOSE: (rest) => ({ kind: 'expose', ports: rest.split(/\s+/) }),
}

function readCopy(rest: string): Step | undefined {
  const words = rest.split(/\s+/)
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined
  const target = words.pop()
  if (target === undefined || words.length === 0) return undefined
  return words[0]?.startsWith('--') ? undefined : { kind: 'copy', from, sources: words, target }
}

function readEnv(rest: string): Step | undefined {
  const pairs = rest.split(/\s+/).map((pair) => /^(\w+)=([^"'$]*)$/.exec(pair))
  const found = pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : []))
  return found.length < pairs.length
    ? undefined
    : { kind: 'env', variables: Object.fromEntries(found) }
}

const unread = (line: string): Error => new Error(`the image's check does not understand: ${line}`)
