import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DOMParser } from 'linkedom'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '#platform/free-port.case.ts'
import { openPrometheus } from './ask-prometheus.ts'
import { benchDashboard } from './dashboard.ts'
import { keptDashboard } from './draw-dashboard.ts'
import { readPanels, selectorsOf } from './panels.ts'
import { inUnit } from './units.ts'

const dashboard = join(import.meta.dirname, '../../ops/dashboard.json')
/** Debian's package prometheus has it; CI installs that. */
const isMissing = spawnSync('prometheus', ['--version']).error !== undefined

describe.skipIf(isMissing)(
  `on a Prometheus${isMissing ? ' (not installed: apt-get install prometheus)' : ''}`,
  () => {
    let [folder, origin] = ['', '']
    let prometheus: ChildProcess
    /** Told of without a value: i2i_jobs_total. Not told of: i2i_wait_seconds. */
    const worker = createServer((_, response) =>
      response.end(`# TYPE i2i_engines gauge
i2i_engines{state="idle"} 1
i2i_engines{state="busy"} 3
# HELP i2i_jobs_total Attempts that ended.
# TYPE i2i_jobs_total counter
`),
    )

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'i2i-dashboard-'))
      const page = await portOf(worker)
      const port = await freePort()
      const job = { job_name: 'i2i-worker', static_configs: [{ targets: [`127.0.0.1:${page}`] }] }
      const settings = { global: { scrape_interval: '1s' }, scrape_configs: [job] }
      // JSON is YAML.
      await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(settings))
      const words = [
        ...[`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`],
        `--web.listen-address=127.0.0.1:${port}`,
      ]
      prometheus = spawn('prometheus', words, { stdio: 'ignore' })
      origin = `http://127.0.0.1:${port}`
      await vi.waitFor(
        async () => {
          const to = Math.ceil(Date.now() / 1_000)
          const asked = openPrometheus(origin)
          const range = { from: to - 60, to, step: 1 }
          expect(await asked.hasSeries('i2i_engines', range)).toBe(true)
        },
        { timeout: 60_000, interval: 200 },
      )
    }, 90_000)
    afterAll(async () => {
      const ended = new Promise((resolve) => prometheus.once('exit', resolve))
      prometheus.kill('SIGKILL')
      await ended
      worker.closeAllConnections()
      await new Promise((resolve) => worker.close(resolve))
      await rm(folder, { recursive: true })
    })

    async function bench(...panels: readonly (readonly [string, string])[]) {
      const file = join(folder, 'dashboard.grafana.json')
      const whole = {
        title: 'ours',
        panels: panels.map(([title, expr], i) => ({
          ...{ title, gridPos: { x: 8 * i, y: 0, w: 8, h: 8 } },
          fieldConfig: { defaults: { unit: 'short' } },
          targets: [{ expr, legendFormat: '{{state}}' }],
        })),
      }
      await writeFile(file, JSON.stringify(whole))
      const lines: string[] = []
      const until = new Date(Date.now() + 1_000)
      const asked = { dashboard: file, prometheus: origin, minutes: 1, until, results: folder }
      const passed = await benchDashboard(asked, (line) => lines.push(line))
      return { passed, lines }
    }

    it('draws what there was, and says of a panel that is rightly empty why', async () => {
      const { passed, lines } = await bench(
        ['Engines', 'max by (state) (i2i_engines)'],
        ['Attempts', 'sum(rate(i2i_jobs_total{mode="copy"}[$__rate_interval]))'],
      )
      expect(passed).toBe(true)
      expect(lines.slice(0, 2)).toEqual([
        'Engines: busy, idle',
        'Attempts: empty, for there was no i2i_jobs_total{mode="copy"}',
      ])
      const kept = keptDashboard.parse(
        JSON.parse(await readFile(join(folder, 'dashboard.json'), 'utf8')),
      )
      const [busy] = kept.panels[0]?.lines ?? []
      expect(busy?.values.filter((value) => value !== null).at(-1)).toBe(3)
      const svg = await readFile(join(folder, 'dashboard.svg'), 'utf8')
      const page = new DOMParser().parseFromString(svg, 'image/svg+xml')
      expect(page.querySelectorAll('[aria-label=line] path')).toHaveLength(2)
      expect(svg).toContain('Empty: there was no')
    })

    it('fails for a panel whose metric nobody tells of, or that shows nothing of what there is', async () => {
      const { passed, lines } = await bench(
        ['Work', 'max(i2i_wait_seconds)'],
        ['Hung', 'i2i_engines{state="busy"} == 7'],
      )
      expect(passed).toBe(false)
      expect(lines.slice(0, 2)).toEqual([
        'FAIL Work: empty, for nobody tells of i2i_wait_seconds',
        'FAIL Hung: empty, for there is i2i_engines{state="busy"}, and nothing comes of it',
      ])
    })

    it('names the panel that Prometheus does not understand', async () => {
      const wrong = bench(['Engines', 'max by (state'])
      await expect(wrong).rejects.toThrow(
        /^The panel Engines: Prometheus does not take query_range: /,
      )
    })
  },
)

it('says how to start a Prometheus where none answers', async () => {
  const asked = { dashboard, minutes: 1, until: undefined, results: '/nowhere' }
  const nobody = benchDashboard({ ...asked, prometheus: 'http://127.0.0.1:1' }, () => {})
  await expect(nobody).rejects.toThrow(
    /^No Prometheus answers at http:\/\/127\.0\.0\.1:1 .*ops\/prom/,
  )
})

it('reads every panel of ours, and what each is about', async () => {
  const { panels } = await readPanels(dashboard)
  expect(panels.length).toBeGreaterThan(20)
  for (const { questions } of panels) {
    for (const { expr } of questions) expect(selectorsOf(expr)).not.toEqual([])
  }
  const [rate] = selectorsOf('sum by (le) (rate(i2i_job_seconds_bucket{mode="copy"}[5m])) / 2')
  expect(rate).toBe('i2i_job_seconds_bucket{mode="copy"}')
})

it('writes numbers in their units', () => {
  const written = [
    ...[inUnit(0.0125, 's'), inUnit(12, 's'), inUnit(2.5e9, 'bytes'), inUnit(4e8, 'bytes')],
    ...[inUnit(0.1, 'reqps'), inUnit(2, 'currencyUSD'), inUnit(7, 'short')],
  ]
  expect(written).toEqual(['12.5 ms', '12 s', '2.5 GB', '400 MB', '0.1 /s', '$2', '7'])
})

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
