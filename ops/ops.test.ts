import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMetrics } from '#worker/daemon/metrics/metrics.ts'

const at = (name: string) => join(import.meta.dirname, name)
const read = (name: string) => readFile(at(name), 'utf8')
const promtool = process.env.PROMTOOL ?? 'promtool'
/** Debian's package prometheus has it; CI installs that. */
const isMissing = spawnSync(promtool, ['--version']).error !== undefined
const ask = (...words: string[]) =>
  promisify(execFile)(promtool, words, { cwd: import.meta.dirname })

const alerts = await read('alerts.yml')
const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name)
interface Panel {
  readonly title: string
  readonly description: string
  readonly fieldConfig: { readonly defaults: { readonly unit: string } }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}
const panels: readonly Panel[] = JSON.parse(await read('dashboard.json')).panels
const expressions = [
  ...[...alerts.matchAll(/expr: (.*)/g)].map(([, expr = '']) => expr),
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
]

describe.skipIf(isMissing)(
  `promtool${isMissing ? ' (not installed: apt-get install prometheus)' : ''}`,
  () => {
    it('takes the alert rules, and they fire on what they are for alone', async () => {
      expect((await ask('check', 'rules', 'alerts.yml')).stdout).toContain(
        `${names.length} rules found`,
      )
      expect((await ask('test', 'rules', 'alerts.test.yml')).stdout).toContain('SUCCESS')
    })

    it('takes what is scraped, under the names that the alerts go by', async () => {
      expect((await ask('check', 'config', 'prometheus.yml')).stdout).toContain('SUCCESS')
      const scraped = await read('prometheus.yml')
      const jobs = new Set(alerts.match(/(?<=job=")[^"]+/g))
      expect(jobs.size).toBeGreaterThan(0)
      for (const job of jobs) expect(scraped).toContain(`job_name: ${job}\n`)
    })

    it('takes every expression of the dashboard', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'i2i-ops-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const rules = panels.flatMap(({ targets }) =>
        // Grafana puts the range in.
        targets.map(({ expr }) => ({ expr: expr.replaceAll('$__rate_interval', '5m') })),
      )
      const numbered = rules.map((rule, i) => ({ record: `panel:${i}`, ...rule }))
      const file = join(folder, 'dashboard.yml')
      // JSON is YAML.
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: numbered }] }))
      expect((await ask('check', 'rules', file)).stdout).toContain(`${rules.length} rules found`)
    })

    it('has nothing to say against the page of metrics that a worker gives', async () => {
      using metrics = createMetrics()
      const child = execFile(promtool, ['check', 'metrics'])
      child.stdin?.end((await metrics.scrape()).text)
      const [status, said] = await new Promise<[unknown, string]>((resolve) => {
        let text = ''
        child.stderr?.on('data', (chunk) => {
          text += chunk
        })
        child.once('close', (code) => resolve([code, text]))
      })
      expect(said).toBe('')
      expect(status).toBe(0)
    })
  },
)

it('has every alert wait for a while, and shows by numbers what raises it', async () => {
  const tests = await read('alerts.test.yml')
  const rules = alerts.split('- alert: ').slice(1)
  for (const rule of rules) expect(rule).toMatch(/^\w+\n[\s\S]*\n {8}for: \d+[mh]\n/)
  const raised = new Set(
    [...tests.matchAll(/alertname: (\w+)\n +exp_alerts:\n/g)].map(([, name = '']) => name),
  )
  expect(names.filter((name) => !raised.has(name))).toEqual([])
})

it('says of every panel what it shows, in a unit, under a name for each line', () => {
  for (const { title, description, fieldConfig, targets } of panels) {
    expect(description, title).toMatch(/^[A-Z].{20,}\.$/)
    expect(fieldConfig.defaults.unit, title).toMatch(/^\w+$/)
    for (const { legendFormat } of targets) expect(legendFormat, title).toMatch(/\S/)
  }
})

it('names no metric that nobody tells', async () => {
  const folders = ['../worker/daemon/metrics', '../gateway']
  const paths = folders.map(async (folder) => {
    const found = await readdir(at(folder), { recursive: true })
    const telling = found.filter(
      (name) => name.endsWith('.ts') && `${folder}/${name}`.includes('metric'),
    )
    return telling.map((name) => `${folder}/${name}`)
  })
  const text = (await Promise.all((await Promise.all(paths)).flat().map(read))).join('\n')
  const used = new Set(expressions.flatMap((expr) => expr.match(/\bi2i_\w+/g) ?? []))
  expect(used.size).toBeGreaterThan(20)
  const unknown = [...used].filter(
    (name) => !text.includes(`'${name.replace(/_(bucket|sum|count)$/, '')}'`),
  )
  expect(unknown).toEqual([])
})

it('says in the runbook what each alert means and what to do', async () => {
  const runbook = await read('../RUNBOOK.md')
  const missing = names.filter((name) => !new RegExp(`^### ${name}$`, 'm').test(runbook))
  expect(names.length).toBeGreaterThan(10)
  expect(missing).toEqual([])
  for (const name of names) expect(alerts).toContain(`RUNBOOK.md#${name.toLowerCase()}`)
})
