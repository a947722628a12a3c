/** Says what a file that is not a safetensors file looks like, and what to do about it. */

/** How files of a format begin, and the rest of a sentence that begins with the file's name. */
const looks: readonly (readonly [readonly (string | RegExp)[], string])[] = [
  [
    ['PK\x03\x04', '\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    'is a PyTorch pickle (.ckpt, .pt, .bin), which can run code when it is read: get the .safetensors version of the model, or convert it.',
  ],
  [
    ['version https://git-lfs'],
    'is a git-lfs pointer, a text of a few lines in place of the file: run "git lfs pull" where it was cloned.',
  ],
  [
    ['GGUF'],
    'is a GGUF file, whose weights are quantised for llama.cpp and its kin: get the .safetensors version of the model.',
  ],
  [
    [/^\s*<(!doctype|html|\?xml|head|body)/i],
    'is a web page, not a model (a download that asked for a login leaves one): download it again.',
  ],
  [
    [/^\s*[{[]/],
    'is JSON text, not a model: name the .safetensors file, or the folder that holds model_index.json.',
  ],
  [
    ['\x1f\x8b', '7z\xbc\xaf', 'Rar!', '\x28\xb5\x2f\xfd'],
    'is a compressed archive: unpack it first.',
  ],
]

/**
 * The predicate of a refusal, for a file whose first bytes (at most 1 KiB) are no safetensors header.
 * `headerLength` is what its first eight bytes say as a number, NaN where there are not eight.
 */
export function whatElse(start: Buffer, headerLength: number): string {
  if (start.length === 0) return 'is empty: download it again.'
  const text = start.toString('latin1')
  for (const [beginnings, sentence] of looks) {
    const begins = (beginning: string | RegExp) =>
      typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text)
    if (beginnings.some(begins)) return sentence
  }
  const why = Number.isNaN(headerLength)
    ? `has only ${start.length} bytes`
    : `begins with a header length of ${headerLength}, and no such header follows`
  return `is not a safetensors file (it ${why}): name a .safetensors file, or download it again.`
}
