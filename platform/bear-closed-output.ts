/** For commands whose output goes to one that stops reading, as `head` does: they go on in silence, and end as they would have. */

/** Whatever was to be read by nobody is lost; what the command does is not left half done for it. */
export function bearClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unlessClosed)
}

function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
