/** Where pictures lie, whatever keeps them. */

export interface Storage {
  /** Writes all of it or nothing, over what was there. Throws `storage-failed`. */
  put(path: string, bytes: Uint8Array, file: FileKind): Promise<void>
  /**
   * All of the file, of at most `maxBytes`, 64 MiB unless given.
   * Throws `not-found`, `reference-too-large` or `storage-failed`.
   */
  get(path: string, maxBytes?: number): Promise<Uint8Array>
  /** A URL that reads the file for so many seconds, by whoever has it. */
  sign(path: string, seconds: number): Promise<string>
  /**
   * A URL to which one file of this kind may be put for so many seconds, over what was there, by whoever has it
   * (`signed-upload.ts`). Supabase has a time of its own for it, two hours, and knows a size by its bucket's settings
   * alone; S3 knows none.
   */
  signUpload(path: string, kind: FileKind, seconds: number): Promise<string>
  /** What is not there is removed already. */
  remove(path: string): Promise<void>
  /**
   * Moves what an attempt has staged onto the path that others read, over what was there. May be
   * repeated: where only `final` is there, it was done before. Throws `not-found` for neither.
   */
  publish(staged: string, final: string): Promise<void>
}

export interface FileKind {
  /** Exact: Supabase refuses `application/octet-stream`. */
  readonly contentType: string
}

/** Larger than any picture that is taken in or given out, and no harm to a process. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024
