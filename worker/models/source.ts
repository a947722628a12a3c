/** Where a checkpoint may be fetched from, and how each host is asked: what a person copies from a page, made a download. */
import { Failure } from '#contract'

export interface Tokens {
  readonly huggingFace: string | undefined
  readonly civitai: string | undefined
}

export interface Source {
  readonly url: URL
  /** Sent to the URL's own origin and to none that it redirects to. */
  readonly token: string | undefined
  /** The variable that the token comes from, for sentences; undefined for a host that is asked without. */
  readonly tokenName: 'HF_TOKEN' | 'CIVITAI_TOKEN' | undefined
  /** Where the host says more of the file, its SHA-256 among it. */
  readonly facts: URL | undefined
  /** Where a person sees what the host asks of those who want the file. */
  readonly page: URL
}

/** Origins of the two hosts; tests have others. */
export interface Hosts {
  readonly huggingFace: string
  readonly civitai: string
}

export const publicHosts: Hosts = {
  huggingFace: 'https://huggingface.co',
  civitai: 'https://civitai.com',
}

/** Throws `request-invalid` for what is no URL of a file. */
export function sourceOf(typed: string, tokens: Tokens, hosts: Hosts = publicHosts): Source {
  const url = URL.parse(typed)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalid(`${typed} is not a URL: give the address of a file, beginning with https://.`)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('The URL has a password in it: put the token in HF_TOKEN or CIVITAI_TOKEN.')
  }
  if (url.origin === hosts.huggingFace) return fromHuggingFace(url, tokens)
  if (url.origin === hosts.civitai) return fromCivitai(url, tokens)
  return { url, token: undefined, tokenName: undefined, facts: undefined, page: url }
}

function fromHuggingFace(url: URL, { huggingFace: token }: Tokens): Source {
  const file = new URL(url)
  // The page of a file is at `blob`, the file at `resolve`.
  file.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/')
  if (!/^\/[^/]+\/[^/]+\/resolve\/[^/]+\/.+/.test(file.pathname)) {
    throw invalid(
      `${withoutQuery(url)} names no file: on Hugging Face, open the file's page under "Files" and copy its address.`,
    )
  }
  const page = new URL(file.pathname.split('/').slice(0, 3).join('/'), url)
  return { url: file, token, tokenName: 'HF_TOKEN', facts: undefined, page }
}

function fromCivitai(url: URL, { civitai: token }: Tokens): Source {
  const version =
    /^\/api\/download\/models\/(\d+)$/.exec(url.pathname)?.[1] ??
    url.searchParams.get('modelVersionId')
  if (!version || !/^\d+$/.test(version)) {
    throw invalid(
      `${withoutQuery(url)} names no version of a model: on Civitai, copy the address of its Download button, or one with modelVersionId in it.`,
    )
  }
  const file = new URL(`/api/download/models/${version}`, url)
  if (url.pathname === file.pathname) file.search = url.search
  // Civitai takes the token in the query too, where it would be logged on the way.
  file.searchParams.delete('token')
  const facts = new URL(`/api/v1/model-versions/${version}`, url)
  const page = new URL(`/model-versions/${version}`, url)
  return { url: file, token, tokenName: 'CIVITAI_TOKEN', facts, page }
}

/** In the query there may be a token. */
const withoutQuery = ({ origin, pathname }: URL): string => origin + pathname

const invalid = (message: string): Failure => new Failure('request-invalid', message)
