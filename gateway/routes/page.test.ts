import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import { appOf } from '../surfaces/surfaces.case.ts'
import { pageRoutes } from './page.ts'

const routes = appOf({ log: createLog({ level: 'silent' }) }, pageRoutes())
const folder = join(import.meta.dirname, '..', 'page')
const sent = readdirSync(folder).filter((name) => /\.(?:html|css|js|svg)$/.test(name))

describe('the page’s files', () => {
  it('are served under their own types, and under a policy that runs nothing else', async () => {
    const page = await routes.request('/')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toContain('unsafe')
    const script = await routes.request('/page/main.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect((await routes.request('/page/look.css')).headers.get('content-type')).toMatch(
      /^text.css/,
    )
  })

  it('are not sent again to who has them', async () => {
    const first = await routes.request('/')
    const etag = first.headers.get('etag') ?? ''
    const again = await routes.request('/', { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it('are at most 100 KB in all, as they are sent', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const sizes = sent.map(async (name) => {
      const answer = await routes.request(name === 'index.html' ? '/' : `/page/${name}`, {
        headers,
      })
      return (await answer.arrayBuffer()).byteLength
    })
    const sum = (await Promise.all(sizes)).reduce((total, size) => total + size)
    expect(sum).toBeGreaterThan(10_000)
    expect(sum).toBeLessThan(100_000)
  })

  it('name no other host and hold no inline script or style', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    expect(html).not.toMatch(/https?:|<style|\sstyle=|\son\w+=|<script(?![^>]*src=)/)
    for (const name of sent.filter((each) => /\.(?:js|css)$/.test(each))) {
      expect(readFileSync(join(folder, name), 'utf8'), name).not.toMatch(/https?:\/\//)
    }
  })

  it('are those alone that a browser is to have', async () => {
    for (const name of [
      'tsconfig.json',
      'page.test.ts',
      'page.case.ts',
      '..%2Fapp.ts',
      'nothing.js',
    ]) {
      expect((await routes.request(`/page/${name}`)).status, name).toBe(404)
    }
  })
})
