/** Where pictures will be written, made sure of before an hour's work depends on it. */
import { access, constants, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { Failure } from '#contract'
import { formatOf, type PictureFormat } from '#platform/image/picture-format.ts'
import type { Arguments } from './arguments.ts'

export interface OutputFiles {
  /** Absolute, one a picture. */
  readonly paths: readonly string[]
  readonly format: PictureFormat
}

/**
 * `folder` is what relative paths are relative to. Several pictures are numbered from 1.
 * Throws `request-invalid` for an unknown ending and for a place that cannot be written to.
 */
export async function outputFiles(
  args: Pick<Arguments, 'command' | 'photo' | 'given'>,
  { folder, images }: { readonly folder: string; readonly images: number },
): Promise<OutputFiles> {
  const path = resolve(folder, args.given.out ?? defaultName(args))
  const format = formatOf(path)
  const paths =
    images === 1 ? [path] : Array.from({ length: images }, (_, i) => numbered(path, i + 1))
  await requireFolder(dirname(path))
  for (const each of paths) await refuseFolder(each)
  return { paths, format }
}

function defaultName({ command, photo }: Pick<Arguments, 'command' | 'photo'>): string {
  if (photo === undefined) return `${command}.png`
  return `${basename(photo, extname(photo))}-${command}.png`
}

function numbered(path: string, number: number): string {
  const ending = extname(path)
  return join(dirname(path), `${basename(path, ending)}-${number}${ending}`)
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (!found)
    throw refusal(`The folder ${folder} does not exist. Create it, or choose another --out.`)
  if (!found.isDirectory()) throw refusal(`${folder} is no folder. Choose another --out.`)
  await access(folder, constants.W_OK).catch(() => {
    throw refusal(`The folder ${folder} may not be written to. Choose another with --out.`)
  })
}

async function refuseFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw refusal(`${path} is a folder. Choose another file with --out.`)
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
