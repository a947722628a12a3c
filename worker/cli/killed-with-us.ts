/** Ends a child process with this one: within a network it hears nothing of our end, and would work on for nobody. */

/** Until it is disposed of. @param child its process may be replaced by another. */
export function killedWithUs(child: { readonly pid: number | undefined }): Disposable {
  const kill = () => {
    if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
  }
  process.once('exit', kill)
  return { [Symbol.dispose]: () => process.off('exit', kill) }
}
