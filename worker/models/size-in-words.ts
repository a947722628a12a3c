/** A number of bytes, for a person: 1 GB is 1e9 bytes, as disks are sold. */
export function sizeInWords(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}
